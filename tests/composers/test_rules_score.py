from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from bridge.brief import Strength
from bridge.composers import COMPOSERS, load
from bridge.composers.rules.idioms import IDIOMS
from bridge.composers.rules.voicing import is_parallel
from bridge.errors import CancelledError, RequestError
from bridge.music.chord import Chord, ChordSpan
from bridge.music.notes import ALWAYS_PARTS, PART_NAMES, Note, Part
from bridge.music.score import SECTION_NAMES, Score
from bridge.music.tempo import KNOWN_METERS
from bridge.step import ignore
from bridge.style import Style
from tests.composers.briefs import SONG, TWINKLE, brief, song

RULES = load("rules")
GENRES = sorted(IDIOMS)


def notes(score: Score, part: str) -> tuple[Note, ...]:
    found = score.part(part)
    assert found is not None
    return found.notes


def inside(score: Score, part: str, start: float, end: float) -> list[Note]:
    return [note for note in notes(score, part) if start - 0.05 <= note.start_beat < end - 0.05]


def assert_legal(score: Score) -> None:
    end = score.section.length_beats
    for part in score.parts:
        sounding: dict[int, float] = {}
        for note in part.notes:
            assert 0 <= note.start_beat < note.end_beat <= end + 1e-9, (part.name, note)
            assert 0 <= note.pitch <= 127, (part.name, note)
            assert 1 <= note.velocity <= 127, (part.name, note)
            assert note.start_beat >= sounding.get(note.pitch, 0.0) - 1e-9, (part.name, note)
            sounding[note.pitch] = note.end_beat
        assert list(part.notes) == sorted(part.notes, key=lambda note: note.start_beat)
    low = {"bass": (24, 60), "chords": (28, 96), "lead": (36, 100), "drums": (35, 81)}
    for name, (bottom, top) in low.items():
        assert all(bottom <= note.pitch <= top for note in notes(score, name)), name


@pytest.mark.parametrize("genre", GENRES)
def test_every_idiom_in_every_meter_and_role_gives_playable_notes(genre: str) -> None:
    for (index, meter), name in itertools.product(enumerate(KNOWN_METERS), SECTION_NAMES):
        key = ("C", "A minor", "Eb", "F# minor")[index % 4]
        score = RULES.compose(brief(genre, name=name, meter=str(meter), bars=3, key=key, parts=PART_NAMES), ignore)
        assert_legal(score)
        assert [part.name for part in score.parts] == list(PART_NAMES)
        assert all(notes(score, part) for part in ("lead", "chords", "bass", "pad", "counter"))


def test_there_are_at_least_twenty_idioms_and_common_genre_words_find_them() -> None:
    assert len(IDIOMS) >= 20
    wanted = {
        "jazz": "swing",
        "bossa nova": "bossa",
        "hip hop": "hiphop",
        "orchestral": "cinematic",
        "folk": "folk",
    }
    for word, name in wanted.items():
        usual = RULES.compose(brief(word, random_seed=4), ignore)
        assert usual == RULES.compose(brief(name, random_seed=4), ignore), word


@pytest.mark.parametrize("bars", [1, 2, 3, 5, 7, 13, 33])
def test_any_number_of_bars_is_filled_with_chords_without_a_gap(bars: int) -> None:
    for name in ("verse", "outro"):
        score = RULES.compose(brief(name=name, bars=bars), ignore)
        assert_legal(score)
        ends = [0.0, *(span.end_beat for span in score.chords)]
        assert [span.start_beat for span in score.chords] == ends[:-1]
        assert ends[-1] == score.section.length_beats


def test_the_same_brief_gives_the_same_score_and_another_random_seed_another_one() -> None:
    scores = [RULES.compose(brief(random_seed=number), ignore) for number in (1, 1, 2, 3, 4)]
    assert scores[0] == scores[1]
    melodies = {tuple((n.start_beat, n.pitch) for n in notes(score, "lead")) for score in scores}
    progressions = {tuple(str(span.chord) for span in score.chords) for score in scores}
    assert len(melodies) == 4
    assert len(progressions) >= 2


