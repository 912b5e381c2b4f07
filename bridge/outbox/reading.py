"""A delivery read back, for takes that repaint or extend another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridge.errors import BridgeError, DeliveryError
from bridge.music.chord import Chord, ChordSpan
from bridge.music.key import Key
from bridge.music.midi import read_smf, score_parts
from bridge.music.score import Marker, Score, Section
from bridge.music.take import Stem, Take
from bridge.music.tempo import Meter, TempoChange, TempoMap
from bridge.outbox.delivery import find_deliveries
from bridge.outbox.manifest import SCHEMA
from bridge.request import Request

if TYPE_CHECKING:
    from bridge.music.take import Samples

UNKNOWN_SCHEMA, UNKNOWN_PART, DAMAGED = "unknown_schema", "unknown_part", "take_damaged"


@dataclass(frozen=True)
class DeliveredTake:
    """What a delivery holds; sound is read from its files when asked for."""

    manifest_path: Path
    manifest: Mapping[str, Any]
    score: Score
    request: Request
    random_seed: int
    sample_rate_hz: int
    gains_db: Mapping[str, float]
    """Stem → what finishing did to the level of the engine's own sound."""

    def samples(self, part: str) -> Samples:
        """Return a stem (or ``mix``) as float32 (frames, 2); raises DeliveryError where its file is gone or was changed."""
        return self._sound(part, self._entry(part))

    def tail(self, part: str) -> Samples | None:
        """Return what rings on after the stem (or ``mix``) as float32 (frames, 2); None where nothing does."""
        entry = self._entry(part)["tail"]
        return self._sound(part, entry) if entry else None

    def file(self, entry: Mapping[str, Any]) -> Path:
        """Return the path of a file that the manifest lists; raises DeliveryError where it is gone or was changed."""
        return _checked_file(self.manifest_path, entry)

    def check_sound(self) -> None:
        """Raise DeliveryError where a file of sound is gone; whether one was changed is seen when it is read."""
        sounds = (*self.manifest["stems"], self.manifest["mix"])
        for listed in filter(None, (*sounds, *(sound.get("tail") for sound in sounds))):
            name = Path(listed["file"]).name
            if not (self.manifest_path.parent / name).is_file():
                raise _damaged(self.manifest_path, f"{name} is gone")

    def take(self) -> Take:
        """Return the whole take with its sound; raises DeliveryError as `samples` does."""
        return Take(
            score=self.score,
            stems=tuple(self._stem(stem["part"]) for stem in self.manifest["stems"]),
            sample_rate_hz=self.sample_rate_hz,
            mix=self._stem("mix"),
            composer=dict(self.manifest["composer"]),
            engine=dict(self.manifest["engine"]),
            random_seed=self.random_seed,
            warnings=tuple(self.manifest["warnings"]),
        )

    def _stem(self, part: str) -> Stem:
        return Stem(part, self.samples(part), self.tail(part), self._entry(part)["gain_db"])

    def _entry(self, part: str) -> Mapping[str, Any]:
        stems: dict[str, Mapping[str, Any]] = {stem["part"]: stem for stem in self.manifest["stems"]}
        stems["mix"] = self.manifest["mix"]
        if part not in stems:
            raise DeliveryError(f"take {self.manifest_path}: has no {part}; it has {', '.join(stems)}", code=UNKNOWN_PART)
        return stems[part]

    def _sound(self, part: str, entry: Mapping[str, Any]) -> Samples:
        import soundfile  # noqa: PLC0415 - many takes are read for their score alone

        if entry["sample_rate_hz"] != self.sample_rate_hz:
            rate = f"{part} was delivered at {entry['sample_rate_hz']} Hz only, not at {self.sample_rate_hz} Hz"
            raise DeliveryError(f"take {self.manifest_path}: {rate}; make it again as wav or flac", code=UNKNOWN_PART)
        path = _checked_file(self.manifest_path, entry)
        try:
            samples: Samples = soundfile.read(path, dtype="float32", always_2d=True)[0]
        except soundfile.SoundFileRuntimeError as error:
            raise _damaged(self.manifest_path, f"{path.name} cannot be read ({error})") from None
        if samples.shape != (entry["frames"], 2):
            raise _damaged(self.manifest_path, f"{path.name} has {len(samples)} frames, not {entry['frames']}")
        return samples


