"""What recordings are heard as: notes of instruments and hums, speech and other sounds that hold no melody, tempo, voices.

Everything is made up anew from the time of day: HUM_SEED makes the same again. HUM_COUNT is how many of each kind.
"""

from __future__ import annotations

import io
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import mir_eval
import numpy as np
import soundfile

from bridge.errors import ClipError
from bridge.music.score import Seed
from bridge.seeds.clip import read_clip
from tests.seeds.made_up_hums import CLEAN, LEGATO, NOISY, NOISY_LEGATO, Hum, made_up_hum
from tests.seeds.made_up_sounds import GROOVES, clicks, coloured_noise, made_up_drums, made_up_speech, mains, wav
from tests.seeds.played_recordings import INSTRUMENTS, SOUND_FONTS, played_chords, played_melody

COUNT = int(os.environ.get("HUM_COUNT", "24"))
"""Renders of each instrument; speech, hums and chords are made in proportion: 120, 240 and 72 at 24."""
MANNERS = {"clean": CLEAN, "noisy": NOISY, "legato": LEGATO, "noisy legato": NOISY_LEGATO}
SINGERS = (("bass", False), ("alto", True), ("soprano", False), ("whistle", False), ("alto", False))
TEMPO_WITHIN = 0.04
SPEED_RUNS, SPEED_BARS = 3, 8

Notes = list[tuple[float, float, int]]
"""(onset in seconds, end in seconds, MIDI pitch)."""


def main() -> None:
    """Print the tables."""
    run = int(os.environ.get("HUM_SEED", time.time_ns() % 1_000_000))
    print(f"\n## recordings: HUM_SEED={run} HUM_COUNT={COUNT}")
    _print_instruments(run)
    _print_speech(run)
    _print_chords(run)
    _print_other_sounds(run)
    _print_hums(run)
    _print_speed(run)


def note_f1(truth: Notes, seed: Seed | None) -> float:
    """Return the F measure of mir_eval: onsets within 50 ms, pitches within 50 cents, ends as they may be."""
    if seed is None:
        return 0.0
    found = [(start, start + 0.1, note.pitch) for start, note in zip(seed.start_seconds, seed.notes, strict=True)]
    spans = [np.array([(start, max(end, start + 0.01)) for start, end, _ in notes]) for notes in (truth, found)]
    pitches = [440.0 * 2.0 ** ((np.array([pitch for *_, pitch in notes]) - 69) / 12) for notes in (truth, found)]
    scores = mir_eval.transcription.precision_recall_f1_overlap(
        spans[0], pitches[0], spans[1], pitches[1], onset_tolerance=0.05, pitch_tolerance=50.0, offset_ratio=None
    )
    return float(scores[2])


def heard(data: bytes) -> tuple[Seed | None, str]:
    """Return the seed in a recording and what was heard: "melody", "voices" for several, or what there was instead."""
    try:
        seed = read_clip(data)
    except ClipError as error:
        return None, error.text.partition("I heard ")[2].partition(";")[0]
    return seed, "voices" if any("several voices" in warning for warning in seed.warnings) else "melody"


def _print_instruments(run: int) -> None:
    print("| instrument | renders | note F1 (50 ms) | least | heard as several voices | no melody |")
    for name in INSTRUMENTS:
        played = [
            played_melody(run + index, name, player="sampler" if index % 4 == 3 else "fluidsynth") for index in range(COUNT)
        ]
        answers = [heard(each.wav) for each in played]
        scores = [note_f1(each.notes, seed) for each, (seed, _) in zip(played, answers, strict=True)]
        kinds = [kind for _, kind in answers]
        refused = sum(seed is None for seed, _ in answers)
        print(
            f"| {name} | {COUNT} | {np.mean(scores):.2f} | {min(scores):.2f} | {kinds.count('voices')} | {refused} |",
            flush=True,
        )


