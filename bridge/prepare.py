"""Request → Brief: clips read, prompt understood, section settled. Light: it runs at every door before `accepted`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bridge import composers, engines
from bridge.brief import Brief, Likeness
from bridge.errors import ClipError, RequestError
from bridge.job import Transport
from bridge.music.midi import read_smf
from bridge.music.notes import ALWAYS_PARTS, PART_NAMES, Part
from bridge.music.score import Score, Seed
from bridge.music.tempo import Meter
from bridge.repaint import window_beats
from bridge.request import Request
from bridge.seeds.clip import is_recording, read_clip
from bridge.seeds.likeness import read_guide, read_timbre
from bridge.seeds.midi_clip import read_part
from bridge.seeds.prompt import understand
from bridge.settle import Sources, settle_chords, settle_form, settle_section, settle_strengths, windows_outside
from bridge.style import Style

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bridge.config import Voices
    from bridge.outbox.reading import DeliveredTake

PLAYED_ALONE = "parts: a solo is played alone; name parts, such as lead chords bass, to have it accompanied"


def prepare(
    request: Request,
    clips: Mapping[str, bytes],
    transport: Transport,
    random_seed: int,
    parent: Path | None = None,
    read: Callable[[str], Style] | None = None,
    *,
    voices: Voices = "auto",
) -> Brief:
    """Return the brief of a request; raises RequestError or ClipError, naming the field, where it cannot be worked on.

    `clips` holds the bytes of every clip that the request names, by the name it uses; `parent` is the manifest
    of the take that repaint or extend works on. `read` understands prompts; by default by their words alone, which is quick.
    `voices` says how many voices sound in recordings.
    """
    composers.check(request.composer)
    engines.check(request.engine)
    style = _style(request, read or _understood)
    old = _old(request, parent)
    recall = old.score if old else None
    bpm, meter = _known_bpm(request, style, transport, recall), _known_meter(request, style, transport, recall)
    seed = _seed(request, clips, lambda data: _read(data, bpm, meter, voices))
    if recall is not None and request.action == "repaint":
        _check_repaint(request, recall)
    section, warnings = settle_section(Sources(request, style, seed, transport, recall))
    parts = _parts(request, recall)
    brief = Brief(
        section=section,
        form=settle_form(request, section, recall),
        style=style,
        seed=seed,
        seed_mode=request.seed_mode,
        chords=settle_chords(request, section),
        parts=parts,
        named_parts=request.parts or (),
        parts_in=_parts_in(request, clips),
        timbres=_likenesses("timbre", request.timbre, clips, read_timbre),
        guides=_likenesses("guide", request.guide, clips, read_guide),
        strengths=settle_strengths(request, section),
        composer=request.composer,
        engine=request.engine,
        steps=request.steps,
        guidance=request.guidance,
        temperature=request.temperature,
        top_k=request.top_k,
        random_seed=random_seed,
        sample_rate_hz=request.sample_rate_hz,
        warnings=(
            *(seed.warnings if seed else ()),
            *warnings,
            *_unhonoured(request, parts, windows_outside(request, section)),
            *((PLAYED_ALONE,) if style.solo and request.parts is None and recall is None else ()),
        ),
    )
    return brief if old is None else _recalling(brief, request, old)


REMEMBERED_CLIP_BYTES = 100_000
"""Clips up to this size are remembered with their notes; a recording is too large for that."""
_read_again = lru_cache(maxsize=64)(read_clip)
"""A clip is often asked for again, with another prompt or another section; reading it is most of what preparing costs."""
_understood = lru_cache(maxsize=256)(understand)
"""Bursts of requests repeat their prompt, and understanding one is most of what preparing costs."""


def _style(request: Request, read: Callable[[str], Style]) -> Style:
    style = read(request.prompt)
    if request.negative_prompt:
        unwanted = _understood(request.negative_prompt)
        style = replace(style, exclude=tuple(dict.fromkeys((*style.exclude, *unwanted.instruments, *unwanted.exclude))))
    return style


def clip_notes(data: bytes, voices: Voices = "auto") -> int:
    """Return how many notes a clip holds, MIDI or recording; raises ClipError (`bad_clip`, `no_notes`)."""
    notes = (
        len(read_clip(data, voices=voices).notes)
        if is_recording(data)
        else sum(len(track.ticks) for track in read_smf(data).tracks)
    )
    if not notes:
        raise ClipError("holds no notes", code="no_notes")
    return notes


def _known_bpm(request: Request, style: Style, transport: Transport, recall: Score | None) -> float | None:
    """Return the tempo that a recording was made to, in the order in which `settle` believes who says one."""
    asked = request.tempo[0].bpm if request.tempo else request.bpm
    recalled = recall.section.tempo.bpm_at(recall.section.end_beat) if recall else None
    return asked or recalled or transport.bpm or style.bpm


def _known_meter(request: Request, style: Style, transport: Transport, recall: Score | None) -> Meter | None:
    said = request.meter or (str(recall.section.meter) if recall else None) or transport.meter
    return Meter.parse(said) if said else style.meter


def _read(data: bytes, bpm: float | None, meter: Meter | None, voices: Voices) -> Seed:
    read = _read_again if len(data) <= REMEMBERED_CLIP_BYTES else read_clip
    return read(data, bpm=bpm, meter=meter, voices=voices)


def _seed(request: Request, clips: Mapping[str, bytes], read: Callable[[bytes], Seed]) -> Seed | None:
    if request.clip is None:
        return None
    try:
        return read(clips[request.clip])
    except ClipError as error:
        raise ClipError(f"clip {request.clip}: {error.text}", code=error.code, field="clip") from None


def _parts_in(request: Request, clips: Mapping[str, bytes]) -> tuple[Part, ...]:
    given = []
    for name in (name for name in PART_NAMES if name in request.parts_in):
        clip = request.parts_in[name]
        try:
            given.append(read_part(clips[clip], name))
        except ClipError as error:
            raise ClipError(f"parts_in.{name} {clip}: {error.text}", code=error.code, field=f"parts_in.{name}") from None
    return tuple(given)


def _likenesses(
    field: str, named: Mapping[str, str], clips: Mapping[str, bytes], read: Callable[[bytes], NDArray[np.float32]]
) -> tuple[Likeness, ...]:
    found = []
    for part, clip in named.items():
        try:
            found.append(Likeness(part, read(clips[clip])))
        except ClipError as error:
            raise ClipError(f"{field}.{part} {clip}: {error.text}", code=error.code, field=f"{field}.{part}") from None
    return tuple(found)


def _old(request: Request, parent: Path | None) -> DeliveredTake | None:
    """Return the take that repaint or extend works on."""
    if request.action == "generate":
        return None
    if parent is None:
        raise RequestError(f"take: {request.take!r} has no delivery to {request.action}", field="take", code="unknown_take")
    from bridge.outbox.reading import read_take  # noqa: PLC0415 - only these two actions need it

    old = read_take(parent)
    if request.action == "repaint":
        old.check_sound()
    return old


def _check_repaint(request: Request, old: Score) -> None:
    """Raise RequestError where the take has none of the bars, or not all of the parts, that are to be repainted."""
    window_beats(request, old)
    missing = set(request.parts or ()) - {part.name for part in old.parts}
    if missing:
        there = ", ".join(part.name for part in old.parts)
        raise RequestError(f"parts: the take has no {', '.join(sorted(missing))}; it has {there}", field="parts")


def _parts(request: Request, recall: Score | None) -> tuple[str, ...]:
    if recall is not None and (request.parts is None or request.action == "repaint"):
        return tuple(part.name for part in recall.parts)
    asked = request.parts or (*ALWAYS_PARTS, *request.parts_in)
    return tuple(name for name in PART_NAMES if name in asked)


def _unhonoured(request: Request, parts: Sequence[str], outside: int) -> tuple[str, ...]:
    lyrics = ("lyrics: no engine of this version sings; they are kept in the manifest",) if request.lyrics else ()
    windows = (f"windows: {outside} of {len(request.windows)} lie outside the section",) if outside else ()
    leaning = [(field, part) for field, named in (("timbre", request.timbre), ("guide", request.guide)) for part in named]
    deaf = dict.fromkeys(field for field, _ in leaning if request.engine != "neural")
    unheard = (f"{field}: only the engine neural leans to a recording; ask for engine neural" for field in deaf)
    unmade = (f"{field}.{part}: no {part} is made; name it in parts" for field, part in leaning if part not in parts)
    return (*lyrics, *windows, *unheard, *unmade)


def _recalling(brief: Brief, request: Request, old: DeliveredTake) -> Brief:
    """Return the brief with what it recalls, a theme as its seed, and (repaint) the parts and bars that must stay."""
    heard = [] if request.action == "repaint" else _heard(brief, old)
    recall = heard[0].score if heard else old.score
    lead = recall.part("lead")
    seed = brief.seed
    if seed is None and lead is not None and lead.notes:
        seed = Seed(lead.notes, recall.section.length_beats, likely_key=recall.section.key)
    mode = request.seed_mode if "seed_mode" in request.model_fields_set else _recalled_mode(request)
    kept = brief.parts_in
    if request.action == "repaint" and request.parts is not None:
        kept = (*kept, *(part for part in recall.parts if part.name not in request.parts))
    window = window_beats(request, recall) if request.action == "repaint" else None
    open_beats = None if window == (0.0, recall.section.length_beats) else window
    first_seed = heard[-1].random_seed if heard else None
    recalling = replace(brief, recall=recall, recalled_seed=first_seed, open_beats=open_beats)
    return replace(recalling, seed=seed, seed_mode=mode, parts_in=kept)


def _heard(brief: Brief, old: DeliveredTake) -> list[DeliveredTake]:
    """Return the sections of this name that the song has so far, the latest first: a second verse recalls the first."""
    from bridge.outbox.reading import lineage  # noqa: PLC0415 - only extend needs it

    return [take for take in lineage(old) if take.score.section.name == brief.section.name]


def _recalled_mode(request: Request) -> str:
    """Return how the theme is used where the request does not say: a lead that is to be repainted must change."""
    if request.action == "extend":
        return "develop"
    return "inspire" if request.parts is not None and "lead" in request.parts else "lock"
