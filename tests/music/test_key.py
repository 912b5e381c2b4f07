import random

import pytest

from bridge.music.key import ALL_KEYS, Key, key_fit, likely_key, pitch_class
from bridge.music.notes import Note, pitch_class_weights


def relative(key: Key) -> Key:
    return Key((key.tonic + 3) % 12) if key.is_minor else Key((key.tonic + 9) % 12, "minor")


def melody(draw: random.Random, key: Key, bars: int = 8) -> tuple[Note, ...]:
    """Return a walk through the scale that comes home to the tonic, and leans on its triad on the first beats of bars."""
    ladder = sorted(60 + octave + degree for octave in (-12, 0, 12) for degree in key.scale)
    place = ladder.index(60 + key.tonic)
    notes, beat = [], 0.0
    while beat < bars * 4 - 2:
        if beat % 4 == 0:
            place = min(
                range(len(ladder)), key=lambda at: (abs(at - place), at) if ladder[at] % 12 in key.scale[0:5:2] else (99, at)
            )
        length = draw.choice((0.5, 0.5, 1.0, 1.0, 1.5, 2.0))
        notes.append(Note(beat, length, ladder[place]))
        beat += length
        place = min(max(place + draw.choice((-2, -1, -1, 0, 1, 1, 2)), 2), len(ladder) - 3)
    return (*notes, Note(beat, bars * 4 - beat, 60 + key.tonic))


def test_the_key_or_its_relative_is_heard_in_diatonic_melodies() -> None:
    draw = random.Random(4)  # noqa: S311 - the same melodies every time
    heard = [(key, likely_key(melody(draw, key))) for key in ALL_KEYS for _ in range(15)]
    assert sum(found in {key, relative(key)} for key, found in heard) >= 0.95 * len(heard)
    assert sum(found == key for key, found in heard) >= 0.9 * len(heard)


@pytest.mark.parametrize("key", ALL_KEYS)
def test_a_plain_scale_up_and_home_is_in_its_key(key: Key) -> None:
    pitches = [60 + key.tonic + (degree - key.tonic) % 12 for degree in key.scale] + [72 + key.tonic]
    assert likely_key(Note(float(beat), 1.0, pitch) for beat, pitch in enumerate(pitches)) == key


def test_a_leading_note_belongs_to_a_minor_key() -> None:
    pitches = (69, 71, 72, 74, 76, 77, 76, 74, 72, 71, 68, 69)  # A minor with G sharp
    assert likely_key(Note(float(beat), 1.0, pitch) for beat, pitch in enumerate(pitches)) == Key(9, "minor")


def test_the_closing_note_decides_between_relatives() -> None:
    scale = (60, 62, 64, 65, 67, 69, 71)
    in_c = [*scale, 67, 60]
    in_a = [69, *scale, 64, 69]
    assert likely_key(Note(float(beat), 1.0, pitch) for beat, pitch in enumerate(in_c)) == Key(0)
    assert likely_key(Note(float(beat), 1.0, pitch) for beat, pitch in enumerate(in_a)) == Key(9, "minor")


def test_no_notes_are_in_c() -> None:
    assert likely_key(()) == Key(0)


@pytest.mark.parametrize("semitones", range(12))
def test_a_transposed_melody_is_in_the_transposed_key(semitones: int) -> None:
    notes = melody(random.Random(8), Key(2, "minor"))  # noqa: S311
    moved = [Note(n.start_beat, n.length_beats, n.pitch + semitones) for n in notes]
    assert likely_key(moved) == likely_key(notes).transposed(semitones)


def test_a_fit_is_a_correlation() -> None:
    weights = pitch_class_weights([Note(0.0, 1.0, 60), Note(1.0, 1.0, 64), Note(2.0, 1.0, 67)])
    assert max(ALL_KEYS, key=lambda key: key_fit(weights, key)) == Key(0)
    assert all(-1.0 <= key_fit(weights, key) <= 1.0 for key in ALL_KEYS)
    assert key_fit([1.0] * 12, Key(0)) == 0.0


@pytest.mark.parametrize("key", ALL_KEYS)
def test_every_key_is_read_as_it_is_written_in_english_and_chinese(key: Key) -> None:
    accidental = {"": "", "#": "升", "b": "降"}[key.tonic_name[1:]]
    mode = "小调" if key.is_minor else "大调"
    spellings = (
        str(key),
        str(key).upper().replace("B ", "b ", 1) if key.tonic_name[1:] == "b" else str(key).upper(),
        str(key).lower(),
        f"{key.tonic_name}{'m' if key.is_minor else ''}",
        f"{key.tonic_name}{mode}",
        f"{accidental}{key.tonic_name[0]}{mode}",
        f"{accidental}{key.tonic_name[0]} {mode.replace('调', '調')}",
        str(key).replace("#", " sharp").replace("b ", "-flat ", 1) if key.tonic_name[1:] else str(key),
    )
    assert [Key.parse(spelling) for spelling in spellings] == [key] * len(spellings)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Bb", "Bb major"),
        ("D调", "D major"),
        ("Gb", "F# major"),
        ("Ebm", "Eb minor"),
        ("D# minor", "Eb minor"),
        ("f♯ Minor", "F# minor"),
    ],
)
def test_keys_are_shown_in_their_usual_spelling(text: str, name: str) -> None:
    assert str(Key.parse(text)) == name


@pytest.mark.parametrize("text", ["", "H", "minor", "D dorian", "C major 7", "大调", "1", "Cmajorminor"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a key is written like"):
        Key.parse(text)


def test_pitch_classes_wrap() -> None:
    assert [pitch_class(name) for name in ("Cb", "B#", "c", "Fb", "E♯", "Gflat")] == [11, 0, 0, 4, 5, 6]
    with pytest.raises(ValueError, match="no note name"):
        pitch_class("H")
