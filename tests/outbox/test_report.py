from __future__ import annotations

import argparse
import re
import shlex

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bridge.brief import Brief, FormSection
from bridge.commands import generate
from bridge.job import Job, Transport
from bridge.music.chord import Chord, ChordSpan
from bridge.music.key import Key
from bridge.music.notes import Note, Part
from bridge.music.score import Marker, Score, Section
from bridge.music.take import Stem, Take
from bridge.music.tempo import Meter, TempoChange, TempoMap
from bridge.outbox.again import command_line
from bridge.outbox.manifest import AudioFile, Files
from bridge.outbox.report import chinese_key, plain, report_markdown
from bridge.request import Request
from bridge.style import Style

HOSTILE = [
    "# heading\n- list\n1. one\n```\ncode\n```",
    "<script>alert(1)</script> & <b>bold</b>",
    "a | b || c",
    "*bold* _it_ ~~no~~ [x](y) ![p](q) `code` $math$",
    "---\n===\n> quote\n    indented",
    "\\ backslash \\| and \x00 nul \x1b[31m",
    "忧伤的大提琴独奏，70 BPM\n第二行",
]


def score(section: Section) -> Score:
    bar = section.meter.beats_per_bar
    symbols = ["Dm", "Bb", "F", "C", "Gm", "A7"]
    chords = tuple(ChordSpan(at * bar, bar, Chord.parse(symbols[at % 6])) for at in range(section.bars))
    parts = (Part("lead", (Note(0.0, 1.0, 62),), 42), Part("drums", (Note(0.0, 0.5, 36),)))
    return Score(section, parts, chords, (Marker(0.0, "verse"), Marker(5 * bar, "chorus")))


def report(prompt: str = "sad cello", *, section: Section | None = None, style: Style | None = None, **fields: object) -> str:
    section = section or Section(start_bar=17, key=Key(2, "minor"))
    samples = np.zeros((10, 2), np.float32)
    take = Take(
        score(section),
        (Stem("lead", samples), Stem("drums", samples)),
        48000,
        Stem("mix", samples),
        {"name": "rules", "version": "1"},
        {"name": "sampler", "version": "2"},
        7,
        ("quiet take",),
    )
    job = Job("job-1", Request.parse({"prompt": prompt, **fields}), warnings=("odd clip",))
    brief = Brief(section, (FormSection("verse", 1, section.bars),), style or Style(), random_seed=7)
    audio = {name: (AudioFile(f"{name}.wav", "wav", 48000, 10),) for name in ("lead", "drums", "mix")}
    files = Files(audio, {}, {"lead": "lead.mid", "drums": "drums.mid", "score": "score.mid"})
    levels = {"lead": (-20.04, -3.0), "drums": (None, None), "mix": (-16.0, -1.0)}
    return report_markdown(take, job, brief, files, levels=levels)


def html(markdown: str) -> str:
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))


def shown(markup: str) -> str:
    return re.sub(r"<[^>]+>", "", markup).replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


def test_the_picture_and_a_player_for_each_sound_are_named_by_relative_paths() -> None:
    page = html(report())
    assert '<img src="overview.png"' in page
    assert re.findall(r'<audio controls preload="none" src="([^"]+)"', page) == ["mix.wav", "lead.wav", "drums.wav"]


def test_the_section_is_told_in_english_and_chinese() -> None:
    page = shown(html(report()))
    assert "D minor · D小调" in page
    assert "17–24 (8)" in page
    assert "120 BPM" in page


def test_tempo_changes_are_told_by_bar() -> None:
    tempo = TempoMap((TempoChange(0, 100), TempoChange(16, 80), TempoChange(400, 60)))
    assert "100 BPM, 80 from bar 5" in report(section=Section(tempo=tempo))


def test_stems_are_listed_with_instrument_and_level() -> None:
    rows = [line for line in report().splitlines() if line.startswith("| lead")]
    assert rows == ["| lead | Cello | −20.0 LUFS | −3.0 dBTP | 1 | [lead.wav](lead.wav) · [lead.mid](lead.mid) |"]
    assert "| drums | Standard kit | silent | silent | 1 |" in report()


def test_chords_stand_four_bars_a_row_and_a_section_of_the_form_begins_a_row() -> None:
    chart = report().split("## Chords")[1].split("##")[0].strip().splitlines()[4:]
    assert chart == [
        "| 17 **verse** | Dm | Bb | F | C |",
        "| 21 | Gm |  |  |  |",
        "| 22 **chorus** | A7 | Dm | Bb |  |",
    ]