def test_at_temperature_zero_every_random_seed_gives_the_most_probable_score() -> None:
    first, second = (RULES.compose(brief(temperature=0, random_seed=number), ignore) for number in (1, 2))
    assert first == second


@pytest.mark.parametrize("genre", ["rock", "pop", "folk", "funk", "house", "swing", "reggae", "trap", "metal", "latin"])
def test_sections_of_a_song_differ_in_density_register_and_drums(genre: str) -> None:
    score = RULES.compose(song(genre, random_seed=2), ignore)
    spans = {marker.name: marker.beat for marker in reversed(score.markers)}
    bars = {"intro": 4, "verse": 8, "chorus": 8, "bridge": 4, "outro": 4}

    def measure(name: str, part: str) -> tuple[float, float]:
        """Strokes a bar, and their force (summed squares of velocity) a bar."""
        found = inside(score, part, spans[name], spans[name] + 4 * bars[name])
        return len(found) / bars[name], sum(n.velocity**2 for n in found) / bars[name]

    def pitch(name: str, part: str) -> float:
        found = inside(score, part, spans[name], spans[name] + 4 * bars[name])
        return sum(n.pitch for n in found) / len(found)

    for part in ("drums", "chords"):
        assert measure("chorus", part)[0] > measure("intro", part)[0]
        assert measure("chorus", part)[1] > measure("verse", part)[1] > measure("outro", part)[1]
    assert measure("chorus", "drums")[0] > measure("verse", "drums")[0] > measure("intro", "drums")[0]
    assert measure("bridge", "drums")[0] < measure("chorus", "drums")[0]
    assert pitch("chorus", "lead") > pitch("verse", "lead") + 1


def test_a_fill_leads_into_the_next_section() -> None:
    for genre in GENRES:
        score = RULES.compose(song(genre, form="verse:8 chorus:8", random_seed=1), ignore)
        end = score.markers[1].beat
        fill = inside(score, "drums", end - 2, end)
        usual = {(n.pitch, round(n.start_beat % 4, 1)) for n in inside(score, "drums", end - 8, end - 4)}
        assert fill, genre
        assert {(n.pitch, round(n.start_beat % 4, 1)) for n in fill} - usual, genre


def test_an_outro_ends_on_the_tonic_with_one_last_hit() -> None:
    for genre in GENRES:
        for key, tonic in (("D", 2), ("E minor", 4)):
            score = RULES.compose(brief(genre, name="outro", key=key, bars=4), ignore)
            assert score.chords[-1].chord.root == tonic, genre
            assert [n.pitch % 12 for n in inside(score, "bass", 12, 16)] == [tonic], genre
            assert all(n.start_beat < 12.2 for n in inside(score, "drums", 12, 16)), genre
            assert [n.pitch % 12 for n in inside(score, "lead", 12, 16)] == [tonic], genre


def test_choruses_match_and_the_second_verse_recalls_the_first() -> None:
    score = RULES.compose(song(form=SONG, random_seed=6), ignore)
    beats = [marker.beat for marker in score.markers]

    def tune(index: int) -> list[tuple[float, int]]:
        return [
            (round(n.start_beat - beats[index], 3), n.pitch) for n in inside(score, "lead", beats[index], beats[index] + 32)
        ]

    assert tune(3) == tune(5)
    assert tune(1)[:8] == tune(4)[:8]
    assert tune(1) != tune(3)


def test_fixed_chords_are_kept_exactly() -> None:
    symbols = ("Am", "F#dim", "C/G", "E7", "Bb", "Gm7", "D", "Esus4")
    fixed = tuple(ChordSpan(4.0 * index, 4.0, Chord.parse(symbol)) for index, symbol in enumerate(symbols))
    score = RULES.compose(brief(chords=fixed, seed=TWINKLE), ignore)
    assert score.chords == fixed
    for span in fixed:
        bass = [n for n in notes(score, "bass") if span.start_beat - 0.1 <= n.start_beat < span.start_beat + 0.5]
        assert bass[0].pitch % 12 == span.chord.bass_pitch_class
        sounding = {n.pitch % 12 for n in inside(score, "chords", span.start_beat, span.end_beat)}
        assert sounding <= set(span.chord.pitch_classes)


