from typing import Any

import pytest

from bridge.errors import RequestError
from bridge.music.chord import Chord, ChordSpan
from bridge.music.notes import Note, Part
from bridge.music.score import Score, Section
from bridge.repaint import splice_score, window_beats
from bridge.request import Request


def score(pitch: int, *, early: float = 0.0, symbol: str = "C") -> Score:
    """Return four bars from bar 5 with one note a beat in two parts, and one chord over all."""
    notes = tuple(Note(max(0.0, beat - early), 1.0, pitch) for beat in range(16))
    spans = (ChordSpan(0.0, 16.0, Chord.parse(symbol)),)
    return Score(Section(start_bar=5, bars=4), (Part("lead", notes), Part("bass", notes)), spans)


def request(**fields: Any) -> Request:
    return Request.parse({"action": "repaint", "take": "t", **fields})


def test_only_the_window_of_the_parts_asked_for_is_new() -> None:
    spliced = splice_score(score(72), score(60), request(from_bar=6, to_bar=7, parts=["bass"]))
    lead, bass = spliced.parts
    assert lead == score(60).parts[0]
    assert [note.pitch for note in bass.notes] == [60] * 4 + [72] * 4 + [60] * 8


def test_a_note_played_early_belongs_to_the_bar_it_leads_into() -> None:
    spliced = splice_score(score(72, early=0.02), score(60), request(from_bar=6, to_bar=7, parts=["bass"]))
    fresh = [note for note in spliced.parts[1].notes if note.pitch == 72]
    assert [note.start_beat for note in fresh] == pytest.approx([4.0, 4.98, 5.98, 6.98])


def test_a_bar_line_that_stands_early_is_not_struck_twice_and_not_lost() -> None:
    asked = request(from_bar=6, to_bar=7, parts=["bass"])
    again = splice_score(score(60), score(60, early=0.02), asked).parts[1].notes
    assert [note.start_beat for note in again if 3 < note.start_beat < 8.5] == pytest.approx([3.98, 5.0, 6.0, 7.0, 7.98])
    other = splice_score(score(72), score(60, early=0.02), asked).parts[1].notes
    assert [note.pitch for note in other if 3.5 < note.start_beat < 8.5] == [60, 72, 72, 72, 72, 60]


def test_the_harmony_changes_in_the_window_only() -> None:
    spliced = splice_score(score(72, symbol="F"), score(60), request(from_bar=6, to_bar=8))
    assert [(span.start_beat, span.length_beats, str(span.chord)) for span in spliced.chords] == [
        (0.0, 4.0, "C"), (4.0, 8.0, "F"), (12.0, 4.0, "C"),
    ]  # fmt: skip


def test_without_bars_the_window_is_the_whole_take_and_one_bar_is_a_window_too() -> None:
    assert window_beats(request(), score(60)) == (0.0, 16.0)
    assert window_beats(request(from_bar=6, to_bar=6), score(60)) == (4.0, 8.0)
    assert window_beats(request(from_bar=1, to_bar=6), score(60)) == (0.0, 4.0)


@pytest.mark.parametrize("bars", [{"from_bar": 9}, {"to_bar": 2}, {"from_bar": 1, "to_bar": 5}])
def test_a_window_outside_the_take_is_refused(bars: dict[str, int]) -> None:
    with pytest.raises(RequestError, match="which has bars 5 to 8") as refused:
        window_beats(request(**bars), score(60))
    assert refused.value.field == "from_bar"
