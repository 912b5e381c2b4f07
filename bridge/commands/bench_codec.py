"""`stepbridge bench sound --codec`: what the sound autoencoder loses, on held-out stems and on other recordings."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridge.commands.compare import wide_console
from bridge.commands.progress import Progress
from bridge.config import Config
from bridge.errors import ConfigError

if TYPE_CHECKING:
    from bridge.evaluate.sound_codec import CodecFigures, Coded
    from model.sound.codec import Codec
    from model.sound.spectrum import Floats

    Groups = Sequence[tuple[str, Sequence[Floats]]]

OF_A_PART, QUICK_OF_A_PART = 10, 2
CLIP_S = 10.0
CLIPS = "recordings"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--codec", action="store_true", help="of sound: only what the autoencoder loses")
    parser.add_argument(
        "--corpus", type=Path, default=Path("var/sound"), help="of a codec: held-out stems (default %(default)s)"
    )
    parser.add_argument("--clips", type=Path, help="of a codec: a folder of other recordings, of each the 10 s in the middle")
    parser.add_argument("--page", type=Path, help="of a codec: where a page of spectrograms goes, PNG")


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Measure and print; 1 where the distances aimed at are not reached."""
    from bridge.engines.neural.weights import FOLDER, load_codec
    from bridge.evaluate import sound_codec

    codec = load_codec(FOLDER, config.threads)
    groups = list(stems(arguments.corpus, QUICK_OF_A_PART if arguments.quick else OF_A_PART))
    groups += recordings(arguments.clips, arguments.quick)
    if not groups:
        raise ConfigError(f"bench: {arguments.corpus} holds no held-out stems; make them first: stepbridge train sound-corpus")
    with Progress() as progress:
        rows = {}
        for number, (name, coded) in enumerate(columns(codec).items()):
            progress.step(name, number, 3)
            rows[name] = sound_codec.figures(coded, groups)
    told = _told(rows, speed(codec, groups[0][1][0]))
    if arguments.page:
        _page(codec, groups, arguments.page)
    if arguments.out:
        arguments.out.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if arguments.json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        _print(rows, told)
    return 0 if sound_codec.is_reached(rows["codec"]) else 1


def columns(codec: Codec) -> dict[str, Coded]:
    """Return what is measured: the codec, its spectrum with no network (its ceiling), Griffin-Lim from a mel spectrum."""
    from bridge.evaluate.sound_codec import griffin_lim
    from model.sound.codec import sound
    from model.sound.spectrum import analyse

    return {
        "codec": lambda samples: codec.decode(codec.encode(samples)),
        "spectrum": lambda samples: sound(analyse(samples)),
        "griffin-lim": griffin_lim,
    }


def stems(corpus: Path, count: int) -> Iterator[tuple[str, list[Floats]]]:
    """Yield each part with its first held-out examples."""
    from model.sound.corpus import Example, shards

    found: dict[str, list[Example]] = {}
    for shard in shards(corpus, "held"):
        for example in shard:
            found.setdefault(example.part, []).append(example)
    for part, examples in sorted(found.items()):
        yield part, [example.audio for example in examples[:count]]


def recordings(folder: Path | None, is_quick: bool) -> Iterator[tuple[str, list[Floats]]]:  # noqa: FBT001 - passed on
    """Yield the middles of all recordings below a folder as one group."""
    import soundfile

    paths = sorted(path for path in folder.rglob("*") if path.suffix in {".wav", ".flac", ".opus", ".ogg"}) if folder else []
    found = []
    for path in paths[: 4 if is_quick else None]:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        start = max(0, len(samples) // 2 - int(CLIP_S / 2 * rate_hz))
        found.append(_stereo(samples[start : start + int(CLIP_S * rate_hz)], rate_hz))
    if found:
        yield CLIPS, found


def _stereo(samples: Floats, rate_hz: int) -> Floats:
    import numpy as np
    import soxr

    from model.sound.layout import SAMPLE_RATE_HZ

    both = np.repeat(samples, 2, 1) if samples.shape[1] == 1 else samples[:, :2]
    return np.asarray(soxr.resample(both, rate_hz, SAMPLE_RATE_HZ), np.float32)


def speed(codec: Codec, samples: Floats) -> dict[str, float]:
    """Return seconds of processor time for a second of sound."""
    from model.sound.layout import SAMPLE_RATE_HZ

    length_s, start = len(samples) / SAMPLE_RATE_HZ, time.process_time()
    latents = codec.encode(samples)
    between = time.process_time()
    codec.decode(latents)
    return {"encode": (between - start) / length_s, "decode": (time.process_time() - between) / length_s}


def _told(rows: dict[str, list[CodecFigures]], seconds: dict[str, float]) -> dict[str, Any]:
    from bridge.evaluate.sound_codec import PUBLISHED

    columns = {name: [figures.as_json() for figures in of] for name, of in rows.items()}
    published = {name: {"stft": stft, "mel": mel} for name, (stft, mel) in PUBLISHED.items()}
    return {"schema": "stepbridge.codec/1", "columns": columns, "published": published, "seconds_per_second": seconds}


def _print(rows: dict[str, list[CodecFigures]], told: dict[str, Any]) -> None:
    from rich.table import Table

    from bridge.evaluate.sound_codec import AIMED

    console = wide_console()
    heads = [f"{name}: {figure}" for name in rows for figure in ("STFT", "MEL", "F1")]
    table = Table("sounds", "of", *heads, title="distances, lower is better, and F1 of notes heard", title_justify="left")
    for of in zip(*rows.values(), strict=True):
        cells = [cell for figures in of for cell in _cells(figures)]
        table.add_row(of[0].group, str(of[0].sounds), *cells)
    console.print(table)
    published = Table("published, on real music", "STFT", "MEL")
    for name, figures in told["published"].items():
        published.add_row(name, f"{figures['stft']:.2f}", f"{figures['mel']:.2f}")
    published.add_row("aimed at", *(f"{value:.2f}" for value in AIMED), style="bold")
    console.print(published)
    seconds = told["seconds_per_second"]
    console.print(
        f"a second of stereo takes {seconds['encode']:.3f} s of processor to encode, {seconds['decode']:.3f} s to decode"
    )


def _cells(figures: CodecFigures) -> list[str]:
    found = (figures.stft, figures.mel, figures.note_f1)
    return ["–" if math.isnan(value) else f"{value:.2f}" for value in found]


def _page(codec: Codec, groups: Groups, path: Path) -> None:
    """Draw the first sound of each group beside what becomes of it."""
    from model.sound.picture import page

    pairs = [(name, (sounds[0], codec.decode(codec.encode(sounds[0])))) for name, sounds in groups]
    page(pairs, ("before", "after"), path)
