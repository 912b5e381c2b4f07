"""Working on a take: repaint, extend, variations, parts that exist, whole songs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from bridge.music.midi import read_smf, score_parts
from bridge.music.notes import Note
from tests.e2e.daemon import Client, Daemon

PARTS = ("lead", "chords", "bass", "drums")


@pytest.fixture(scope="module")
def take(daemon: Daemon) -> dict[str, Any]:
    with daemon.client() as client:
        client.keep_demo_clip()
        return client.make(
            "take", "clip", "theme", "prompt", "rock", "bars", 8, "start_bar", 5, "random_seed", 3, "project", "song"
        )


def notes(made: dict[str, Any], part: str) -> tuple[Note, ...]:
    parts = {part.name: part.notes for part in score_parts(read_smf((made["folder"] / "score.mid").read_bytes()))}
    return parts[part]


def sound(made: dict[str, Any], name: str) -> Any:
    return soundfile.read(made["folder"] / f"{name}.wav", dtype="int32")[0]


def test_repainting_bars_of_a_part_leaves_everything_else_as_it_was(client: Client, take: dict[str, Any]) -> None:
    painted = client.ask(
        "repaint", "painted", "take", "from_bar", 7, "to_bar", 9, "parts", "drums chords", "prompt", "bossa nova"
    )
    assert (painted["parent"], painted["project"], painted["section"]) == ("take", "song", take["section"])
    first, last = painted["bar_frames"][2], painted["bar_frames"][4]
    for part in PARTS:
        old, new = notes(take, part), notes(painted, part)
        outside = [note for note in old if not 8.0 <= note.start_beat < 16.0]
        assert [note for note in new if not 8.0 <= note.start_beat < 16.0] == outside
        assert (new == old) == (part in {"lead", "bass"})
        assert np.array_equal(sound(painted, part), sound(take, part)) == (part in {"lead", "bass"})
    for name in (*PARTS, "mix"):
        old_sound, new_sound = sound(take, name), sound(painted, name)
        assert np.array_equal(old_sound[:first], new_sound[:first])
        assert np.array_equal(old_sound[last:], new_sound[last:])
    assert not np.array_equal(sound(take, "mix")[first:last], sound(painted, "mix")[first:last])


def test_a_repainted_take_still_sums_to_its_mix_under_the_ceiling(client: Client, take: dict[str, Any]) -> None:
    painted = client.ask("repaint", "loud", "take", "prompt", "metal", "from_bar", 6, "to_bar", 8, "parts", "drums")
    stems = np.sum([sound(painted, part).astype(np.float64) for part in PARTS], axis=0)
    mix = sound(painted, "mix").astype(np.float64)
    assert np.abs(stems - mix).max() / 2**31 < 10 ** (-90 / 20)
    assert np.abs(mix).max() / 2**31 <= 10 ** (-1 / 20)
    assert painted["parent"] == take["id"]


def test_bars_outside_the_take_cannot_be_repainted(client: Client, take: dict[str, Any]) -> None:
    client.send("/stepbridge/repaint", "beyond", take["id"], "from_bar", 40)
    address, (name, code, text) = client.receive()
    assert (address, name, code) == ("/stepbridge/error", "beyond", "bad_value")
    assert text.startswith("from_bar: bars 40 to ")


def test_extending_goes_on_where_the_take_ends(client: Client, take: dict[str, Any]) -> None:
    more = client.ask("extend", "more", "take", "bars", 4, "section", "bridge")
    assert (more["section"]["name"], more["section"]["start_bar"], more["section"]["bars"]) == ("bridge", 13, 4)
    assert more["section"]["start_sample"] == take["section"]["start_sample"] + take["section"]["frames"]
    assert (more["key"], more["tempo"], more["project"]) == (take["key"], take["tempo"], "song")
    programs = {stem["part"]: stem["program"] for stem in take["stems"]}
    assert {stem["part"]: stem["program"] for stem in more["stems"]} == programs


def test_a_second_verse_recalls_the_first_across_the_chorus_between(client: Client) -> None:
    client.keep_demo_clip()
    verse = client.make("verse1", "clip", "theme", "prompt", "bossa nova", "bars", 4, "section", "verse")
    chorus = client.ask("extend", "chorus1", "verse1", "section", "chorus", "seed_mode", "free")
    again = client.ask("extend", "verse2", "chorus1", "section", "verse")
    assert (chorus["section"]["start_bar"], again["section"]["start_bar"]) == (5, 9)
    assert again["request"]["prompt"] == "bossa nova"
    theme, sung, other = ([(note.start_beat, note.pitch) for note in notes(made, "lead")] for made in (verse, again, chorus))
    assert [note for note in sung if note[0] < 12.0] == [note for note in theme if note[0] < 12.0]
    assert other[:4] != theme[:4]


def test_variations_are_deliveries_of_their_own(daemon: Daemon, client: Client) -> None:
    client.send("/stepbridge/generate", "many", "prompt", "funk", "bars", 2, "variations", 3, "project", "many")
    paths = [Path(client.wait_for("done")[1]) for _ in range(3)]
    made = [{"folder": path.parent} for path in paths]
    assert len({path.parent for path in paths}) == 3
    assert len({notes(one, "drums") + notes(one, "bass") + notes(one, "lead") for one in made}) == 3
    assert sorted(daemon.outbox.glob("many/*/manifest.json")) == sorted(paths)


def test_parts_that_exist_are_kept_note_for_note(client: Client, take: dict[str, Any]) -> None:
    client.send("/stepbridge/clip/blob", "my-bass", (take["folder"] / "bass.mid").read_bytes())
    client.wait_for("clip/ok")
    made = client.make("around", "parts_in", "bass=my-bass", "prompt", "reggae", "bars", 8, "bpm", 140)
    assert [(note.start_beat, note.pitch) for note in notes(made, "bass")] == [
        (note.start_beat, note.pitch) for note in notes(take, "bass")
    ]


def test_a_whole_song_is_one_delivery_with_markers(client: Client) -> None:
    client.keep_demo_clip()
    song = client.make("song", "clip", "theme", "form", "intro:2 verse:4 chorus:4 verse:4 chorus:4 outro:2", "prompt", "pop")
    assert song["section"]["bars"] == 20
    assert [(marker["name"], marker["bar"]) for marker in song["markers"]] == [
        ("intro", 1), ("verse", 3), ("chorus", 7), ("verse", 11), ("chorus", 15), ("outro", 19),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("formats", "rate", "depth"),
    [("flac", 44100, "16"), ("ogg mp3", 48000, "24"), ("wav flac", 96000, "32f"), ("wav", 192000, "16")],
)
def test_every_format_has_the_exact_place_and_length(client: Client, formats: str, rate: int, depth: str) -> None:
    made = client.make(f"f{rate}", "formats", formats, "sample_rate_hz", rate, "bit_depth", depth, "bars", 1, "start_bar", 3)
    for ending in formats.split():
        info = soundfile.info(made["folder"] / f"mix.{ending}")
        assert (info.samplerate, info.frames) == (rate, made["section"]["frames"])
    assert (made["folder"] / "mix.wav").exists() == ("wav" in formats)


def test_a_take_is_worked_on_by_who_made_it_in_the_formats_it_has(client: Client) -> None:
    old = client.make(
        "rules",
        "composer",
        "rules",
        "bars",
        2,
        "sample_rate_hz",
        44100,
        "bit_depth",
        16,
        "formats",
        "flac wav",
        "random_seed",
        1,
    )
    for action in ("repaint", "extend"):
        made = client.ask(action, f"rules-{action}", "rules")
        assert made["composer"]["name"] == "rules"
        assert (made["folder"] / "mix.flac").is_file()
        info = soundfile.info(made["folder"] / "mix.wav")
        assert (info.samplerate, info.subtype) == (old["sample_rate_hz"], "PCM_16")
    asked = client.ask("repaint", "rules-asked", "rules", "composer", "diffusion", "bit_depth", 24, "formats", "wav")
    assert asked["composer"]["name"] == "diffusion"
    assert soundfile.info(asked["folder"] / "mix.wav").subtype == "PCM_24"


def test_inner_bars_are_repainted_without_a_change_to_what_rings_on_after_the_end(client: Client, take: dict[str, Any]) -> None:
    painted = client.ask("repaint", "inner", "take", "from_bar", 6, "to_bar", 7, "parts", "drums")
    for name in ("chords", "drums", "mix"):
        assert np.array_equal(sound(painted, f"{name}.tail"), sound(take, f"{name}.tail"))


def test_a_take_whose_sound_is_gone_is_refused_and_one_whose_sound_was_changed_fails(client: Client) -> None:
    made = client.make("torn", "bars", 1, "random_seed", 1)
    (made["folder"] / "bass.wav").write_bytes((made["folder"] / "lead.wav").read_bytes())
    client.send("/stepbridge/repaint", "torn-1", "torn", "parts", "drums")
    assert client.wait_for("error")[:2] == ["torn-1", "take_damaged"]
    (made["folder"] / "lead.wav").unlink()
    client.send("/stepbridge/repaint", "torn-2", "torn", "parts", "drums")
    address, (name, code, text) = client.receive()
    assert (address, name, code) == ("/stepbridge/error", "torn-2", "take_damaged")
    assert "lead.wav is gone" in text
