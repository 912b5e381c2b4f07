"""What lies beside the REAPER scripts: the project template, the OSC pattern, the ReaPack index."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lupa.lua54 import LuaError
from lxml import etree

import bridge
from bridge.frontends.osc_addresses import ADDRESSES
from tests.daw.fake_project import MediaTrack
from tests.daw.fake_reaper import SIGNATURES, FakeReaper, ReaperError
from tests.daw.studio import Studio

FOLDER = Path(__file__).parent.parent.parent / "daw_templates" / "reaper"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.lua"))


def template_tracks() -> list[MediaTrack]:
    """Read the tracks of the project template: a name and how the nesting changes after it."""
    text = (FOLDER / "stepbridge.RPP").read_text(encoding="utf-8")
    assert text.count("<") == text.count("\n  >") + 1
    found = re.findall(r"<TRACK\n +NAME (.+)\n +ISBUS \d (-?\d)\n", text)
    return [MediaTrack({"P_NAME": name.strip('"')}, {"I_FOLDERDEPTH": float(depth)}) for name, depth in found]


def test_the_template_has_the_tracks_that_the_import_looks_for(studio: Studio, made: dict[str, Any]) -> None:
    studio.project.tracks = template_tracks()
    names = [track.name for track in studio.project.tracks]
    studio.run("import")
    studio.reaper.turns(1)
    studio.deliver(made["folder"])
    studio.reaper.turns(2)
    assert [track.name for track in studio.project.tracks] == names
    assert all(track.items for track in studio.project.tracks[1:])
    assert sum(track.values["I_FOLDERDEPTH"] for track in studio.project.tracks) == 0


def test_the_osc_pattern_speaks_to_addresses_that_exist() -> None:
    text = (FOLDER / "stepbridge.ReaperOSC").read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[nfbtrsi]/\S+", pattern) for _, *patterns in lines for pattern in patterns)
    ours = {pattern[1:] for _, *patterns in lines for pattern in patterns if "/stepbridge/" in pattern}
    assert ours == {"/stepbridge/transport/bpm", "/stepbridge/transport/playing"}
    assert ours <= {line.address for line in ADDRESSES}


def test_the_reapack_index_has_every_script_of_this_version() -> None:
    index = etree.parse(FOLDER / "index.xml").getroot()
    sources = index.findall("category/reapack/version/source")
    assert sorted(source.get("file") for source in sources) == SCRIPTS
    assert all(source.text == f"@BASE_URL@/{source.get('file')}" for source in sources)
    actions = {source.get("file") for source in sources if source.get("main")}
    assert actions == {"stepbridge_send.lua", "stepbridge_import.lua", "stepbridge_cancel.lua"}
    assert [version.get("name") for version in index.iter("version")] == [bridge.__version__]


def test_every_function_that_a_script_names_is_published() -> None:
    for name in SCRIPTS:
        named = set(re.findall(r"\breaper\.(\w+)", (FOLDER / name).read_text(encoding="utf-8")))
        assert named <= set(SIGNATURES), name


def test_the_json_reader_reads_what_python_writes(studio: Studio) -> None:
    value = {
        "text": 'Ünï"\\\n\t😀\x01',
        "numbers": [0, -1, 97.3, 1e-9, 2**53, 1.5e300],
        "empty": [],
        "nested": {"a": [{"b": False}]},
    }
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=2)):
        assert json.loads(studio.lua_json(text) or "") == value
    for broken in ("", "{", '{"a": 1', '{"a" 1}', "[1, 2", '"abc', "nonsense", '{"a": 1} x', "[1 2]", '"\\q"', "-"):
        assert studio.lua_json(broken) is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("reaper.NoSuchThing()", "is in no published list of functions"),
        ("reaper.SetRegionOrMarkerInfo_Value(0, nil, '', 1)", "is in no published list of functions"),
        ("reaper.CountTracks()", "takes 1 to 1 arguments, 0 were given"),
        ("reaper.TimeMap2_beatsToTime(0, 1, 1, 1)", "takes 2 to 3 arguments, 4 were given"),
        ("reaper.CountTracks('song')", "is no ReaProject"),
        ("reaper.ShowMessageBox('a', 'b', 0)", "is not modelled"),
        ("pcall(reaper.CountTracks)", "takes 1 to 1 arguments, 0 were given"),
        ("reaper.Undo_BeginBlock2(0)", "an undo block was left open"),
        ("reaper.PreventUIRefresh(1)", "the screen was left frozen"),
    ],
)
def test_the_reaper_of_these_tests_refuses_what_the_real_one_would(tmp_path: Path, line: str, reason: str) -> None:
    script = tmp_path / "script.lua"
    script.write_text(line, encoding="utf-8")
    with pytest.raises((AssertionError, ReaperError, LuaError), match=reason):
        FakeReaper(tmp_path).run(script)
