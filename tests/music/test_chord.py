import pytest

from bridge.music.chord import QUALITIES, Chord, ChordSpan


@pytest.mark.parametrize("quality", QUALITIES)
def test_every_chord_is_read_as_it_is_written(quality: str) -> None:
    for root in range(12):
        for bass in (None, (root + 7) % 12):
            chord = Chord(root, quality, bass)
            assert [Chord.parse(chord.spelled(flats=flats)) for flats in (False, True)] == [chord, chord]


@pytest.mark.parametrize(
    ("symbol", "pitch_classes"),
    [
        ("C", (0, 4, 7)),
        ("Am", (9, 0, 4)),
        ("F#dim", (6, 9, 0)),
        ("B♭maj7", (10, 2, 5, 9)),
        ("CM7", (0, 4, 7, 11)),
        ("CMaj7", (0, 4, 7, 11)),
        ("G7sus", (7, 0, 2, 5)),
        ("Dø", (2, 5, 8, 0)),
        ("E+", (4, 8, 0)),
        ("C6/9", (0, 4, 7, 9, 2)),
        ("C/G", (0, 4, 7)),
        ("C/D", (0, 4, 7, 2)),
        ("E7#9", (4, 8, 11, 2, 7)),
    ],
)
def test_symbols_mean_their_notes(symbol: str, pitch_classes: tuple[int, ...]) -> None:
    assert Chord.parse(symbol).pitch_classes == pitch_classes


def test_the_bass_plays_the_root_or_the_note_after_the_slash() -> None:
    assert [Chord.parse(symbol).bass_pitch_class for symbol in ("Am", "Am/C", "C6/9/E")] == [9, 0, 4]


@pytest.mark.parametrize("symbol", ["", "H", "am", "C/", "C/5", "C//E", "Cfoo", "N.C.", "C m", "C\nm"])
def test_what_is_no_chord_is_refused(symbol: str) -> None:
    with pytest.raises(ValueError, match="no chord symbol"):
        Chord.parse(symbol)


def test_a_span_ends_where_the_next_may_begin() -> None:
    assert ChordSpan(4.0, 2.5, Chord(0)).end_beat == 6.5
