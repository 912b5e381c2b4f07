"""`stepbridge bench sound`: the engine neural against its bars, floors and ceilings beside each."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridge.commands.compare import wide_console
from bridge.commands.progress import Progress
from bridge.config import Config

if TYPE_CHECKING:
    from bridge.evaluate.sound_bars import SoundVerdict
    from bridge.evaluate.sound_trials import Figures
    from bridge.music.take import Samples
    from bridge.step import Step

TUNES, QUICK_TUNES, WORD_TUNES = 16, 4, 3
_PAGE_EXAMPLES = 40
_FOLLOWING = ("melody", "pitch", "chroma", "onsets", "onsets_lead", "onsets_chords", "onsets_bass", "onsets_drums")


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Measure, and print each bar with PASS or by how much it is short; 1 where one is not cleared."""
    from bridge.evaluate.results import finite
    from bridge.evaluate.sound_bars import ENGINE, verdicts

    with Progress() as progress:
        columns = measured(config, progress.step, quick=arguments.quick)
    found = verdicts(columns[ENGINE])
    finites = {name: {key: finite(value) for key, value in figures.items()} for name, figures in columns.items()}
    told = {"schema": "stepbridge.sound/1", "columns": finites, "bars": [_as_json(verdict) for verdict in found]}
    text = json.dumps(told, ensure_ascii=False, indent=None if arguments.json else 1)
    if arguments.json:
        sys.stdout.write(text + "\n")
    else:
        _print(columns, found)
    if arguments.page:
        page(config, arguments.corpus, arguments.page)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")
    return 0 if all(verdict.is_passed for verdict in found) else 1


def measured(config: Config, step: Step, *, quick: bool) -> dict[str, Figures]:
    """Return column → figures."""
    from bridge import engines
    from bridge.engines.neural.weights import FOLDER, load_codec
    from bridge.evaluate import sound_bars, sound_timing, sound_trials

    codec = load_codec(FOLDER, config.threads)

    def through(samples: Samples) -> Samples:
        return codec.decode(codec.encode(samples))[: len(samples)]

    perform = {name: engines.load(name, config.soundfont, config.threads).perform for name in ("neural", "sampler")}
    orders = sound_trials.held_out(QUICK_TUNES if quick else TUNES)
    made = sound_bars.takes(perform, through, orders, step)
    found = sound_bars.followed(made, orders)
    words = sound_trials.words_heard(perform["neural"], orders[: 1 if quick else WORD_TUNES], step)
    found[sound_bars.ENGINE] |= {("words" if word == "words" else f"word {word}"): share for word, share in words.items()}
    found[sound_bars.ENGINE] |= sound_timing.timed("neural", 1, (5, 10) if quick else sound_timing.LENGTHS_S)
    found[sound_bars.ENGINE]["factor_two_threads"] = sound_timing.timed("neural", 2, (5, 10))["factor"]
    return found


def page(config: Config, corpus: Path, path: Path) -> None:
    """Draw spectrograms of a held-out stem of each part: as it is, through the autoencoder, and performed."""
    from bridge import engines
    from bridge.engines.neural.weights import FOLDER, load_codec
    from bridge.evaluate.sound_held import held_stems
    from bridge.music.programs import program_name
    from model.sound import picture

    codec, engine = load_codec(FOLDER, config.threads), engines.load("neural", config.soundfont, config.threads)
    first = {held.reference.part: held for held in reversed(list(held_stems(corpus, _PAGE_EXAMPLES)))}
    rows = []
    for part, held in first.items():
        audio = held.reference.audio
        sounds = (audio, codec.decode(codec.encode(audio)), held.performed(engine.perform))
        player = program_name(held.reference.program, is_drums=held.reference.is_drums)
        rows.append((f"{part}, {player}: {', '.join(held.reference.production) or 'plain'}", sounds))
    picture.page(rows, ("reference", "through the autoencoder", "performed"), path)


def _as_json(verdict: SoundVerdict) -> dict[str, Any]:
    from bridge.evaluate.results import finite

    bar = verdict.bar
    return {"figure": bar.figure, "found": finite(verdict.found), "wanted": bar.wanted, "passed": verdict.is_passed}


def _print(columns: dict[str, Figures], found: list[SoundVerdict]) -> None:
    from rich.table import Table

    from bridge.evaluate.sound_bars import ENGINE

    console = wide_console()
    table = Table("follows the notes", *columns, title="four bars of held-out tunes", title_justify="left")
    for figure in _FOLLOWING:
        table.add_row(figure, *(_shown(figures.get(figure, math.nan)) for figures in columns.values()))
    console.print(table)
    rest = {name: value for name, value in columns[ENGINE].items() if name not in _FOLLOWING}
    console.print("; ".join(f"{name.replace('_', ' ')} {_shown(value)}" for name, value in rest.items()))
    bars = Table("bar", ENGINE, "wanted", "", title="bars", title_justify="left")
    for verdict in found:
        bar = verdict.bar
        limit = f"{'≥' if bar.is_least else '≤'} {bar.wanted:g}" + (f" ({bar.why})" if bar.why else "")
        missing = "not measured" if math.isnan(verdict.found) else f"short by {verdict.short_by:.3g}"
        style = "green" if verdict.is_passed else "red"
        bars.add_row(bar.label, _shown(verdict.found), limit, "PASS" if verdict.is_passed else missing, style=style)
    console.print(bars)


def _shown(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"