def test_the_bass_plays_the_root_where_a_chord_starts() -> None:
    for genre, random_seed in itertools.product(GENRES, range(2)):
        score = RULES.compose(brief(genre, random_seed=random_seed), ignore)
        for span in score.chords:
            found = [n for n in notes(score, "bass") if span.start_beat - 0.1 <= n.start_beat < span.end_beat - 0.1]
            anticipated = [
                n for n in notes(score, "bass") if n.start_beat < span.start_beat - 0.1 and n.end_beat > span.start_beat + 0.3
            ]
            assert (anticipated or found)[-1 if anticipated else 0].pitch % 12 == span.chord.bass_pitch_class, genre


def test_the_top_of_the_chords_and_the_bass_seldom_move_in_parallel_fifths_or_octaves() -> None:
    parallel = moves = 0
    for genre, random_seed in itertools.product(("pop", "rock", "swing", "soul", "latin", "blues"), range(3)):
        score = RULES.compose(brief(genre, random_seed=random_seed, bars=16), ignore)
        before: tuple[int, int] | None = None
        for span in score.chords:
            chord = [n.pitch for n in inside(score, "chords", span.start_beat, span.start_beat + 0.25)]
            bass = [n.pitch for n in inside(score, "bass", span.start_beat, span.start_beat + 0.25)]
            if len(chord) < 3 or not bass:
                before = None
                continue
            now = (max(chord), bass[0])
            moves += before is not None
            parallel += before is not None and is_parallel(before, now)
            before = now
    assert moves > 60
    assert parallel / moves < 0.08


def test_chords_stay_below_a_high_lead() -> None:
    above = total = 0
    for genre in GENRES:
        score = RULES.compose(brief(genre, seed=TWINKLE, name="chorus"), ignore)
        for note in notes(score, "chords"):
            over = [n.pitch for n in TWINKLE.notes if n.start_beat <= note.start_beat % 16 < n.end_beat]
            above += bool(over) and note.pitch > over[0]
            total += 1
    assert above / total < 0.03


@pytest.mark.parametrize("name", ["bass", "chords", "drums", "lead"])
def test_parts_that_exist_are_returned_note_for_note_and_repeated(name: str) -> None:
    made = tuple(Note(beat, 0.75, pitch, 81) for beat, pitch in ((0.0, 45), (1.5, 45), (4.0, 41), (6.0, 43)))
    score = RULES.compose(brief(parts_in=(Part(name, made, 7),)), ignore)
    part = score.part(name)
    assert part is not None
    assert part.program == 7
    assert part.notes == tuple(n.shifted(8.0 * turn) for turn in range(4) for n in made)


def test_harmony_follows_a_given_bass_and_a_bass_follows_given_drums() -> None:
    line = tuple(Note(4.0 * bar, 4.0, pitch) for bar, pitch in enumerate((45, 41, 36, 43)))
    score = RULES.compose(brief(parts_in=(Part("bass", line),)), ignore)
    roots = [span.chord.root for span in score.chords for _ in range(round(span.length_beats / 4))]
    assert roots == [9, 5, 0, 7] * 2
    kicks = tuple(Note(beat, 0.2, 36) for beat in (0.0, 0.75, 2.5))
    follows = RULES.compose(brief(parts_in=(Part("drums", kicks),)), ignore)
    found = {round(n.start_beat % 4 * 4) / 4 % 4 for n in notes(follows, "bass")}
    assert found == {0.0, 0.75, 2.5}


def test_what_is_excluded_is_silent_but_there() -> None:
    score = RULES.compose(brief(style=Style(genres=("rock",), exclude=("drums", "bass"))), ignore)
    assert [part.name for part in score.parts] == list(ALWAYS_PARTS)
    assert not notes(score, "drums")
    assert not notes(score, "bass")
    assert notes(score, "chords")


