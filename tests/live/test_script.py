"""The files of the control surface: what their Python may be, and what they read and write."""

import ast
import importlib
import io
import struct
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import build_msg
from pythonosc.osc_packet import OscPacket

from tests.live.conftest import Make
from tests.live.fake_clips import MidiNoteSpecification
from tests.live.fake_live import FakeLive, LiveError, LiveObject
from tests.live.fake_set import Song
from tests.live.published import stubs
from tests.live.studio import Studio, forget

FOLDER = Path(__file__).parent.parent.parent / "daw_templates" / "ableton" / "stepbridge"
SCRIPTS = sorted(FOLDER.glob("*.py"))
NEWER_THAN_3_7 = {
    "removeprefix", "removesuffix", "cached_property", "pairwise", "batched", "prod", "dist", "comb", "perm", "isqrt",
    "nextafter", "is_relative_to", "with_stem", "readlink", "hardlink_to", "bit_count", "aclosing", "zoneinfo", "tomllib",
    "graphlib", "Protocol", "Final", "Literal", "TypedDict", "Self", "override", "assert_never", "to_thread", "randbytes",
}  # fmt: skip
"""Names of the standard library that Live 11's Python does not have."""


@pytest.fixture
def module() -> Iterator[Callable[[str], Any]]:
    """Return a way to import a file of the script that needs no Live."""
    sys.path.insert(0, str(FOLDER.parent))
    yield lambda name: importlib.import_module(f"stepbridge.{name}")
    sys.path.remove(str(FOLDER.parent))
    forget()


