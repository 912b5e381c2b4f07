"""What a DAW says about its transport, checked."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator

from bridge.job import Transport
from bridge.music.key import Key
from bridge.music.tempo import BPM_MAX, BPM_MIN, Meter
from bridge.request import Float, Value, refusal

DAW_PREVAILS_SECONDS = 5.0
"""How long what the DAW says itself outweighs what its MIDI clock shows, field by field."""


class TransportFields(Value):
    """The fields of a transport message; what is not given stays as it was."""

    bpm: Annotated[Float | None, Field(ge=BPM_MIN, le=BPM_MAX)] = None
    """Quarter notes a minute."""
    meter: str | None = None
    """Any meter a DAW can have."""
    position_beats: Float | None = None
    """Quarter notes from bar 1; negative in a count-in."""
    playing: bool | None = None
    key: str | None = None

    @field_validator("meter")
    @classmethod
    def _is_meter(cls, value: str | None) -> str | None:
        if value is None:
            return None
        meter = Meter.parse(value)
        if not (1 <= meter.numerator <= 99 and meter.denominator in {1, 2, 4, 8, 16, 32, 64}):
            raise ValueError("is written like 4/4 or 7/8")
        return str(meter)

    @field_validator("key")
    @classmethod
    def _is_key(cls, value: str | None) -> str | None:
        return None if value is None else str(Key.parse(value))


def told(before: Transport, fields: Mapping[str, Any]) -> Transport:
    """Return the transport after a message; raises RequestError naming the field, the value and what is right."""
    try:
        said = TransportFields.model_validate(dict(fields)).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise refusal(error, TransportFields.model_fields) from None
    if "playing" in said:
        said["is_playing"] = said.pop("playing")
    return replace(before, **said)


class TransportLog:
    """What the DAW is doing, by its own word and by its clock, and when it said so. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.now = Transport()
        self._clock = clock
        self._lock = threading.Lock()
        self._said: dict[str, float] = {}
        """Field → when the DAW itself last said it."""

    def tell(self, fields: Mapping[str, Any]) -> None:
        """Take the DAW's word; raises RequestError naming the field."""
        with self._lock:
            self.now = told(self.now, fields)
            self._said.update(dict.fromkeys(fields, self._clock()))

    def follow(self, fields: Mapping[str, Any]) -> None:
        """Take what a MIDI clock shows, except of fields about which the DAW itself has just said something."""
        with self._lock:
            latest = self._clock() - DAW_PREVAILS_SECONDS
            self.now = told(self.now, {name: fields[name] for name in fields if self._said.get(name, -math.inf) < latest})

    def position_beats(self, seconds: float) -> float | None:
        """Return where the DAW is at a moment of the clock, by its own word; None where it does not play or did not say."""
        with self._lock:
            now, said = self.now, self._said.get("position_beats")
        if not now.is_playing or said is None or now.position_beats is None or now.bpm is None:
            return None
        return now.position_beats + (seconds - said) * now.bpm / 60.0