@pytest.mark.parametrize(
    ("instruments", "programs"),
    [
        (("cello",), {"lead": 42}),
        (("piano",), {"lead": 0, "chords": 0}),
        (("piano", "strings"), {"lead": 0, "chords": 48}),
        (("erhu", "guzheng"), {"lead": 110, "chords": 107}),
        (("saxophone", "double bass", "piano"), {"lead": 66, "bass": 32, "chords": 0}),
    ],
)
def test_prompted_instruments_choose_programs(instruments: tuple[str, ...], programs: dict[str, int]) -> None:
    score = RULES.compose(brief(style=Style(instruments=instruments)), ignore)
    for name, program in programs.items():
        part = score.part(name)
        assert part is not None
        assert part.program == program


def test_moods_shift_force_and_an_unwanted_instrument_is_not_used() -> None:
    def force(mood: str) -> float:
        found = notes(RULES.compose(brief(style=Style(genres=("pop",), moods=(mood,))), ignore), "chords")
        return sum(n.velocity for n in found) / len(found)

    assert force("epic") > force("") + 4 > force("calm") + 10
    score = RULES.compose(brief(style=Style(genres=("ballad",), exclude=("piano",))), ignore)
    assert all(part.program != 0 for part in score.parts if part.name != "drums")


def test_where_the_text_leads_less_than_half_the_idiom_is_neutral() -> None:
    window = Strength(16.0, 32.0, text=0.1, melody=1.0)
    score = RULES.compose(brief("house", strengths=(window,)), ignore)
    kicks = [n for n in notes(score, "drums") if n.pitch == 36]
    assert sum(n.start_beat < 11.5 for n in kicks) == 12
    assert sum(15.9 <= n.start_beat < 27.5 for n in kicks) < 12


def test_a_continued_score_keeps_its_programs_and_recalls_its_chords_and_theme() -> None:
    first = RULES.compose(brief(random_seed=3), ignore)
    asked = brief(random_seed=9, recall=first)
    second = RULES.compose(replace(asked, section=replace(asked.section, start_bar=9)), ignore)
    assert [part.program for part in second.parts] == [part.program for part in first.parts]
    assert [span.chord.root for span in second.chords] == [span.chord.root for span in first.chords]
    rhythm = [[round(n.start_beat, 2) for n in inside(score, "lead", 0, 16)] for score in (first, second)]
    assert len(set(rhythm[0]) & set(rhythm[1])) >= 0.8 * len(rhythm[0])
    assert notes(first, "lead") != notes(second, "lead")


def test_instruments_that_are_asked_for_join_a_continued_score_but_guessed_ones_do_not() -> None:
    first = RULES.compose(brief(random_seed=3), ignore)
    for guessed in ((), ("shakuhachi",)):
        style = Style(instruments=("shakuhachi",), guessed=guessed)
        second = RULES.compose(brief(random_seed=9, recall=first, style=style), ignore)
        assert any(part.program == 77 for part in second.parts) == (not guessed)


def test_markers_name_the_sections_and_steps_tell_progress_and_may_cancel() -> None:
    told: list[tuple[int, int]] = []
    score = RULES.compose(song(), lambda _, done, total: told.append((done, total)))
    assert [(marker.name, marker.beat) for marker in score.markers][:3] == [
        ("intro", 0.0),
        ("verse", 16.0),
        ("prechorus", 48.0),
    ]
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]

    def cancel(_stage: str, _done: int, _total: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        RULES.compose(brief(), cancel)


def test_a_composer_that_is_not_here_is_refused_by_name() -> None:
    with pytest.raises(RequestError, match=r"composer: 'bach' is no composer; .*auto, diffusion, rules, lstm") as refused:
        load("bach")
    assert refused.value.field == "composer"
    assert load("rules").name in COMPOSERS


@pytest.mark.parametrize("random_seed", range(6))
def test_a_swung_melody_does_not_stumble_over_its_sixteenths(random_seed: int) -> None:
    lead = RULES.compose(brief("swing", bpm=70, random_seed=random_seed), ignore).part("lead")
    assert lead is not None
    assert min(note.length_beats for note in lead.notes) > 0.1
