"""report.md: a delivery explained to the musician, readable in Typora, on GitHub and as plain text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

import bridge
from bridge.brief import Brief
from bridge.job import Job
from bridge.music.key import Key
from bridge.music.programs import program_name
from bridge.music.score import Score, Section
from bridge.music.take import Take
from bridge.outbox.again import command_line
from bridge.outbox.manifest import DEFAULT_PROJECT, OVERVIEW_NAME, SESSION_NAME, Files, Levels, timestamp
from bridge.style import Style

BARS_A_ROW = 4
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~$&!]")
_BLOCK_START = re.compile(r"^(\d*)([-+=.)])")
_HELD = "%"
"""As on a lead sheet: the chord of the bar before goes on."""
_KEY_SIGNS = {"#": "升", "b": "降", "": ""}


def report_markdown(
    take: Take,
    job: Job,
    brief: Brief,
    files: Files,
    *,
    levels: Levels | None = None,
    variation: int = 1,
    warnings: Sequence[str] = (),
) -> str:
    """Return the report of one delivery, with players and pictures by relative paths.

    `levels` are (LUFS, dBTP) by stem; `warnings` are told after those of the job, the brief and the take.
    """
    section = take.score.section
    told = dict.fromkeys((*job.warnings, *brief.warnings, *take.warnings, *warnings))
    blocks = [
        f"# {plain(section.name)} · {plain(job.request.project or DEFAULT_PROJECT)}",
        _quoted(job.request.prompt),
        f"![piano roll, chords, levels and spectrogram]({OVERVIEW_NAME})",
        "## Listen · 试听",
        *_players(files),
        "## Section · 段落",
        _table(("", ""), _section_rows(section)),
        "## Understood · 理解",
        _understood(brief.style),
        "## Chords · 和弦",
        _chord_chart(take.score),
        "## Stems · 分轨",
        _table(("part", "instrument", "loudness", "true peak", "notes", "files"), _stem_rows(take, files, levels or {})),
        f"The take at its place in a project: [{SESSION_NAME}]({SESSION_NAME}) · all notes: [score.mid](score.mid)",
        *(["## Notes · 提示", "\n".join(f"- {plain(text)}" for text in told)] if told else []),
        "## Made with · 制作",
        _table(("", ""), _making_rows(take, job, brief, variation)),
        "## Again · 重新生成",
        "The same notes and the same sound, from a terminal:",
        _code(command_line(job, brief, section)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def plain(text: str) -> str:
    """Return text of any origin as one line of Markdown that shows exactly it, in a table too."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return _BLOCK_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", line))


def chinese_key(key: Key) -> str:
    """Return the key in Chinese: ``"降E大调"``."""
    name = key.tonic_name
    return f"{_KEY_SIGNS[name[1:]]}{name[0]}{'小调' if key.is_minor else '大调'}"


def _quoted(prompt: str) -> str:
    """Return the prompt as a block quote that keeps its lines."""
    lines = [plain(line) for line in prompt.strip().splitlines()]
    return "\n".join(f"> {line}  " if line else ">" for line in lines)