def read_take(manifest_path: Path) -> DeliveredTake:
    """Return a delivery by the path of its manifest.

    Raises DeliveryError: `unknown_schema` where another program or version wrote it, `take_damaged` where something of
    it is gone or was changed.
    """
    fields = _fields(manifest_path)
    try:
        section = _section(fields)
        midi = _checked_file(manifest_path, next(entry for entry in fields["midi"] if entry["part"] == "score"))
        return DeliveredTake(
            manifest_path=manifest_path,
            manifest=fields,
            score=Score(
                section,
                score_parts(read_smf(midi.read_bytes())),
                _chords(fields, section),
                _markers(fields, section),
                fields["composer"].get("groove") or "",
            ),
            request=Request.parse(fields["request"]),
            random_seed=int(fields["random_seed"]),
            sample_rate_hz=int(fields["sample_rate_hz"]),
            gains_db={stem["part"]: float(stem["gain_db"]) for stem in fields["stems"]},
        )
    except DeliveryError:
        raise
    except BridgeError as error:
        raise _damaged(manifest_path, error.text) from None
    except (KeyError, TypeError, ValueError, IndexError, StopIteration, OSError) as error:
        raise _damaged(manifest_path, f"{type(error).__name__} {error}") from None


def lineage(take: DeliveredTake) -> Iterator[DeliveredTake]:
    """Yield the take, the one it continues or mends, the one before that …, as far as they are in the same outbox."""
    seen: set[str] = set()
    while True:
        yield take
        seen.add(take.manifest["id"])
        parent = take.manifest["parent"]
        found = find_deliveries(take.manifest_path.parents[2], parent) if parent and parent not in seen else {}
        if not found:
            return
        take = read_take(found[min(found)])


def _fields(path: Path) -> dict[str, Any]:
    try:
        fields = json.loads(path.read_bytes())
    except OSError as error:
        raise _damaged(path, f"the manifest cannot be read ({error.strerror})") from None
    except ValueError:
        raise _damaged(path, "the manifest is not JSON") from None
    schema = fields.get("schema") if isinstance(fields, dict) else None
    if schema != SCHEMA:
        raise DeliveryError(f"take {path}: is of schema {schema!r:.80}; this version reads {SCHEMA}", code=UNKNOWN_SCHEMA)
    return dict(fields)


def _checked_file(manifest_path: Path, entry: Mapping[str, Any]) -> Path:
    """Return the path of a file once its hash is seen to be the one in the manifest."""
    path = manifest_path.parent / Path(entry["file"]).name
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _damaged(manifest_path, f"{path.name} cannot be read ({error.strerror})") from None
    if digest != entry["sha256"]:
        raise _damaged(manifest_path, f"{path.name} was changed after it was delivered")
    return path


def _section(fields: Mapping[str, Any]) -> Section:
    section, meter = fields["section"], fields["meter"][0]
    return Section(
        name=section["name"],
        start_bar=section["start_bar"],
        bars=section["bars"],
        meter=Meter(meter["numerator"], meter["denominator"]),
        tempo=TempoMap(tuple(TempoChange(change["beat"], change["bpm"]) for change in fields["tempo"])),
        key=Key.parse(fields["key"]),
    )


def _chords(fields: Mapping[str, Any], section: Section) -> tuple[ChordSpan, ...]:
    return tuple(
        ChordSpan(chord["beat"] - section.start_beat, chord["length_beats"], Chord.parse(chord["symbol"]))
        for chord in fields["chords"]
    )


def _markers(fields: Mapping[str, Any], section: Section) -> tuple[Marker, ...]:
    return tuple(Marker(marker["beat"] - section.start_beat, marker["name"]) for marker in fields["markers"])


def _damaged(path: Path, reason: str) -> DeliveryError:
    return DeliveryError(f"take {path}: {reason}; restore the delivery or make the take again", code=DAMAGED)