def _hums(run: int) -> Iterator[tuple[str, Hum]]:
    for index in range(COUNT // 2):
        for manner_number, (name, manner) in enumerate(MANNERS.items()):
            for singer_number, (singer, is_hummed) in enumerate(SINGERS):
                random_seed = run + 1000 * index + 10 * manner_number + singer_number
                yield name, made_up_hum(random_seed, replace(manner, singer=singer, is_hummed=is_hummed))


def _print_hums(run: int) -> None:
    scores: dict[str, list[float]] = {name: [] for name in MANNERS}
    refused, ratios = 0, []
    for manner, hum in _hums(run):
        seed, _ = heard(wav(hum.samples, hum.sample_rate_hz))
        scores[manner].append(note_f1(hum.notes, seed))
        refused += seed is None
        if seed is not None and seed.tempo is not None:
            ratios.append(seed.tempo.bpm_at(0.0) / hum.bpm)
    count = sum(map(len, scores.values()))
    print("hums, note F1: " + ", ".join(f"{name} {np.mean(each):.3f}" for name, each in scores.items()))
    print(f"hums refused: {refused} of {count}")
    right, octave = (
        np.mean([any(abs(ratio / by - 1.0) <= TEMPO_WITHIN for by in allowed) for ratio in ratios])
        for allowed in ((1.0,), (1.0, 2.0, 0.5))
    )
    print(f"tempo within 4 %: {right:.0%}; or half or double: {octave:.0%} of {len(ratios)}", flush=True)


def _print_speech(run: int) -> None:
    told = [(what, heard(data)[1]) for what, data in (made_up_speech(run + index) for index in range(5 * COUNT))]
    taken = [what for what, kind in told if kind in {"melody", "voices"}]
    print(f"speech refused: {len(told) - len(taken)} of {len(told)}, as speech {sum(kind == 'speech' for _, kind in told)}")
    for what in taken:
        print(f"  taken for a melody: {what}", flush=True)


def _print_other_sounds(run: int) -> None:
    rng = np.random.default_rng(run)
    sounds = {f"noise {slope}": partial(coloured_noise, rng, slope) for slope in (0.0, 1.0, 2.0)}
    sounds |= {f"clicks {bpm}": partial(clicks, rng, bpm) for bpm in (60.0, 90.0, 120.0, 180.0)}
    sounds |= {f"mains {hz} Hz": partial(mains, rng, hz) for hz in (50.0, 60.0)}
    told = {name: heard(wav(make()))[1] for name, make in sounds.items()}
    for font in SOUND_FONTS:
        told |= {f"drums {groove} {font.stem}": heard(made_up_drums(run, groove, font))[1] for groove in GROOVES}
    taken = {name: kind for name, kind in told.items() if kind in {"melody", "voices"}}
    print(f"drums, noise, clicks and mains refused: {len(told) - len(taken)} of {len(told)}; taken: {taken}", flush=True)


def _print_chords(run: int) -> None:
    scores, right = [], 0
    count = 3 * COUNT
    for index in range(count):
        played = played_chords(run + index)
        seed, kind = heard(played.wav)
        right += kind == "voices"
        scores.append(note_f1(played.notes, seed))
    print(
        f"tunes over chords (piano, guitars): heard as several voices {right} of {count}; F1 of the tune {np.mean(scores):.2f}",
        flush=True,
    )


def _print_speed(run: int) -> None:
    """Print seconds of sound heard in a second of one processor's time, which other programs beside do not change much."""
    hums = [made_up_hum(run + index, bars=SPEED_BARS) for index in range(SPEED_RUNS + 1)]
    chords = [played_chords(run + index, SPEED_BARS).wav for index in range(SPEED_RUNS + 1)]
    of_hums = [_times_real_time(wav(hum.samples, hum.sample_rate_hz)) for hum in hums]
    of_chords = [_times_real_time(chord) for chord in chords]
    hum, chord = (statistics.median(speeds[1:]) for speeds in (of_hums, of_chords))  # the first ones load the networks
    print(f"speed on one core, {SPEED_BARS} bars: {hum:.0f} × real time for one voice, {chord:.0f} × for several", flush=True)


def _times_real_time(data: bytes) -> float:
    began = time.process_time()
    heard(data)
    return float(soundfile.info(io.BytesIO(data)).duration) / (time.process_time() - began)