# Python 3.7


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_file_is_python_3_7(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 7))
    nodes = list(ast.walk(tree))
    named = {node.attr for node in nodes if isinstance(node, ast.Attribute)} | {
        alias.name for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names
    }
    assert not named & NEWER_THAN_3_7
    assert not any(isinstance(node, ast.NamedExpr | ast.Match) for node in nodes)
    # annotations such as list[int] are only text there: everything that is evaluated must do without
    is_postponed = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
    assert is_postponed or not any(isinstance(node, ast.AnnAssign | ast.FunctionDef) for node in nodes)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_name_is_imported_that_live_does_not_have(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = {alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {
        node.module.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
    }
    assert modules - {"Live", "ableton"} <= set(sys.stdlib_module_names)


def test_mypy_checks_the_script_against_the_published_stubs() -> None:
    settings = tomllib.loads((FOLDER.parent.parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert "daw_templates" in settings["tool"]["mypy"]["files"]
    assert {member.name for member in stubs().iterdir()} >= {"Song.pyi", "Track.pyi", "Clip.pyi", "TakeLane.pyi", "py.typed"}


# What goes over the wire


VALUES = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
    st.binary(min_size=1),
    st.booleans(),
)


def test_python_osc_reads_what_the_script_writes_and_the_other_way_round(module: Callable[[str], Any]) -> None:
    osc = module("osc")

    @given(st.lists(VALUES, max_size=12))
    def same(values: list[Any]) -> None:
        message = OscPacket(osc.encode("/stepbridge/x", *values)).messages[0].message
        assert (message.address, list(message.params)) == ("/stepbridge/x", values)
        plain = [
            value
            for value in values
            if not isinstance(value, float) and not (isinstance(value, int) and abs(value) > 2**31 - 1)
        ]
        assert osc.decode(build_msg("/y", plain).dgram) == [("/y", plain)]

    same()


def test_bundles_are_unfolded(module: Callable[[str], Any]) -> None:
    inner, outer = OscBundleBuilder(IMMEDIATELY), OscBundleBuilder(IMMEDIATELY)
    inner.add_content(build_msg("/b", [2.5]))
    outer.add_content(build_msg("/a", [1]))
    outer.add_content(inner.build())
    assert module("osc").decode(outer.build().dgram) == [("/a", [1]), ("/b", [2.5])]


def test_no_bytes_can_make_the_reader_fail(module: Callable[[str], Any]) -> None:
    osc = module("osc")

    @given(st.one_of(st.binary(max_size=64), st.binary(max_size=32).map(lambda data: b"#bundle\x00" + data)))
    def survived(packet: bytes) -> None:
        assert isinstance(osc.decode(packet), list)

    survived()
    assert osc.decode(b"/x\x00\x00,b\x00\x00" + struct.pack(">i", -4)) == []


def test_what_osc_has_no_word_for_is_refused(module: Callable[[str], Any]) -> None:
    with pytest.raises(TypeError, match="OSC has no list"):
        module("osc").encode("/x", [])


# Standard MIDI Files


def test_notes_are_read_as_mido_has_them(module: Callable[[str], Any]) -> None:
    first, second = mido.MidiTrack(), mido.MidiTrack()
    first += [mido.MetaMessage("track_name", name="lead"), mido.Message("program_change", program=3)]
    first += [mido.Message("note_on", note=60, velocity=90), mido.Message("note_on", note=64, velocity=1, time=480)]
    first += [mido.Message("note_on", note=60, velocity=0, time=480), mido.Message("sysex", data=[1, 2, 3])]
    first += [mido.Message("note_off", note=64, time=20000), mido.Message("note_off", note=99)]
    second += [mido.Message("pitchwheel", pitch=100, channel=9), mido.Message("note_on", note=36, channel=9)]
    second += [mido.Message("note_off", note=36, channel=9)]
    file = io.BytesIO()
    mido.MidiFile(ticks_per_beat=480, tracks=[first, second]).save(file=file)
    notes = module("smf").read_notes(file.getvalue())
    assert [tuple(note) for note in notes] == [(0.0, 1 / 64, 36, 64), (0.0, 2.0, 60, 90), (1.0, 1 + 20000 / 480, 64, 1)]


def test_what_is_no_midi_file_is_refused(module: Callable[[str], Any]) -> None:
    for data in (b"", b"RIFF" + bytes(20), b"MThd"):
        with pytest.raises(ValueError, match="is no Standard MIDI File"):
            module("smf").read_notes(data)


# The Live of these tests


def used(live: FakeLive) -> LiveObject:
    return LiveObject(Song(live))


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        (lambda song: song.no_such_thing, "Song.no_such_thing is in no published stub"),
        (lambda song: song.tap_tempo(), "Song.tap_tempo is not modelled"),
        (lambda song: song.groove_amount, "Song.groove_amount is not modelled"),
        (lambda song: song.create_audio_track(1, 2), "takes 0 to 1 arguments, 2"),
        (lambda song: song.create_audio_track(index=1), r"0 and \['index'\] were given"),
        (lambda song: song.create_scene("last"), "'last' is no int"),
        (lambda song: setattr(song, "tempo", "fast"), "'fast' is no float"),
        (lambda song: setattr(song, "tracks", []), "Song.tracks cannot be set"),
        (lambda song: setattr(song, "loop", 1), "1 is no bool"),
        (lambda song: song.end_undo_step(), "no undo step is open"),
        (lambda song: [song.begin_undo_step(), song.begin_undo_step()], "an undo step is open already"),
    ],
)
def test_it_refuses_what_the_real_one_would(use: Callable[[Any], object], reason: str) -> None:
    live = FakeLive()
    with pytest.raises(LiveError, match=reason):
        use(used(live))
    with pytest.raises(AssertionError):  # even where the script catches the first error
        live.check()


def test_it_refuses_other_threads() -> None:
    live, problems = FakeLive(), []

    def work() -> None:
        try:
            _ = used(live).tempo
        except LiveError as error:
            problems.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert problems == ["Song.tempo is used outside Live's main thread"]


def test_it_refuses_changes_while_it_notifies() -> None:
    live = FakeLive()
    song = used(live)
    with live.notifying():
        assert song.tempo == 97.3
        with pytest.raises(LiveError, match="changes cannot be triggered by notifications"):
            song.tempo = 120.0
        with pytest.raises(LiveError, match="changes cannot be triggered by notifications"):
            song.create_scene(-1)


@pytest.mark.parametrize(
    ("version", "names"),
    [((11, 3, 0), set()), ((12, 0, 5), {"create_audio_clip"}), ((12, 3, 6), {"create_audio_clip", "create_take_lane"})],
)
def test_it_has_only_what_its_version_has(version: tuple[int, int, int], names: set[str]) -> None:
    live = FakeLive(version)
    track = used(live).create_audio_track(-1)
    assert {name for name in ("create_audio_clip", "create_take_lane") if hasattr(track, name)} == names
    live.check()


def test_it_refuses_what_is_gone_and_undo_steps_left_open() -> None:
    live = FakeLive()
    song = used(live)
    track = song.create_midi_track(-1)
    clip = track.create_midi_clip(0.0, 4.0)
    clip.add_new_notes((MidiNoteSpecification(pitch=60, start_time=0.0, duration=1.0, velocity=90.0),))
    track.delete_clip(clip)
    with pytest.raises(LiveError, match=r"Clip.name: this object is gone"):
        _ = clip.name
    live.violations.clear()
    song.begin_undo_step()
    with pytest.raises(AssertionError, match="an undo step was left open"):
        live.check()


def test_the_script_stops_ticking_with_its_set(studio_of: Make) -> None:
    studio: Studio = studio_of()
    studio.start()
    studio.stop()
    studio.surface.update_display()
    assert not studio.surface._messages
    studio.surface = None
