"""The corpus card: what is in a corpus, where it comes from, and the figures that show that it is sound."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np

from bridge.corpus.captions import CAPTIONS_FILE
from bridge.corpus.harmony import SOURCE as HARMONY
from bridge.corpus.leaks import HELD_OUT, SHARED_MOST, hold_out, shared, windows_of
from bridge.corpus.tunes import STEPS, TUNES_FILE, Tune, load_tunes
from model.score.corpus import Song, songs

_METERS = {(2, False): "2/4", (3, False): "3/4", (4, False): "4/4", (5, False): "5/4", (2, True): "6/8", (4, True): "12/8"}


@dataclass
class Census:
    """What was counted over all songs."""

    songs: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(Source, split) → songs."""
    meters: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(Source, meter) → songs."""
    families: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(Family, source) → songs."""
    tunes: dict[str, set[str]] = field(default_factory=dict)
    """Split → tunes."""
    hours: float = 0.0
    rooted: Counter[tuple[str, bool]] = field(default_factory=Counter)
    """(Source, whether the bass has the chord's bass note) → changes of chord at which the bass plays."""
    fitting: Counter[tuple[str, bool]] = field(default_factory=Counter)
    """(Source, whether it is a tone of the chord) → notes of chords and pad as they start."""

    def add(self, song: Song) -> None:
        """Count a song."""
        meta = song.meta
        source = meta["source"]
        self.songs[source, meta["split"]] += 1
        self.meters[source, _METERS[meta["pulses"], meta["is_compound"]]] += 1
        self.families[meta["family"], source] += 1
        self.tunes.setdefault(meta["split"], set()).add(meta["tune"])
        self.hours += song.frames / meta["bpm"] / 60
        for is_rooted in bass_at_changes(song):
            self.rooted[source, is_rooted] += 1
        for is_fitting, count in zip((False, True), chord_tones(song), strict=True):
            self.fitting[source, is_fitting] += count


