from pathlib import Path

import numpy as np
import pytest

from bridge.composers.rules.idioms import IDIOMS
from bridge.corpus.build import Job, Shard, written
from bridge.corpus.card import bass_at_changes, card, chord_tones
from bridge.corpus.crops import crop
from bridge.corpus.families import load_families
from bridge.corpus.grooves import LIBRARY, _read, nearest
from bridge.corpus.harmony import harmonised, with_harmony
from bridge.corpus.mma import accompanied, anchored, arranged
from bridge.corpus.shards import save_shard
from bridge.corpus.song import Song, stepped
from bridge.corpus.strums import unstrummed
from bridge.corpus.tunes import save_tunes
from bridge.music.chord import Chord, ChordSpan
from bridge.music.notes import PART_NAMES, Note
from model.score.corpus import Song as ReadSong
from model.score.corpus import songs
from tests.corpus.tiny import TUNES, chance, groove_file, ruled, tune_in
from tests.peers import require_peer


def read_again(song: Song, folder: Path) -> ReadSong:
    save_shard([song], folder / "songs-one-000.npz")
    return next(songs(folder / "songs-one-000.npz"))


def assert_sound(song: Song) -> None:
    frames = song.meta["bars"] * song.meta["pulses"]
    assert len(song.chord_root) == len(song.chord_mask) == len(song.chord_bass) == frames
    parts, starts, lengths, pitches, velocities = song.notes.T
    assert (starts >= 0).all()
    assert (lengths >= 1).all()
    assert (starts.astype(int) + lengths <= frames * 12).all()
    assert ((pitches >= 0) & (pitches <= 127) & (velocities >= 1) & (velocities <= 127)).all()
    assert [PART_NAMES[number] for number in dict.fromkeys(parts.tolist())] == song.meta["parts"]
    assert set(song.meta["instruments"]) <= set(song.meta["parts"])
    assert sum(bars for _, bars in song.meta["sections"]) == song.meta["bars"]


@pytest.mark.parametrize("meter", ["2/4", "3/4", "4/4", "5/4", "6/8", "12/8"])
def test_the_rules_accompany_a_tune_in_every_meter(meter: str, tmp_path: Path) -> None:
    source = {"5/4": "4/4", "12/8": "6/8"}.get(meter, meter)
    song = ruled(meter, "folk", tune=tune_in(source))
    assert_sound(song)
    read = read_again(song, tmp_path)
    assert np.mean(bass_at_changes(read)) > 0.8
    outside, inside = chord_tones(read)
    assert inside / (inside + outside) > 0.9


def test_the_rules_play_on_the_grid_and_the_tune_stays_as_it_is() -> None:
    tune = crop(tune_in("4/4"), "4/4", chance(1))
    song = ruled("4/4", "rock", tune=tune_in("4/4"), seed=4)
    steps = song.notes[np.isin(song.notes[:, 0], [1, 2]), 1] % 12
    assert set(steps.tolist()) <= {0, 3, 6, 9, 4, 8}
    assert len(tune.notes) > 0


def test_the_same_seed_makes_the_same_song() -> None:
    first, again, other = ruled("3/4", seed=2), ruled("3/4", seed=2), ruled("3/4", seed=3)
    assert np.array_equal(first.notes, again.notes)
    assert first.meta == again.meta
    assert not np.array_equal(first.notes, other.notes)


def test_every_idiom_is_of_one_family_and_every_family_has_words_in_both_languages() -> None:
    listed = [idiom for family in load_families().values() for idiom in family.idioms]
    assert sorted(listed) == sorted(IDIOMS)
    assert all(len(family.words[language]) >= 3 for family in load_families().values() for language in ("en", "zh"))
    grooves = [groove for family in load_families().values() for groove in family.grooves]
    assert len(grooves) == len(set(grooves))


def test_chords_follow_from_the_tune_and_have_sevenths_only_where_wanted() -> None:
    tune = crop(tune_in("4/4"), "4/4", chance(1))
    triads, again, sevenths = (harmonised(tune, colour) for colour in ("triad", "triad", "seventh"))
    assert triads == again
    assert {span.chord.quality for span in triads} <= {"", "m", "dim", "aug"}
    assert [span.chord.root for span in sevenths] == [span.chord.root for span in triads]
    assert {span.chord.quality for span in sevenths} & {"7", "m7", "maj7"}


def test_a_tune_with_its_chords_alone_is_a_song_to_learn_harmony_from() -> None:
    tune, family = crop(tune_in("3/4"), "3/4", chance(1)), load_families()["jazz"]
    song = with_harmony(tune, family, chance(1))
    assert song.meta["parts"] == ["lead"]
    assert song.meta["family"] == "jazz"
    assert len(song.notes) == len(tune.notes)
    spans = harmonised(tune, family.colour)
    assert song.chord_root[0] == spans[0].chord.root
    assert len(set(song.chord_root.tolist())) == len({span.chord.root for span in spans})


