"""`stepbridge listen FILE`: the seed that a clip holds."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bridge.commands.files import clip_bytes
from bridge.config import Config
from bridge.errors import RequestError
from bridge.music.score import Seed
from bridge.music.tempo import BPM_MAX, BPM_MIN

PITCH_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def add_arguments(parser: argparse.ArgumentParser, _name: str) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file", type=Path, help="a MIDI file, or a recording of a voice or an instrument (wav flac mp3 ogg aiff caf m4a webm)"
    )
    parser.add_argument("--bpm", type=float, help="the tempo that the recording was made to; else it is estimated")
    parser.add_argument("--json", action="store_true", help="print one JSON object, for machines")


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print the seed."""
    from bridge.seeds.clip import read_clip

    if arguments.bpm is not None and not BPM_MIN <= arguments.bpm <= BPM_MAX:
        raise RequestError(f"bpm: {arguments.bpm:g} is not from {BPM_MIN:g} to {BPM_MAX:g}", field="bpm")
    seed = read_clip(clip_bytes(arguments.file), bpm=arguments.bpm, voices=config.hum.voices)
    if arguments.json:
        sys.stdout.write(json.dumps(shown(seed), ensure_ascii=False) + "\n")
    else:
        _print(seed)
    return 0


def shown(seed: Seed) -> dict[str, Any]:
    """Return a seed as the contract shows it."""
    return {
        "notes": [
            {
                "start_beat": note.start_beat,
                "length_beats": note.length_beats,
                "pitch": note.pitch,
                "velocity": note.velocity,
                "start_seconds": start,
            }
            for note, start in zip(seed.notes, seed.start_seconds, strict=True)
        ],
        "bpm": seed.tempo.bpm_at(0.0) if seed.tempo else None,
        "meter": str(seed.meter) if seed.meter else None,
        "key": str(seed.key or seed.likely_key).lower(),
        "confidence": seed.confidence,
        "length_beats": seed.length_beats,
        "warnings": list(seed.warnings),
    }


def _print(seed: Seed) -> None:
    found = shown(seed)
    sys.stdout.write(
        f"{len(seed.notes)} notes, {seed.length_beats:g} beats, "
        f"{found['bpm'] or 'no'} BPM, {found['meter'] or 'no meter'}, {found['key']}\n"
    )
    for note in seed.notes:
        name = f"{PITCH_NAMES[note.pitch % 12]}{note.pitch // 12 - 1}"
        sys.stdout.write(f"  beat {note.start_beat:8.3f}  {name:4} {note.length_beats:7.3f} beats  velocity {note.velocity}\n")
    for warning in seed.warnings:
        sys.stdout.write(f"  note: {warning}\n")