def test_what_was_understood_and_the_hints_are_told() -> None:
    style = Style(
        bpm=70, key=Key(2, "minor"), meter=Meter(3, 4), instruments=("cello",), exclude=("drums",), hints=("Name a mood.",)
    )
    page = shown(html(report(style=style)))
    assert all(text in page for text in ("乐器: cello", "不要: drums", "70 BPM", "D minor · D小调", "3/4", "Name a mood."))
    assert "nothing in particular" in report()


def test_warnings_of_job_and_take_are_told_once() -> None:
    assert [report().count(text) for text in ("- odd clip", "- quiet take")] == [1, 1]


@pytest.mark.parametrize("prompt", HOSTILE)
def test_no_prompt_breaks_out_of_its_quote(prompt: str) -> None:
    page = html(report(prompt))
    quote = re.search(r"<blockquote>(.*?)</blockquote>", page, re.DOTALL)
    assert quote
    assert set(re.findall(r"<(\w+)", quote[1])) <= {"p", "br"}
    readable = "".join(sign if sign.isprintable() else " " for sign in prompt)
    assert shown(quote[1]).split() == readable.split()
    assert page.count("<script") == 0
    assert len(re.findall(r"<h2>", page)) == len(re.findall(r"<h2>", html(report())))


@settings(deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_plain_text_reads_as_it_was_in_a_table_cell(text: str) -> None:
    page = html(f"| a |\n| --- |\n| x{plain(text)} |\n")
    cell = re.search(r"<td>(.*?)</td>", page, re.DOTALL)
    assert cell
    assert shown(cell[1]).split() == ("x" + " ".join("".join(s if s.isprintable() else " " for s in text).split())).split()


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {"prompt": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)},
        optional={
            "bars": st.integers(1, 512),
            "bpm": st.sampled_from([70.0, 123.456, 90.1]),
            "chords": st.sampled_from(["Am F C G", [{"beat": 0.0, "symbol": "F#m7"}]]),
            "windows": st.just([{"from_bar": 1, "to_bar": 5, "text": 0.5}]),
            "parts": st.just(["lead", "bass"]),
            "parts_in": st.just({"bass": "my bass=1, new.mid"}),
            "clip": st.sampled_from(["lead.mid", "my clip's (1).mid"]),
            "project": st.sampled_from(["-dash", "my song", "歌"]),
            "lyrics": st.just("line one\nline `two` $HOME"),
        },
    )
)
def test_the_command_line_asks_for_the_same_request_again(fields: dict[str, object]) -> None:
    request = Request.parse(fields)
    brief = Brief(Section(), (), Style(), random_seed=42)
    words = shlex.split(command_line(Job("x", request), brief, Section()))
    assert words[:2] == ["stepbridge", "generate"]
    parser = argparse.ArgumentParser()
    generate.add_arguments(parser, "generate")
    given_again = vars(parser.parse_args(words[2:]))
    again = Request.parse({name: given_again[name] for name in Request.model_fields if given_again[name] is not None})
    assert again == request.model_copy(update={"random_seed": 42})


def test_the_command_line_writes_out_what_the_transport_decided() -> None:
    section = Section(start_bar=5, tempo=TempoMap.constant(93.5), meter=Meter(3, 4), key=Key(9, "minor"))
    job = Job("x", Request(), transport=Transport(93.5, "3/4", "A minor", 12.0))
    line = command_line(job, Brief(section, (), Style(), random_seed=1), section)
    assert line == "stepbridge generate --bpm 93.5 --meter 3/4 --key 'A minor' --start-bar 5 --random-seed 1"


def test_a_variation_is_made_again_by_its_own_seed() -> None:
    job = Job("x", Request(variations=4, random_seed=10))
    assert command_line(job, Brief(Section(), (), Style(), random_seed=12), Section()) == "stepbridge generate --random-seed 12"


@pytest.mark.parametrize(
    ("key", "name"), [("D minor", "D小调"), ("Eb major", "降E大调"), ("F# minor", "升F小调"), ("C major", "C大调")]
)
def test_keys_in_chinese(key: str, name: str) -> None:
    assert chinese_key(Key.parse(key)) == name