def _code(text: str) -> str:
    """Return a block of code whose fence is longer than any row of backticks inside."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sh\n{text}\n{fence}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _players(files: Files) -> list[str]:
    """Return a link and a player for each sound, the mix first; viewers that strip players keep the link."""
    sounds = sorted(files.audio.items(), key=lambda item: item[0] != "mix")
    first = [(name, same_sound[0].name) for name, same_sound in sounds]
    return [
        f'**{plain(name)}** · {_link(file)}\n\n<audio controls preload="none" src="{quote(file)}"></audio>'
        for name, file in first
    ]


def _link(name: str) -> str:
    return f"[{plain(name)}]({quote(name)})"


def _section_rows(section: Section) -> list[tuple[str, str]]:
    last = section.start_bar + section.bars - 1
    return [
        ("Bars · 小节", f"{section.start_bar}–{last} ({section.bars})"),
        ("Tempo · 速度", _tempo(section)),
        ("Meter · 拍号", str(section.meter)),
        ("Key · 调", f"{section.key} · {chinese_key(section.key)}"),
        ("Length · 长度", f"{section.seconds:.3f} s"),
        ("Starts at · 起点", f"{section.start_seconds:.3f} s, beat {section.start_beat:g}"),
    ]


def _tempo(section: Section) -> str:
    """Return the tempo, or each one with the bar from which it holds."""
    changes = [change for change in section.tempo.changes if section.start_beat < change.beat < section.end_beat]
    first = f"{section.tempo.bpm_at(section.start_beat):g} BPM"
    later = [f"{change.bpm:g} from bar {1 + change.beat / section.meter.beats_per_bar:.4g}" for change in changes]
    return ", ".join([first, *later])


def _understood(style: Style) -> str:
    said = [
        ("Instruments · 乐器", ", ".join(style.instruments)),
        ("Style · 风格", ", ".join(style.genres)),
        ("Mood · 情绪", ", ".join(style.moods)),
        ("Dynamics · 力度", ", ".join(style.dynamics)),
        ("Sound · 音色", ", ".join(style.production)),
        ("Left out · 不要", ", ".join(style.exclude)),
        ("Tempo · 速度", f"{style.bpm:g} BPM" if style.bpm else ""),
        ("Key · 调", f"{style.key} · {chinese_key(style.key)}" if style.key else ""),
        ("Meter · 拍号", str(style.meter or "")),
        ("Section · 段落", style.section or ""),
        ("Length · 长度", f"{style.bars} bars" if style.bars else f"{style.seconds:g} s" if style.seconds else ""),
    ]
    lines = [f"- {name}: {plain(value)}" for name, value in said if value] or [
        "- nothing in particular: the defaults were taken"
    ]
    sentence = [f"{plain(style.said_back)}\n"] if style.said_back else []
    return "\n".join([*sentence, *lines, *(f"- *{plain(hint)}*" for hint in style.hints)])


def _chord_chart(score: Score) -> str:
    """Return the chords bar by bar, four bars a row; a section of the form begins a row."""
    if not score.chords:
        return ""
    section = score.section
    beats_per_bar = section.meter.beats_per_bar
    names: dict[int, list[str]] = {}
    for span in score.chords:
        names.setdefault(_bar(span.start_beat, beats_per_bar), []).append(span.chord.spelled(flats=section.key.is_flat))
    marked = {_bar(marker.beat, beats_per_bar): marker.name for marker in score.markers}
    rows, first = [], 0
    while first < section.bars:
        end = min([first + BARS_A_ROW, section.bars, *(bar for bar in marked if bar > first)])
        cells = [plain(" ".join(names.get(bar, [_HELD]))) for bar in range(first, end)]
        name = f" **{plain(marked[first])}**" if first in marked else ""
        rows.append([f"{section.start_bar + first}{name}", *cells, *[""] * (BARS_A_ROW - len(cells))])
        first = end
    return _table(("bar", *[""] * BARS_A_ROW), rows)


def _bar(beat: float, beats_per_bar: float) -> int:
    """Return the bar of a beat, counted from 0 at the start of the section; rounding may put a beat just before its bar."""
    return math.floor(beat / beats_per_bar + 1e-6)


def _stem_rows(take: Take, files: Files, levels: Levels) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    for stem in (*take.stems, *([take.mix] if take.mix else [])):
        part = take.score.part(stem.part)
        loudness = (_level(level, unit) for level, unit in zip(levels.get(stem.part, ()), ("LUFS", "dBTP"), strict=False))
        lufs, true_peak = (*loudness, "", "")[:2]
        names = [file.name for file in files.audio.get(stem.part, ())]
        names += [files.tails[stem.part].name] if stem.part in files.tails else []
        names += [files.midi[stem.part]] if stem.part in files.midi else []
        instrument = program_name(part.program, is_drums=part.is_drums) if part else ""
        notes = str(len(part.notes)) if part else ""
        linked = " · ".join(map(_link, names))
        rows.append((plain(stem.part), instrument, lufs, true_peak, notes, linked))
    return rows


def _level(level: float | None, unit: str) -> str:
    return f"{level:.1f} {unit}".replace("-", "−") if level is not None and math.isfinite(level) else "silent"


def _making_rows(take: Take, job: Job, brief: Brief, variation: int) -> list[tuple[str, str]]:
    request = job.request
    made_by = [
        f"{plain(str(role.get('name', '?')))} {plain(str(role.get('version', '')))}".strip()
        for role in (take.composer, take.engine)
    ]
    named = request.model_dump(mode="json", exclude_defaults=True, exclude={"prompt", "random_seed", "project"})
    return [
        ("Composer · 作曲", made_by[0]),
        ("Engine · 演奏", made_by[1]),
        ("Random seed · 随机种子", str(brief.random_seed)),
        ("Variation · 变体", f"{variation} of {request.variations}"),
        ("Audio · 音频", f"{take.sample_rate_hz} Hz, {request.bit_depth} bit, {', '.join(request.formats)}"),
        *((f"`{name}`", plain(str(value))) for name, value in named.items()),
        ("Job · 任务", plain(job.id)),
        ("Made · 时间", timestamp(job.created)),
        ("Version · 版本", f"stepbridge {bridge.__version__}"),
    ]