def test_a_struck_pitch_ends_before_it_is_struck_again_and_the_last_note_with_the_song() -> None:
    notes = [Note(0.0, 2.0, 60), Note(1.0, 1.0, 60), Note(1.01, 0.5, 60, 100), Note(3.5, 9.0, 62), Note(4.0, 1.0, 64)]
    assert stepped(notes, 1 / 12, 48) == [(0, 12, 60, 90), (12, 12, 60, 100), (42, 6, 62, 90)]


def test_a_strum_is_one_chord_that_ends_where_it_did() -> None:
    strum = [(24, 12, 60, 80), (25, 11, 64, 80), (26, 10, 67, 80)]
    assert unstrummed(strum, 96, is_compound=False) == [(24, 12, 60, 80), (24, 12, 64, 80), (24, 12, 67, 80)]
    assert unstrummed([(11, 6, 60, 80)], 96, is_compound=False) == [(12, 5, 60, 80)]
    assert unstrummed([(5, 4, 60, 80)], 96, is_compound=True) == [(4, 5, 60, 80)]
    eighths = [(0, 3, 60, 80), (3, 3, 62, 80), (6, 3, 60, 80)]
    assert unstrummed(eighths, 96, is_compound=False) == eighths


def test_the_bass_has_the_root_where_the_chord_changes() -> None:
    chords = (ChordSpan(0.0, 2.0, Chord(0)), ChordSpan(2.0, 2.0, Chord(7)))
    assert anchored([(0, 12, 43, 80), (24, 30, 38, 80), (36, 12, 45, 80)], chords, 1 / 12) == [
        (0, 12, 48, 80),
        (24, 12, 43, 80),
        (36, 12, 45, 80),
    ]


def test_a_fill_goes_with_its_main_groove() -> None:
    assert nearest("Kfunk1B", ("Kfunk1FillAA", "Kfunk1FillBB")) == "Kfunk1FillBB"
    assert nearest("BossaNovaSus", ("BossaNovaFill",)) == "BossaNovaFill"
    assert nearest("Folk", ()) is None


def test_sections_end_in_fills_and_cover_the_song() -> None:
    style = groove_file("kara/Kfunk1", "4/4", 4.0, ("Kfunk1A", "Kfunk1B"), fills=("Kfunk1FillAA", "Kfunk1FillBB"))
    for seed in range(20):
        made = arranged(style, 32, chance(seed))
        assert len(made.grooves) == sum(bars for _, bars in made.sections) == 32
        ends = np.cumsum([bars for _, bars in made.sections]) - 1
        assert all(bar in ends for bar, groove in enumerate(made.grooves) if "Fill" in groove)


@pytest.mark.parametrize(
    ("path", "meter"),
    [
        ("stdlib/bossanova", "4/4"),
        ("stdlib/68march", "6/8"),
        ("stdlib/68swing", "6/8"),
        ("casio/jazzwaltz", "3/4"),
        ("stdlib/jazz-54", "5/4"),
    ],
)
def test_mma_accompanies_a_tune_with_its_bars_where_the_tune_has_them(path: str, meter: str, tmp_path: Path) -> None:
    require_peer("mma")
    family = next(family for family in load_families().values() if path in family.grooves)
    style = _read(LIBRARY, path, family)
    assert style is not None
    assert style.meter == meter
    tune = crop(tune_in("4/4" if meter == "5/4" else meter), meter, chance(1))
    song = accompanied(tune, style, chance(3))
    assert_sound(song)
    read = read_again(song, tmp_path)
    outside, inside = chord_tones(read)
    assert inside / (inside + outside) > 0.9
    assert all(bass_at_changes(read))
    drums = read.part("drums")
    struck = {start // tune.bar_steps for start, *_ in drums.tolist()}
    assert len(struck) >= tune.bars - 1


def test_a_shard_is_made_once_and_its_card_tells_of_it(tmp_path: Path) -> None:
    jobs = tuple(Job(tune, "held" if at == 0 else "train", at, tune.meter, idiom="swing") for at, tune in enumerate(TUNES))
    shard = Shard("songs-rules-000", jobs)
    assert "5 of 5 songs" in written(shard, str(tmp_path))
    assert "there already" in written(shard, str(tmp_path))
    read = list(songs(tmp_path / "songs-rules-000.npz"))
    assert [song.meta["tonic"] for song in read] == [tune.tonic for tune in TUNES]
    alone = tuple(Job(tune, "train", at, tune.meter, family="swing") for at, tune in enumerate(TUNES[1:3]))
    written(Shard("songs-harmony-000", alone), str(tmp_path))
    save_tunes(TUNES, tmp_path / "tunes.jsonl")
    told = card(tmp_path, "make it", {"4/4": 1}, seed=1)
    assert "5 accompanied tunes, and 2 crops of tunes with chords alone" in told
    assert "| held | 0 | 1 |" in told
    assert "| swing | 2 | 5 |" in told
    assert "`make it`" in told
