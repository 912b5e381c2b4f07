"""What a musician asks for: the fields of the public contract, the same at every door."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from bridge import strict_json
from bridge.errors import RequestError
from bridge.music.chord import Chord
from bridge.music.key import Key
from bridge.music.notes import PART_NAMES
from bridge.music.tempo import BPM_MAX, BPM_MIN, KNOWN_METERS, Meter

ID_PATTERN = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
SAMPLE_RATES_HZ = (44100, 48000, 88200, 96000, 176400, 192000)
FORMATS = ("wav", "flac", "ogg", "mp3")
BARS_MAX = 512
CLIP_BYTES_MAX = 64 * 1024 * 1024
"""Five minutes of a sung 24-bit stereo recording fit; more is no clip."""
MEANINGLESS = {
    "generate": ("take", "from_bar", "to_bar"),
    "repaint": ("section", "start_bar", "bars", "seconds", "bpm", "tempo", "meter", "key", "form"),
    "extend": ("from_bar", "to_bar", "start_bar", "form"),
}
"""Action → fields that it would ignore: a repainted take keeps its section, an extension starts where its take ends."""


class Value(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True, defer_build=True)


def _listed(value: Any) -> Any:  # noqa: ANN401 - whatever a door received
    """Read a list as text doors send it: JSON, or words with commas or spaces between."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith(("[", "{")):
        return _json(value)
    return [word for word in re.split(r"[,\s]+", value) if word]


def _structured(value: Any) -> Any:  # noqa: ANN401
    """Read JSON where a text door sent a structured field."""
    return _json(value) if isinstance(value, str) and value.lstrip().startswith(("[", "{")) else value


def _json(text: str) -> Any:  # noqa: ANN401
    try:
        return strict_json.read(text)
    except ValueError as error:
        raise ValueError(f"is not valid JSON ({error})") from None


def _mapped(value: Any) -> Any:  # noqa: ANN401
    """Read ``bass=clip1 drums=clip2`` as a mapping."""
    value = _structured(value)
    if isinstance(value, str):
        pairs = [word.partition("=") for word in re.split(r"[,\s]+", value) if word]
        if not all(name and clip for name, _, clip in pairs):
            raise ValueError("is written like bass=clip1 drums=clip2")
        return {name: clip for name, _, clip in pairs}
    return value


def _whole(value: Any) -> Any:  # noqa: ANN401
    """Refuse true and false where a number is meant: in Python they would pass for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic reads ValueError
    return value


Int = Annotated[int, BeforeValidator(_whole)]
Float = Annotated[float, BeforeValidator(_whole)]
Strength = Annotated[Float, Field(ge=0.0, le=1.0)]


class TempoAt(Value):
    """A tempo from a beat of the timeline on."""

    beat: Annotated[Float, Field(ge=0.0)]
    bpm: Annotated[Float, Field(ge=BPM_MIN, le=BPM_MAX)]


class ChordAt(Value):
    """A chord from a beat of the timeline on."""

    beat: Annotated[Float, Field(ge=0.0)]
    symbol: str

    @field_validator("symbol")
    @classmethod
    def _known(cls, symbol: str) -> str:
        Chord.parse(symbol)
        return symbol


class Window(Value):
    """How strongly text and melody lead from one bar to another (not included), in bars of the timeline."""

    from_bar: Annotated[Int, Field(ge=1)]
    to_bar: Annotated[Int, Field(ge=1)]
    text: Strength = 1.0
    melody: Strength = 1.0

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.to_bar < self.from_bar:
            raise ValueError(f"to_bar {self.to_bar} lies before from_bar {self.from_bar}")
        return self


class Request(Value):
    """Everything a job is asked to do. Text doors may send lists as words or JSON, and numbers as text."""

    action: Literal["generate", "repaint", "extend"] = "generate"
    """generate, repaint or extend; the last two work on `take`."""
    prompt: Annotated[str, Field(max_length=4000)] = ""
    """Chinese or English."""
    clip: str | None = None
    """Clip id, path inside the allowed folders, or the name of an upload."""
    parts_in: Annotated[dict[Literal[PART_NAMES], str], BeforeValidator(_mapped)] = Field(default_factory=dict)  # type: ignore[valid-type]
    """Part → clip that already exists and is kept."""
    timbre: Annotated[dict[Literal[PART_NAMES], str], BeforeValidator(_mapped)] = Field(default_factory=dict)  # type: ignore[valid-type]
    """Part → recording whose sound the part leans to; the engine neural alone."""
    guide: Annotated[dict[Literal[PART_NAMES], str], BeforeValidator(_mapped)] = Field(default_factory=dict)  # type: ignore[valid-type]
    """Part → recording, from the start of the section on, that the part leans to moment by moment; the engine neural alone."""
    seed_mode: Literal["lock", "develop", "inspire", "free"] = "lock"
    """lock keeps the melody note for note, develop goes on from it, inspire takes contour and key, free key and tempo."""
    chords: Annotated[str | tuple[ChordAt, ...] | None, BeforeValidator(_structured)] = None
    """"Am F C G" (a bar each, repeated; ``|`` divides bars where one holds several) or positions on the timeline."""
    section: Annotated[str | None, Field(min_length=1, max_length=64)] = None
    """intro verse prechorus chorus bridge solo outro, or any other name."""
    start_bar: Annotated[Int | None, Field(ge=1, le=100_000)] = None
    """Bar of the timeline where the section starts, counted from 1."""
    bars: Annotated[Int | None, Field(ge=1, le=BARS_MAX)] = None
    """Length in bars."""
    seconds: Annotated[Float | None, Field(ge=0.5, le=1800.0)] = None
    """Length in seconds instead of `bars`: as many whole bars as cover it."""
    bpm: Annotated[Float | None, Field(ge=BPM_MIN, le=BPM_MAX)] = None
    """Quarter notes a minute."""
    tempo: Annotated[Annotated[tuple[TempoAt, ...], Field(min_length=1)] | None, BeforeValidator(_structured)] = None
    """Tempo changes as [{"beat": 0, "bpm": 97.3}, …], beats of the timeline; instead of `bpm`."""
    meter: str | None = None
    """2/4 3/4 4/4 5/4 6/8 12/8."""
    key: str | None = None
    """Such as "D minor", "Bb" or "D小调"."""
    form: str | None = None
    """A whole song: "intro:4 verse:8 chorus:8", instead of `section` and `bars`."""
    windows: Annotated[tuple[Window, ...], BeforeValidator(_structured)] = ()
    """[{"from_bar": 17, "to_bar": 21, "text": 1, "melody": 0.3}, …]: how strongly each leads, 0…1, up to `to_bar`; 0.3 keeps
    three tenths of a locked clip."""
    parts: Annotated[Annotated[tuple[Literal[PART_NAMES], ...], Field(min_length=1)] | None, BeforeValidator(_listed)] = None  # type: ignore[valid-type]
    """Which parts to return: lead chords bass drums pad counter; without it the first four."""
    composer: str = "auto"
    """auto, diffusion, rules or lstm (the baseline of the comparison)."""
    engine: str = "auto"
    """auto, sampler or neural (experimental)."""
    steps: Annotated[Int | None, Field(ge=1, le=1000)] = None
    """Steps of the composer diffusion and of the engine neural; means nothing to others."""
    guidance: Annotated[Float | None, Field(ge=0.0, le=100.0)] = None
    """Guidance of the composer diffusion and of the engine neural; means nothing to others."""
    temperature: Annotated[Float | None, Field(ge=0.0, le=10.0)] = None
    """0 takes the likeliest choice always, 1 is normal, more is bolder."""
    top_k: Annotated[Int | None, Field(ge=1, le=1000)] = None
    """How many scores to draw for a critic to choose from; means nothing to rules."""
    variations: Annotated[Int, Field(ge=1, le=16)] = 1
    """How many takes to make, each a delivery of its own."""
    random_seed: Annotated[Int | None, Field(ge=0, le=2**53)] = None
    """The same request and seed give the same notes and samples; without it one is drawn and recorded."""
    sample_rate_hz: Annotated[Int, Field()] = 48000
    """44100 48000 88200 96000 176400 192000."""
    bit_depth: Literal["16", "24", "32f"] = "24"
    """16, 24 or 32f (float)."""
    formats: Annotated[tuple[Literal[FORMATS], ...], BeforeValidator(_listed), Field(min_length=1)] = ("wav",)  # type: ignore[valid-type]
    """wav flac ogg mp3, one or more."""
    project: Annotated[str | None, Field(min_length=1, max_length=64)] = None
    """Folder of the outbox that the delivery goes to."""
    lyrics: Annotated[str | None, Field(max_length=20_000)] = None
    """For engines that sing; none does yet."""
    negative_prompt: Annotated[str | None, Field(max_length=4000)] = None
    """What must not sound."""
    take: str | None = None
    """The take that repaint or extend works on: its job id or the path of its manifest."""
    from_bar: Annotated[Int | None, Field(ge=1)] = None
    """First bar of the timeline that repaint changes."""
    to_bar: Annotated[Int | None, Field(ge=1)] = None
    """First bar of the timeline that repaint leaves alone again (the same as `from_bar`: that one bar)."""

    @property
    def named_clips(self) -> dict[str, str]:
        """Field → name of the clip in it: ``clip``, ``parts_in.bass``, ``timbre.lead`` and so on."""
        mapped = {"parts_in": self.parts_in, "timbre": self.timbre, "guide": self.guide}
        named = {f"{field}.{part}": clip for field, clips in mapped.items() for part, clip in clips.items()}
        return named if self.clip is None else {"clip": self.clip, **named}

    @classmethod
    def parse(cls, fields: Mapping[str, Any]) -> Request:
        """Return the request that these fields ask for; raises RequestError naming the field, the value and what is right."""
        try:
            return cls.model_validate(dict(fields))
        except ValidationError as error:
            raise refusal(error, cls.model_fields) from None

    @field_validator("bit_depth", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:  # noqa: ANN401
        return str(int(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value

    @field_validator("sample_rate_hz")
    @classmethod
    def _known_rate(cls, value: int) -> int:
        if value not in SAMPLE_RATES_HZ:
            raise ValueError(f"must be one of {', '.join(map(str, SAMPLE_RATES_HZ))}")
        return value

    @field_validator("meter")
    @classmethod
    def _known_meter(cls, value: str | None) -> str | None:
        if value is not None and Meter.parse(value) not in KNOWN_METERS:
            raise ValueError(f"must be one of {', '.join(map(str, KNOWN_METERS))}")
        return str(Meter.parse(value)) if value is not None else None

    @field_validator("key")
    @classmethod
    def _known_key(cls, value: str | None) -> str | None:
        return str(Key.parse(value)) if value is not None else None

    @field_validator("chords")
    @classmethod
    def _known_chords(cls, value: str | tuple[ChordAt, ...] | None) -> str | tuple[ChordAt, ...] | None:
        if isinstance(value, str):
            symbols = value.replace("|", " ").replace(",", " ").split()
            if not symbols:
                raise ValueError("holds no chord; write chords like Am F C G")
            for symbol in symbols:
                Chord.parse(symbol)
        return value

    @field_validator("form")
    @classmethod
    def _known_form(cls, value: str | None) -> str | None:
        if value is not None and sum(bars for _, bars in parse_form(value)) > BARS_MAX:
            raise ValueError(f"may have {BARS_MAX} bars in all")
        return value

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.action != "generate" and not self.take:
            raise ValueError(f"take: {self.action} needs the id of the take it works on")
        for name in MEANINGLESS[self.action]:
            if getattr(self, name) is not None:
                raise ValueError(f"{name}: means nothing to {self.action}; leave it out")
        if self.from_bar is not None and self.to_bar is not None and self.to_bar < self.from_bar:
            raise ValueError(f"to_bar: {self.to_bar} lies before from_bar {self.from_bar}")
        if self.form and (self.section or self.bars or self.seconds):
            raise ValueError("form: stands instead of section, bars and seconds; give one or the other")
        if self.bars is not None and self.seconds is not None:
            raise ValueError("seconds: stands instead of bars; give one or the other")
        if self.bpm is not None and self.tempo is not None:
            raise ValueError("tempo: stands instead of bpm; give one or the other")
        return self


def parse_form(text: str) -> tuple[tuple[str, int], ...]:
    """Return (name, bars) of each section in ``"intro:4 verse:8"``; raises ValueError for anything else."""
    sections = []
    for word in re.split(r"[,\s]+", text.strip()):
        name, colon, bars = word.rpartition(":")
        if not (colon and name and bars.isdecimal() and 1 <= int(bars) <= BARS_MAX):
            raise ValueError(f"is written like intro:4 verse:8 chorus:8, not {word!r}")
        sections.append((name, int(bars)))
    return tuple(sections)


def check_id(text: str, what: str = "id") -> str:
    """Return an id unchanged; raises RequestError where it is not 1–64 characters of ``A-Za-z0-9._-``."""
    if not ID_PATTERN.match(text) or text in {".", ".."}:
        raise RequestError(
            f"{what}: {text[:80]!r} is no id; use 1 to 64 characters of A-Z a-z 0-9 . _ -", field=what, code="bad_id"
        )
    return text


def refusal(error: ValidationError, known: Mapping[str, Any]) -> RequestError:
    """Return one clear sentence about the first thing that pydantic found wrong."""
    first = max(error.errors(include_url=False), key=lambda one: len(one["loc"]))  # of a union, the branch that got furthest
    inner = ("function-", "tuple[", "str", "literal[", "[key]")
    field = ".".join(str(part) for part in first["loc"] if not str(part).startswith(inner))
    if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
        return _unknown_field(str(first["loc"][0]), known)
    reason = _reason(first)
    if not field:
        field, _, reason = reason.partition(": ")
    shown = "" if isinstance(first["input"], dict | Value) else f" (got {_shown(first['input'])})"
    return RequestError(f"{field}: {reason}{shown}", field=field)


def _unknown_field(name: str, known: Mapping[str, Any]) -> RequestError:
    close = difflib.get_close_matches(name, known, n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    fields = ", ".join(known)
    return RequestError(f"{name[:80]}: unknown field; {meant}The fields are {fields}", field=name[:80], code="unknown_field")


def _shown(value: Any) -> str:  # noqa: ANN401
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _reason(error: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    context = error.get("ctx", {})
    messages: dict[str, Callable[[], str]] = {
        "literal_error": lambda: f"must be one of {context['expected'].replace(chr(39), '').replace(' or ', ', ')}",
        "greater_than_equal": lambda: f"must be {context['ge']} or more",
        "less_than_equal": lambda: f"must be {context['le']} or less",
        "int_parsing": lambda: "must be a whole number",
        "int_from_float": lambda: "must be a whole number",
        "int_type": lambda: "must be a whole number",
        "float_parsing": lambda: "must be a number",
        "float_type": lambda: "must be a number",
        "finite_number": lambda: "must be a finite number",
        "string_type": lambda: "must be text",
        "string_too_long": lambda: f"may have {context['max_length']} characters at most",
        "value_error": lambda: str(context["error"]),
        "extra_forbidden": lambda: "unknown field",
        "dict_type": lambda: "is written like bass=clip1 drums=clip2",
        "tuple_type": lambda: "must be a list",
        "too_short": lambda: "must name at least one",
        "missing": lambda: "is missing",
    }
    made = messages.get(error["type"])
    return made() if made else str(error["msg"]).lower()
