"""A player of DAWproject files that knows only the format: where each clip lies in samples, and what it plays."""

import io
import math
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile
from lxml import etree

SCHEMAS = Path(__file__).parents[2] / "daw_templates" / "dawproject"


class PlayedClip(NamedTuple):
    """An audio clip at its samples."""

    name: str
    start: int
    end: int
    samples: Any


class Player:
    """Opens a file, checks it against the published schemas, and plays it."""

    def __init__(self, data: bytes) -> None:
        self.archive = zipfile.ZipFile(io.BytesIO(data))
        self.project = self.checked("project.xml", "Project.xsd")
        self.metadata = self.checked("metadata.xml", "MetaData.xsd")

    def checked(self, name: str, schema: str) -> Any:
        tree = etree.fromstring(self.archive.read(name))
        etree.XMLSchema(etree.parse(SCHEMAS / schema)).assertValid(tree)
        return tree

    @property
    def tempi(self) -> list[tuple[float, float]]:
        points = self.project.findall("Arrangement/TempoAutomation/RealPoint")
        first = (0.0, float(self.project.find("Transport/Tempo").get("value")))
        return [(float(point.get("time")), float(point.get("value"))) for point in points] or [first]

    def seconds(self, beat: float) -> float:
        """Return the time of a beat: the sum of what every tempo before it lasts."""
        ends = [*(start for start, _ in self.tempi[1:]), math.inf]
        spans = ((max(0.0, min(beat, end) - start), bpm) for (start, bpm), end in zip(self.tempi, ends, strict=True))
        return math.fsum(length * 60.0 / bpm for length, bpm in spans)

    @property
    def meters(self) -> list[tuple[float, str]]:
        first = self.project.find("Transport/TimeSignature")
        points = self.project.findall("Arrangement/TimeSignatureAutomation/TimeSignaturePoint")
        named = [(float(point.get("time")), f"{point.get('numerator')}/{point.get('denominator')}") for point in points]
        return named or [(0.0, f"{first.get('numerator')}/{first.get('denominator')}")]

    @property
    def markers(self) -> list[tuple[float, str]]:
        return [(float(mark.get("time")), mark.get("name")) for mark in self.project.findall("Arrangement/Markers/Marker")]

    @property
    def tracks(self) -> dict[str, Any]:
        return {track.get("name"): track for track in self.project.findall("Structure/Track")}

    def is_muted(self, name: str) -> bool:
        mute = self.tracks[name].find("Channel/Mute")
        return mute is not None and mute.get("value") == "true"

    def clips(self, name: str) -> list[Any]:
        (lane,) = (
            lane for lane in self.project.findall("Arrangement/Lanes/Lanes") if lane.get("track") == self.tracks[name].get("id")
        )
        clips = lane.findall("Clips/Clip")
        ends = [float(clip.get("time")) + float(clip.get("duration")) for clip in clips]
        assert all(end <= float(later.get("time")) + 1e-6 for end, later in zip(ends, clips[1:], strict=False)), "clips overlap"
        return list(clips)

    def notes(self, name: str) -> list[tuple[float, float, int]]:
        """Return (beat of the song, length in beats, key) of the notes on a track."""
        return [
            (float(clip.get("time")) + float(note.get("time")), float(note.get("duration")), int(note.get("key")))
            for clip in self.clips(name)
            for note in clip.findall("Notes/Note")
        ]

    def played(self, name: str) -> list[PlayedClip]:
        """Return the clips of an audio track at their samples, each pinned to its beats without being stretched."""
        return [self._played(clip) for clip in self.clips(name)]

    def samples(self, clip: Any) -> Any:
        """Return the sound of a clip as float32 (frames, 2)."""
        audio = clip.find("Warps/Audio")
        file = audio.find("File")
        assert file.get("external") == "false"
        samples, rate = soundfile.read(io.BytesIO(self.archive.read(file.get("path"))), dtype="float32")
        assert rate == int(audio.get("sampleRate"))
        return samples

    def _played(self, clip: Any) -> PlayedClip:
        audio, start = clip.find("Warps/Audio"), float(clip.get("time"))
        samples, rate = self.samples(clip), int(audio.get("sampleRate"))
        assert round(float(audio.get("duration")) * rate, 3) == len(samples)
        for warp in clip.findall("Warps/Warp"):
            there = self.seconds(start + float(warp.get("time"))) - self.seconds(start)
            assert abs(there - float(warp.get("contentTime"))) * rate < 0.01, "the audio is stretched"
        first, last = (round(self.seconds(beat) * rate) for beat in (start, start + float(clip.get("duration"))))
        return PlayedClip(clip.get("name"), first, last, samples)

    def rendered(self, name: str, frames: int) -> tuple[Any, Any]:
        """Return what a track plays, and how many clips sound at each sample."""
        sound, count = np.zeros((frames, 2), np.float32), np.zeros(frames, int)
        for clip in self.played(name):
            assert clip.end - clip.start == len(clip.samples), clip.name
            sound[clip.start : clip.end] += clip.samples
            count[clip.start : clip.end] += 1
        return sound, count