def bass_at_changes(song: Song) -> list[bool]:
    """Return, for each bass note at a change of chord, whether it is the chord's bass note."""
    bass = song.part("bass")
    changed = {0, *(np.flatnonzero((np.diff(song.root) != 0) | (np.diff(song.mask) != 0)) + 1).tolist()}
    at_changes = bass[np.isin(bass[:, 0], [frame * STEPS for frame in changed])]
    return [bool(pitch % 12 == song.bass[start // STEPS]) for start, _, pitch, _ in at_changes]


def chord_tones(song: Song) -> tuple[int, int]:
    """Return how many notes of chords and pad are no tones of the chord as they start, and how many are."""
    notes = np.concatenate((song.part("chords"), song.part("pad")))
    frames = np.minimum(notes[:, 0] // STEPS, song.frames - 1)
    inside = int((song.mask[frames].astype(np.int64) >> (notes[:, 2] % 12) & 1).sum())
    return len(notes) - inside, inside


def card(folder: Path, command: str, held_out: Mapping[str, int] = HELD_OUT, *, seed: int) -> str:
    """Return the card of the corpus in a folder, as Markdown; `command` made it."""
    shards = sorted(folder.glob("songs-*.npz"))
    census = Census()
    for path in shards:
        for song in songs(path):
            census.add(song)
    found = hold_out(load_tunes(folder / TUNES_FILE), Random(seed), held_out)  # noqa: S311 - the draw of the build
    sections = (_head(census, command, shards), _tables(census), _soundness(census, found), _captions(folder), _SOURCES)
    return "\n\n".join(sections) + "\n"


def _head(census: Census, command: str, shards: list[Path]) -> str:
    total = hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in shards)).hexdigest()
    tunes = {split: len(names) for split, names in census.tunes.items()}
    alone = sum(count for (source, _), count in census.songs.items() if source == HARMONY)
    more = f", and {alone} crops of tunes with chords alone, for the harmoniser" if alone else ""
    return f"""# The corpus of the score composer

{sum(census.songs.values()) - alone} accompanied tunes{more}: {census.hours:.0f} hours; {tunes.get("train", 0)} tunes to train \
on, {tunes.get("held", 0)} held out. All notes are moved so that the tonic is C. The format is described in \
`model/score/corpus.py`.

- made by `{command}`
- {len(shards)} shards, SHA-256 of their SHA-256 in order of names: `{total}`"""


def _tables(census: Census) -> str:
    sources = sorted({source for source, _ in census.songs})
    splits = _table("split", sources, {split: [census.songs[s, split] for s in sources] for _, split in sorted(census.songs)})
    meters = {meter: [census.meters[s, meter] for s in sources] for meter in _METERS.values()}
    families = {family: [census.families[family, s] for s in sources] for family, _ in sorted(census.families)}
    return "\n\n".join(("## Songs", splits, _table("meter", sources, meters), _table("family", sources, families)))


def _table(name: str, columns: list[str], rows: dict[str, list[int]]) -> str:
    lines = [f"| {name} | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    return "\n".join([*lines, *(f"| {row} | " + " | ".join(map(str, counts)) + " |" for row, counts in rows.items())])


def _soundness(census: Census, found: tuple[list[Tune], list[Tune], int]) -> str:
    train, held, dropped = found
    windows = {window for tune in held for window in windows_of(tune)}
    shares = [shared(tune, windows) for tune in train]
    trained, kept_back = census.tunes.get("train", set()), census.tunes.get("held", set())
    lines = [
        f"- {source}: bass notes at changes of chord that are the chord's bass note: {_share(census.rooted, source)}; "
        f"notes of chords and pad that are tones of the chord in which they start: {_share(census.fitting, source)}."
        for source in sorted({source for source, _ in census.songs} - {HARMONY})
    ]
    copies = (
        f"- Near copies: {dropped} tunes were dropped because they share more than {SHARED_MOST:.0%} of their two-bar windows "
        f"(whatever the key), or the beginning of their title, with a held-out tune. Of the {len(train)} left the worst "
        f"shares {max(shares):.1%}, the average one {sum(shares) / len(shares):.2%}."
    )
    return "\n".join(("## Soundness\n", *lines, copies, f"- Tunes in both splits: {len(trained & kept_back)}."))


def _share(counts: Counter[tuple[str, bool]], source: str) -> str:
    total = counts[source, True] + counts[source, False]
    return f"{counts[source, True] / total:.1%}" if total else "–"


def _captions(folder: Path) -> str:
    if not (folder / CAPTIONS_FILE).exists():
        return "## Captions\n\nNone yet."
    with np.load(folder / CAPTIONS_FILE) as file:
        kinds: Iterable[tuple[str, str]] = zip(file["language"].tolist(), file["split"].tolist(), strict=True)
        counted = Counter(kinds)
    said = ", ".join(f"{count} {language} ({split})" for (language, split), count in sorted(counted.items()))
    return (
        f"## Captions\n\n{said}. Held out are a tenth of the templates, and for each family one name and one scene that no "
        "caption to train on has."
    )


_SOURCES = """## Sources and licences

| source | what is taken | rights |
|---|---|---|
| O'Neill's Music of Ireland (1903), Ryan's Mammoth Collection (1883), Aird's Airs (1782–1801) | melodies, from the ABC files \
in music21 (BSD) | public domain |
| MMA, Musical MIDI Accompaniment (Debian `mma`) | notes that it plays in the grooves of its library | GPL-2+: it is run, not \
shipped; neither it nor its library is part of this repository |
| composer `rules` | notes | this repository, MIT |
| our harmoniser in a neutral idiom (source `harmony`, `bridge/corpus/harmony.py`) | chords alone, triads or sevenths as a \
family has them, for crops of tunes to train on; no held-out tune is among them | this repository, MIT |

Left out: tunes in meters other than 2/4, 3/4, 4/4, 2/2, 6/8 and 12/8, with changes of meter or key, or shorter than 8 bars. \
5/4 and most of 12/8 are made by rebarring. MMA's bass is moved to the chord's bass note where the chord changes, and the \
strings of its strums start together."""
