from hypothesis import given
from hypothesis import strategies as st

from bridge.music.notes import Note
from bridge.seeds.skyline import melody_line, polyphony

TUNE = tuple(
    Note(float(beat), 1.0, pitch) for beat, pitch in enumerate((72, 74, 76, 74, 72, 71, 69, 71, 72, 74, 76, 79, 77, 76, 74, 72))
)


def starts(notes: tuple[Note, ...]) -> list[tuple[float, int]]:
    return [(note.start_beat, note.pitch) for note in notes]


any_notes = st.lists(
    st.builds(Note, st.integers(0, 400).map(lambda n: n / 24), st.integers(1, 200).map(lambda n: n / 24), st.integers(20, 110)),
    max_size=60,
)


def test_a_melody_comes_back_as_it_is_with_its_legato() -> None:
    legato = tuple(Note(float(beat), 1.2, 60 + beat) for beat in range(8))
    assert melody_line(legato) == legato
    assert melody_line(TUNE) == TUNE


def test_the_top_of_block_chords_is_the_tune() -> None:
    below = [Note(n.start_beat, 1.0, n.pitch - step) for n in TUNE for step in (5, 9)]
    assert melody_line([*below, *TUNE]) == TUNE


def test_the_top_of_rolled_chords_is_the_tune() -> None:
    rolled = [Note(n.start_beat - 0.02 * step, 0.9, n.pitch - 4 * step) for n in TUNE[1:] for step in (2, 1, 0)]
    assert starts(melody_line(rolled)) == starts(TUNE[1:])


def test_a_chord_held_below_the_tune_is_not_the_tune() -> None:
    held = [Note(bar * 4.0, 4.0, pitch) for bar in range(4) for pitch in (48, 52, 55)]
    assert melody_line([*held, *TUNE]) == TUNE


def test_a_broken_chord_below_long_notes_is_not_the_tune() -> None:
    tune = tuple(Note(bar * 4.0, 4.0, pitch) for bar, pitch in enumerate((76, 77, 79, 76)))
    alberti = [Note(bar * 4 + step / 2, 0.5, 60 + pitch) for bar in range(4) for step, pitch in enumerate((0, 7, 4, 7) * 2)]
    assert melody_line([*tune, *alberti]) == tune


def test_a_walking_bass_below_long_notes_is_not_the_tune() -> None:
    tune = tuple(Note(bar * 4.0, 4.0, pitch) for bar, pitch in enumerate((76, 77, 79, 76)))
    walk = [Note(float(beat), 1.0, 36 + beat % 8 + beat % 2) for beat in range(16)]
    assert melody_line([*tune, *walk]) == tune


def test_a_pad_held_above_does_not_swallow_the_tune() -> None:
    for pad in (
        [Note(0.0, 16.0, 84)],
        [Note(bar * 4.0, 4.0, 84 + bar % 2) for bar in range(4)],
        [Note(0.0, 16.0, 91), Note(0.0, 16.0, 88)],
    ):
        quavers = tuple(Note(n.start_beat / 2, 0.5, n.pitch) for n in TUNE) + tuple(
            Note(8 + n.start_beat / 2, 0.5, n.pitch) for n in TUNE
        )
        assert melody_line([*pad, *quavers]) == quavers


def test_accompaniment_in_the_rests_of_the_tune_is_left_out() -> None:
    tune = tuple(note for note in TUNE if note.start_beat % 4 < 3)
    chords = [Note(float(beat), 0.9, pitch) for beat in range(16) for pitch in (48, 52, 55)]
    assert melody_line([*chords, *tune]) == tune


def test_a_long_release_in_a_falling_line_loses_no_note() -> None:
    falling = [Note(float(beat), 1.45, 84 - beat) for beat in range(8)]
    assert starts(melody_line(falling)) == starts(tuple(falling))


@given(any_notes)
def test_the_tune_is_made_of_the_given_notes_untouched_and_starts_one_at_a_time(notes: list[Note]) -> None:
    tune = melody_line(notes)
    assert bool(tune) == bool(notes)
    assert set(tune) <= set(notes)
    assert len({note.start_beat for note in tune}) == len(tune)


def test_polyphony_counts_notes_that_sound_together() -> None:
    assert polyphony(TUNE) == 1.0
    assert polyphony([Note(0.0, 4.0, pitch) for pitch in (60, 64, 67)]) == 3.0
