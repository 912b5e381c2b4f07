"""What a REAPER project holds, as its scripts can tell."""

from dataclasses import dataclass, field

from tests.daw.fake_timeline import Timeline

TICKS = 960


class Stub:
    """Something that Lua holds as a pointer."""


@dataclass(eq=False)
class PCM_source(Stub):  # noqa: N801 - REAPER's own names
    path: str
    length: float
    is_qn: bool
    notes: list[tuple[int, int, int, int, int, bool]] = field(default_factory=list)
    """(start tick, end tick, channel, pitch, velocity, muted)"""
    peaks_left: int = 2


@dataclass(eq=False)
class MediaItem_Take(Stub):  # noqa: N801
    item: "MediaItem"
    source: PCM_source | None = None
    texts: dict[str, str] = field(default_factory=dict)
    scale: tuple[int, int] = (0, 0xAB5)


@dataclass(eq=False)
class MediaItem(Stub):
    track: "MediaTrack"
    values: dict[str, float] = field(default_factory=lambda: {"D_POSITION": 0.0, "D_LENGTH": 0.0, "B_LOOPSRC": 1.0})
    texts: dict[str, str] = field(default_factory=dict)
    takes: list[MediaItem_Take] = field(default_factory=list)
    active: int = 0

    @property
    def take(self) -> MediaItem_Take:
        return self.takes[self.active]

    @property
    def source(self) -> PCM_source:
        """The source of the active take."""
        assert self.take.source is not None
        return self.take.source

    @property
    def position(self) -> float:
        return self.values["D_POSITION"]

    @property
    def length(self) -> float:
        return self.values["D_LENGTH"]


@dataclass(eq=False)
class MediaTrack(Stub):
    texts: dict[str, str] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=lambda: {"I_FOLDERDEPTH": 0.0})
    items: list[MediaItem] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.texts.get("P_NAME", "")


@dataclass(eq=False)
class ReaProject(Stub):
    name: str = "song.rpp"
    timeline: Timeline = field(default_factory=Timeline)
    tracks: list[MediaTrack] = field(default_factory=list)
    regions: list[tuple[str, float, float]] = field(default_factory=list)
    selection: tuple[float, float] = (0.0, 0.0)
    cursor: float = 0.0
    selected: list[MediaItem] = field(default_factory=list)
    memory: dict[str, str] = field(default_factory=dict)
    undo: list[tuple[str, list[MediaTrack]]] = field(default_factory=list)
    """Undo steps: (name, tracks before it)."""

    def track(self, name: str) -> MediaTrack:
        (track,) = [track for track in self.tracks if track.name == name]
        return track

    def add_track(self, name: str) -> MediaTrack:
        self.tracks.append(MediaTrack({"P_NAME": name}))
        return self.tracks[-1]

    def add_midi(
        self, track: MediaTrack, start_qn: float, length_qn: float, notes: list[tuple[float, float, int, int]]
    ) -> MediaItem:
        """Add a selected item of notes (start, length in quarter notes of the item, pitch, velocity)."""
        start = self.timeline.seconds(start_qn)
        item = MediaItem(track)
        item.values |= {"D_POSITION": start, "D_LENGTH": self.timeline.seconds(start_qn + length_qn) - start}
        ticks = [
            (round(at * TICKS), round((at + long) * TICKS), 0, pitch, velocity, False) for at, long, pitch, velocity in notes
        ]
        item.takes.append(MediaItem_Take(item, PCM_source("", length_qn, True, ticks)))
        track.items.append(item)
        self.selected.append(item)
        return item
