"""A set: tracks, take lanes, slots and scenes, as far as scripts here use them."""

from itertools import pairwise
from typing import Any

from tests.live.fake_clips import AudioClip, Clip, MidiClip
from tests.live.fake_live import FakeLive, Model

LAST_BEAT = 1576800.0
ONE_SAMPLE_BEATS = 240 / 60 / 44100
"""At the slowest rate and a quick tempo."""


class _Data:
    """Something that remembers what scripts give it."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}

    def get_data(self, key: str, default: Any) -> Any:
        return self.data.get(key, default)

    def set_data(self, key: str, value: Any) -> None:
        assert isinstance(value, str | int | float | bool)
        self.data[key] = value


class Lane(Model):
    """Clips one after the other: a track's own, or those of one of its take lanes."""

    published = "TakeLane"

    def __init__(self, song: "Song", track: "Track | None" = None) -> None:
        self.live, self.song = song.live, song
        self.track = track or self
        self.name = ""
        self._clips: list[Clip] = []

    @property
    def arrangement_clips(self) -> list[Clip]:
        return sorted(self._clips, key=lambda clip: clip.start_time)

    def create_audio_clip(self, path: str, start: float) -> Clip:
        if not getattr(self.track, "has_audio_input", False):
            raise RuntimeError("Audio clips can only be created on audio tracks")
        return self._added(AudioClip(self, start, path))

    def create_midi_clip(self, start: float, length: float) -> Clip:
        if not getattr(self.track, "has_midi_input", False):
            raise RuntimeError("MIDI clips can only be created on MIDI tracks")
        return self._added(MidiClip(self, start, length))

    def _added(self, clip: Clip) -> Clip:
        if not 0 <= clip.start_time <= LAST_BEAT:
            raise RuntimeError("Invalid position")
        self._clips.append(clip)
        return clip

    def check_overlaps(self) -> None:
        """Live cuts a clip where another one is put upon it: nothing here may be cut."""
        clips = self.arrangement_clips
        for first, second in pairwise(clips):
            assert first.end_time <= second.start_time + ONE_SAMPLE_BEATS, f"{second.name} lies upon {first.name}"


class Track(Lane, _Data):
    """An audio or a MIDI track."""

    published = "Track"

    def __init__(self, song: "Song", *, is_midi: bool) -> None:
        Lane.__init__(self, song)
        _Data.__init__(self)
        self.name = f"{len(song.tracks) + 1}-{'MIDI' if is_midi else 'Audio'}"
        self.has_midi_input, self.has_audio_input = is_midi, not is_midi
        self.is_foldable = self.is_frozen = False
        self.take_lanes: list[Lane] = []
        self.clip_slots = [Slot(self) for _ in song.scenes]

    @property
    def sounds(self) -> list[AudioClip]:
        return [clip for clip in self.arrangement_clips if isinstance(clip, AudioClip)]

    @property
    def midi(self) -> list[MidiClip]:
        return [clip for clip in self.arrangement_clips if isinstance(clip, MidiClip)]

    def create_take_lane(self) -> Lane:
        self.take_lanes.append(Lane(self.song, self))
        return self.take_lanes[-1]

    def delete_clip(self, clip: Clip) -> None:
        self._clips.remove(clip)
        clip.is_deleted = True

    def duplicate_clip_to_arrangement(self, clip: Clip, start: float) -> Clip:
        assert isinstance(clip, MidiClip), "only MIDI clips are modelled"
        assert self.has_midi_input
        copy = MidiClip(self, start, clip.loop_end)
        copy.name, copy.notes = clip.name, list(clip.notes)
        return self._added(copy)


class Slot(Model):
    """A slot of the session."""

    published = "ClipSlot"

    def __init__(self, track: Track) -> None:
        self.live, self.track, self.song = track.live, track, track.song
        self.clip: Clip | None = None

    @property
    def has_clip(self) -> bool:
        return self.clip is not None

    def create_clip(self, length: float) -> Clip:
        if self.clip is not None or not self.track.has_midi_input:
            raise RuntimeError("The slot is taken or on no MIDI track")
        self.clip = MidiClip(self, None, length)
        return self.clip

    def create_audio_clip(self, path: str) -> Clip:
        if self.clip is not None or not self.track.has_audio_input:
            raise RuntimeError("The slot is taken or on no audio track")
        self.clip = AudioClip(self, None, path)
        return self.clip

    def delete_clip(self) -> None:
        assert self.clip is not None
        self.clip.is_deleted, self.clip = True, None


class Scene(Model):
    """A row of the session."""

    published = "Scene"

    def __init__(self, live: FakeLive) -> None:
        self.live, self.name = live, ""


class View(Model):
    """What is selected."""

    published = "Song.View"

    def __init__(self, live: FakeLive) -> None:
        self.live = live
        self.detail_clip: Clip | None = None
        self.highlighted_clip_slot: Slot | None = None


class Song(Model, _Data):
    """The set."""

    published = "Song"

    def __init__(self, live: FakeLive, tempo: float = 97.3) -> None:
        _Data.__init__(self)
        self.live, self.name = live, "song"
        self.tempo, self.signature_numerator, self.signature_denominator = tempo, 4, 4
        self.root_note, self.scale_name, self.scale_mode = 2, "Minor", True
        self.loop, self.loop_start, self.loop_length = False, 0.0, 16.0
        self.current_song_time = 0.0
        self.is_playing = self.record_mode = self.session_record = False
        self.scenes = [Scene(live) for _ in range(2)]
        self.tracks: list[Track] = []
        self.view = View(live)

    def add_track(self, name: str, *, is_midi: bool) -> Track:
        self.tracks.append(Track(self, is_midi=is_midi))
        self.tracks[-1].name = name
        return self.tracks[-1]

    def track(self, name: str) -> Track:
        (found,) = [track for track in self.tracks if track.name == name]
        return found

    def create_audio_track(self, index: int) -> Track:
        assert index == -1
        return self.add_track(f"{len(self.tracks) + 1}-Audio", is_midi=False)

    def create_midi_track(self, index: int) -> Track:
        assert index == -1
        return self.add_track(f"{len(self.tracks) + 1}-MIDI", is_midi=True)

    def create_scene(self, index: int) -> Scene:
        assert index == -1
        self.scenes.append(Scene(self.live))
        for track in self.tracks:
            track.clip_slots.append(Slot(track))
        return self.scenes[-1]

    def delete_scene(self, index: int) -> None:
        del self.scenes[index]
        for track in self.tracks:
            del track.clip_slots[index]

    def begin_undo_step(self) -> None:
        self.live.begin_step()

    def end_undo_step(self) -> None:
        self.live.end_step()

    def check(self) -> None:
        for track in self.tracks:
            for lane in (track, *track.take_lanes):
                lane.check_overlaps()
