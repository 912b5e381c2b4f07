"""The functions of REAPER that look at a project and change it, as far as scripts here call them."""
# ruff: noqa: N802, FBT001 - names and arguments are REAPER's own

from pathlib import Path
from typing import Any

import mido
import soundfile

from tests.daw.fake_project import TICKS, MediaItem, MediaItem_Take, MediaTrack, PCM_source, ReaProject


class ProjectFunctions:
    """Each method is the function of its name after ``api_``."""

    project: ReaProject
    unreadable: set[str]
    """Names of files that no source can be made of."""

    # The timeline

    def api_GetSet_LoopTimeRange2(
        self, _p: Any, is_set: bool, _loop: bool, _a: float, _b: float, _seek: bool
    ) -> tuple[float, float]:
        assert not is_set
        return self.project.selection

    def api_GetCursorPositionEx(self, _project: Any) -> float:
        return self.project.cursor

    def api_EnumProjectMarkers3(self, _project: Any, index: int) -> tuple[Any, ...]:
        regions = self.project.regions
        if index >= len(regions):
            return (0, False, 0.0, 0.0, "", 0, 0)
        name, start, stop = regions[index]
        return (index + 1, True, start, stop, name, index + 1, 0)

    def api_TimeMap2_timeToBeats(self, _project: Any, seconds: float) -> tuple[float, int, int, float, int]:
        qn = self.project.timeline.qn(seconds)
        number = self.project.timeline.measure_of(qn)
        start, _, numerator, denominator = self.project.timeline.measure(number)
        return ((qn - start) * denominator / 4, number, numerator, qn, denominator)

    def api_TimeMap_GetMeasureInfo(self, _project: Any, number: int) -> tuple[float, float, float, int, int, float]:
        start, stop, numerator, denominator = self.project.timeline.measure(int(number))
        return (self.project.timeline.seconds(start), start, stop, numerator, denominator, self.project.timeline.bpm)

    def api_TimeMap2_timeToQN(self, _project: Any, seconds: float) -> float:
        return self.project.timeline.qn(seconds)

    def api_TimeMap2_QNToTime(self, _project: Any, qn: float) -> float:
        return self.project.timeline.seconds(qn)

    def api_CountTempoTimeSigMarkers(self, _project: Any) -> int:
        return len(self.project.timeline.markers)

    def api_GetTempoTimeSigMarker(self, _project: Any, index: int) -> tuple[Any, ...]:
        marker = self.project.timeline.markers[index]
        numerator, denominator = marker.meter or (-1, -1)
        seconds = self.project.timeline.seconds(marker.qn)
        return (
            True,
            seconds,
            self.project.timeline.measure_of(marker.qn),
            0.0,
            marker.bpm,
            numerator,
            denominator,
            marker.is_linear,
        )

    # Tracks

    def api_CountTracks(self, _project: Any) -> int:
        return len(self.project.tracks)

    def api_GetTrack(self, _project: Any, index: int) -> MediaTrack | None:
        return self.project.tracks[index] if 0 <= index < len(self.project.tracks) else None

    def api_InsertTrackAtIndex(self, index: int, _has_defaults: bool) -> None:
        self.project.tracks.insert(index, MediaTrack())

    def api_GetTrackName(self, track: MediaTrack) -> tuple[bool, str]:
        return True, track.name or f"Track {self.project.tracks.index(track) + 1}"

    def api_GetMediaTrackInfo_Value(self, track: MediaTrack, key: str) -> float:
        return self.project.tracks.index(track) + 1.0 if key == "IP_TRACKNUMBER" else track.values[key]

    def api_SetMediaTrackInfo_Value(self, track: MediaTrack, key: str, value: float) -> bool:
        assert key in track.values
        track.values[key] = float(value)
        return True

    def api_GetSetMediaTrackInfo_String(self, track: MediaTrack, key: str, value: str, is_set: bool) -> tuple[bool, str]:
        return _get_set(track.texts, key, value, is_set)

    # Items and takes

    def api_CountSelectedMediaItems(self, _project: Any) -> int:
        return len(self.project.selected)

    def api_GetSelectedMediaItem(self, _project: Any, index: int) -> MediaItem:
        return self.project.selected[index]

    def api_CountTrackMediaItems(self, track: MediaTrack) -> int:
        return len(track.items)

    def api_GetTrackMediaItem(self, track: MediaTrack, index: int) -> MediaItem:
        return track.items[index]

    def api_GetMediaItem_Track(self, item: MediaItem) -> MediaTrack:
        return item.track

    def api_AddMediaItemToTrack(self, track: MediaTrack) -> MediaItem:
        track.items.append(MediaItem(track))
        return track.items[-1]

    def api_GetMediaItemInfo_Value(self, item: MediaItem, key: str) -> float:
        return item.values[key]

    def api_SetMediaItemInfo_Value(self, item: MediaItem, key: str, value: float) -> bool:
        item.values[key] = float(value)
        return True

    def api_GetSetMediaItemInfo_String(self, item: MediaItem, key: str, value: str, is_set: bool) -> tuple[bool, str]:
        return _get_set(item.texts, key, value, is_set)

    def api_GetActiveTake(self, item: MediaItem) -> MediaItem_Take | None:
        return item.take if item.takes else None

    def api_AddTakeToMediaItem(self, item: MediaItem) -> MediaItem_Take:
        item.takes.append(MediaItem_Take(item))
        return item.takes[-1]

    def api_SetActiveTake(self, take: MediaItem_Take) -> None:
        take.item.active = take.item.takes.index(take)

    def api_SetMediaItemTake_Source(self, take: MediaItem_Take, source: PCM_source) -> bool:
        take.source = source
        return True

    def api_GetSetMediaItemTakeInfo_String(self, take: MediaItem_Take, key: str, value: str, is_set: bool) -> tuple[bool, str]:
        return _get_set(take.texts, key, value, is_set)

    # Sources

    def api_PCM_Source_CreateFromFileEx(self, path: str, _is_midi_kept: bool) -> PCM_source | None:
        if Path(path).name in self.unreadable or not Path(path).is_file():
            return None
        if path.endswith(".mid"):
            return _midi_source(path)
        info = soundfile.info(path)
        return PCM_source(path, info.frames / info.samplerate, is_qn=False)

    def api_GetMediaItemTake_Source(self, take: MediaItem_Take) -> PCM_source | None:
        return take.source

    def api_GetMediaSourceLength(self, source: PCM_source) -> tuple[float, bool]:
        return source.length, source.is_qn

    def api_PCM_Source_BuildPeaks(self, source: PCM_source, mode: int) -> int:
        if mode == 1:
            source.peaks_left -= 1
        return source.peaks_left if mode < 2 else 0

    def api_TakeIsMIDI(self, take: MediaItem_Take) -> bool:
        return take.source is not None and take.source.is_qn

    def api_MIDI_CountEvts(self, take: MediaItem_Take) -> tuple[bool, int, int, int]:
        assert take.source is not None
        return True, len(take.source.notes), 0, 0

    def api_MIDI_GetNote(self, take: MediaItem_Take, index: int) -> tuple[Any, ...]:
        assert take.source is not None
        start, end, channel, pitch, velocity, is_muted = take.source.notes[index]
        return (True, False, is_muted, float(start), float(end), channel, pitch, velocity)

    def api_MIDI_GetProjQNFromPPQPos(self, take: MediaItem_Take, tick: float) -> float:
        return self.project.timeline.qn(take.item.position) + tick / TICKS

    def api_MIDI_GetScale(self, take: MediaItem_Take) -> tuple[bool, int, int, str]:
        root, scale = take.scale
        return True, root, scale, ""


def _get_set(texts: dict[str, str], key: str, value: str, is_set: bool) -> tuple[bool, str]:
    assert key == "P_NAME" or key.startswith("P_EXT:"), key
    if is_set:
        texts[key] = value
        return True, value
    return key in texts, texts.get(key, "")


def _midi_source(path: str) -> PCM_source:
    """Read a MIDI file as REAPER does: ticks are quarter notes of the project, whatever tempo the file has."""
    file = mido.MidiFile(path)
    scale = TICKS / file.ticks_per_beat
    notes, last = [], 0
    for track in file.tracks:
        now, held = 0, {}
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                held[message.channel, message.note] = (now, message.velocity)
            elif message.type in {"note_on", "note_off"} and (message.channel, message.note) in held:
                start, velocity = held.pop((message.channel, message.note))
                notes.append((round(start * scale), round(now * scale), message.channel, message.note, velocity, False))
        last = max(last, now)
    return PCM_source(path, last / file.ticks_per_beat, True, sorted(notes))
