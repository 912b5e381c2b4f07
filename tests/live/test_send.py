"""What goes out of Live: notes, tempo, meter, scale and place, in pieces that are sent again until they are answered."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.live.ear import Talk, tell
from tests.live.studio import TUNE


def notes_of(messages: list[tuple[str, list[Any]]]) -> list[tuple[float, float, int, int]]:
    values = [value for address, arguments in messages if address == "clip/notes" for value in arguments[2:]]
    return [(values[at + 1], values[at + 2], values[at], values[at + 3]) for at in range(0, len(values), 4)]


def test_clip_tempo_meter_scale_and_place_are_sent(talk: Talk) -> None:
    clip = talk.studio.add_clip(64.0, 8.0)
    messages = talk.ask()
    begin, *_, end = messages
    id_ = begin[1][0]
    assert begin == ("clip/begin", [id_, len(TUNE), 8.0])
    assert end == ("clip/end", [id_])
    assert notes_of(messages) == [(start, length, pitch, int(velocity)) for start, length, pitch, velocity in TUNE]
    assert talk.fields(id_) == {
        "clip": id_, "start_bar": 17, "bars": 2, "bpm": 97.3, "meter": "4/4", "project": "song", "key": "D minor",
        "prompt": "sad cello ballad",
    }  # fmt: skip
    assert clip.name == "sad cello ballad"
    assert talk.studio.said[-1] == "stepbridge: section, bar 17: 5 notes are sent"


@pytest.mark.parametrize(
    ("name", "wishes"),
    [
        ("Chorus 8: epic brass >>", {"section": "chorus", "bars": 8, "prompt": "epic brass"}),
        ("verse:忧伤的大提琴 >>", {"section": "verse", "bars": 2, "prompt": "忧伤的大提琴"}),
        ("副歌 >>", {"bars": 2, "prompt": "副歌"}),
        ("note: soft >>", {"bars": 2, "prompt": "note: soft"}),
        (">>", {"bars": 2, "prompt": ""}),
    ],
)
def test_a_clip_s_name_says_what_it_should_become(talk: Talk, name: str, wishes: dict[str, Any]) -> None:
    talk.studio.add_clip(0.0, 8.0)
    asked = talk.fields(talk.ask(name)[0][1][0])
    assert {key: asked.get(key) for key in wishes} == wishes
    assert ("section" in asked) == ("section" in wishes)


@pytest.mark.parametrize(
    ("song", "clip", "wanted", "first_note"),
    [
        ({}, (66.0, 4.0), (17, 2), 2.0),
        ({"loop": True, "loop_start": 64.0, "loop_length": 30.0}, (64.0, 8.0), (17, 8), 0.0),
        ({"loop": True, "loop_start": 0.0}, (64.0, 8.0), (17, 2), 0.0),
        ({"signature_numerator": 6, "signature_denominator": 8}, (6.0, 3.0), (3, 1), 0.0),
        ({"current_song_time": 33.5}, (None, 8.0), (9, 2), 0.0),
        ({"loop": True, "loop_start": 16.0}, (None, 8.0), (5, 4), 0.0),
    ],
    ids=["filled to bars", "loop brace", "loop brace elsewhere", "six eight", "session", "session with loop brace"],
)
def test_the_section_is_what_the_set_means(
    talk: Talk, song: dict[str, Any], clip: tuple[float | None, float], wanted: tuple[int, int], first_note: float
) -> None:
    for name, value in song.items():
        setattr(talk.studio.song, name, value)
    talk.studio.add_clip(*clip)
    messages = talk.ask()
    assert notes_of(messages)[0][0] == first_note
    asked = talk.fields(messages[0][1][0])
    assert (asked["start_bar"], asked["bars"]) == wanted


def test_a_looped_clip_is_sent_as_it_sounds(talk: Talk) -> None:
    clip = talk.studio.add_clip(0.0, 5.0)
    clip.looping, clip.start_marker, clip.loop_start, clip.loop_end = True, 1.0, 0.0, 2.0
    assert [(start, pitch) for start, _, pitch, _ in notes_of(talk.ask())] == [
        (0.0, 65), (0.5, 69), (1.0, 62), (2.0, 65), (2.5, 69), (3.0, 62), (4.0, 65), (4.5, 69),
    ]  # fmt: skip


def test_muted_notes_and_notes_outside_do_not_sound(talk: Talk) -> None:
    clip = talk.studio.add_clip(0.0, 4.0)
    clip.notes[1].mute = True
    assert [start for start, *_ in notes_of(talk.ask())] == [0.0, 1.5, 2.0]


def test_the_highlighted_slot_does_where_no_clip_is_open(talk: Talk) -> None:
    talk.studio.add_clip(None, 8.0)
    song = talk.studio.song
    song.view.highlighted_clip_slot, song.view.detail_clip = song.track("Melody").clip_slots[0], None
    tell(talk.studio.port, "/stepbridge/live/send", "prompt", "rock", "seed_mode", "develop")
    asked = talk.fields(talk.turn()[0][1][0])
    assert (asked["prompt"], asked["seed_mode"], asked["bars"]) == ("rock", "develop", 2)


@pytest.mark.parametrize("has_clip", [True, False])
def test_what_cannot_be_meant_is_said(talk: Talk, has_clip: bool) -> None:  # noqa: FBT001
    if has_clip:
        talk.studio.add_clip(0.0, 4.0, [])
    tell(talk.studio.port, "/stepbridge/live/send")
    assert talk.turn() == []
    wanted = "the selected clip has no notes in bars 1 to 1" if has_clip else "select a MIDI clip"
    assert talk.studio.said[-1] == f"stepbridge: {wanted}"


def test_a_live_without_a_chosen_scale_leaves_the_key_to_the_notes(talk: Talk) -> None:
    talk.studio.song.scale_mode = False
    talk.studio.add_clip(0.0, 8.0)
    assert "key" not in talk.fields(talk.ask()[0][1][0])


# Pieces and answers


def test_missing_pieces_are_sent_again(talk: Talk) -> None:
    talk.studio.add_clip(0.0, 100.0, [(float(beat), 1.0, 60, 90.0) for beat in range(100)])
    messages = talk.ask()
    id_ = messages[0][1][0]
    assert [(address, arguments[1:2]) for address, arguments in messages if address == "clip/notes"] == [
        ("clip/notes", [0]), ("clip/notes", [1]), ("clip/notes", [2]),
    ]  # fmt: skip
    talk.ear.answer("error", id_, "missing", "1 7")
    again = talk.turn()
    assert [(address, arguments[:2]) for address, arguments in again] == [("clip/notes", [id_, 1]), ("clip/end", [id_])]
    talk.ear.answer("error", id_, "missing", "begin")
    assert [address for address, _ in talk.turn()] == ["clip/begin", *["clip/notes"] * 3, "clip/end"]
    assert talk.fields(id_)["clip"] == id_


def test_a_big_clip_is_spread_over_ticks(talk: Talk) -> None:
    talk.studio.add_clip(0.0, 4000.0, [(float(beat), 1.0, 60, 90.0) for beat in range(4000)])
    talk.studio.song.view.detail_clip.name = "x >>"  # type: ignore[union-attr]
    counts = [len(talk.turn(count=1)) for _ in range(8)]
    assert counts == [16] * 6 + [6, 0]


def test_unanswered_messages_are_sent_again_and_then_it_is_said(talk: Talk) -> None:
    talk.studio.add_clip(0.0, 8.0)
    assert len(talk.ask()) == 3
    assert [len(talk.turn(2.0, 1)) for _ in range(5)] == [3, 3, 3, 0, 0]
    assert talk.studio.said[-1] == "stepbridge: no daemon answers; start one: stepbridge serve"


def test_a_refusal_is_shown_in_the_daemon_s_words(talk: Talk) -> None:
    talk.studio.add_clip(0.0, 8.0)
    id_ = talk.ask()[0][1][0]
    talk.fields(id_)
    talk.ear.answer("error", id_, "bad_value", "meter: must be one of 4/4")
    assert talk.turn(5.0, 5) == []
    assert talk.studio.said[-1] == "stepbridge: section, bar 1: meter: must be one of 4/4"


def test_progress_warnings_and_cancel_are_shown(talk: Talk) -> None:
    talk.studio.add_clip(0.0, 8.0)
    id_ = talk.ask("chorus: rock >>")[0][1][0]
    talk.fields(id_)
    for name, arguments, wanted in (
        ("accepted", (), None),
        ("progress", (0.4, "compose"), "chorus, bar 1: compose, 40%"),
        ("warning", ("bpm: the prompt says 70",), "chorus, bar 1: bpm: the prompt says 70"),
        ("cancelled", (), "chorus, bar 1: cancelled"),
    ):
        if name == "cancelled":
            assert talk.ask("rock <<") == [("cancel", [id_])]
        talk.ear.answer(name, id_, *arguments)
        assert talk.turn(5.0) == []
        assert wanted is None or talk.studio.said[-1] == f"stepbridge: {wanted}"
    tell(talk.studio.port, "/stepbridge/live/cancel")
    talk.turn()
    assert talk.studio.said[-1] == "stepbridge: nothing to cancel"


def test_nonsense_at_the_port_is_overlooked(talk: Talk) -> None:
    said = list(talk.studio.said)
    for address, arguments in (("/stepbridge/done", ()), ("/stepbridge/progress", ("x", 1)), ("/elsewhere", (b"\x00",))):
        tell(talk.studio.port, address, *arguments)
    assert talk.turn() == []
    assert talk.studio.said == said


# What the daemon is told all the time


def test_the_transport_is_told_when_it_changes(talk_of: Callable[..., Talk]) -> None:
    talk = talk_of(is_heard=False)
    told = [dict(zip(values[::2], values[1::2], strict=True)) for name, values in talk.ear.heard() if name == "transport"]
    assert told == [{"bpm": 97.3, "meter": "4/4", "position_beats": 0.0, "playing": False, "key": "D minor"}]
    talk.studio.song.tempo, talk.studio.song.is_playing = 120.0, True
    talk.studio.tick(10)
    told = [dict(zip(values[::2], values[1::2], strict=True)) for name, values in talk.ear.heard() if name == "transport"]
    assert told == [{"bpm": 120.0, "playing": True}]


def test_the_daemon_is_subscribed_to_again_and_again_and_left_at_the_end(talk: Talk) -> None:
    talk.studio.tick(100)
    assert [name for name, _ in talk.ear.heard()].count("subscribe") == 2
    talk.studio.stop()
    assert ("unsubscribe", []) in talk.ear.heard()
    talk.studio.surface = None


def test_a_second_live_takes_another_port(talk: Talk) -> None:
    link = talk.studio.module("link")
    talk.studio.module("settings").OWN_PORT = talk.studio.port
    second = link.Link()
    assert second.port != talk.studio.port
    second.close()
