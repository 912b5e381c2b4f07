"""What a DAW says about its transport, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator

from bridge.job import Transport
from bridge.music.key import Key
from bridge.music.tempo import BPM_MAX, BPM_MIN, Meter
from bridge.request import Float, Value, refusal


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
