"""How far performed leads lean to a recording given as `timbre` or as `guide`, and whether their melodies stay as clear.

Needs the sound corpus (`stepbridge train sound-corpus`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge import engines
from bridge.brief import Likeness
from bridge.engines.neural.weights import FOLDER, load_sound
from bridge.evaluate.sound_held import Held, held_stems, leads_followed

CORPUS = Path("var/sound")
STEMS, LEADS = 100, 8
Floats = NDArray[np.float32]


def mean_distance(one: Floats, other: Floats) -> float:
    """Return how far apart the mean latents lie."""
    return float(np.linalg.norm(one.mean(0) - other.mean(0)))


def frame_distance(one: Floats, other: Floats) -> float:
    """Return how far apart frames lie at the same moments, on average."""
    frames = min(len(one), len(other))
    return float(np.linalg.norm(one[:frames] - other[:frames], axis=1).mean())


def leaned(leads: Sequence[Held], recordings: Sequence[Held], field: str) -> list[Floats]:
    """Return the leads as performed with a recording each, given as "timbres" or "guides"; "" gives none: (samples, 2)."""
    perform, found = engines.load("neural").perform, []
    for held, recording in zip(leads, recordings, strict=True):
        given = (Likeness("lead", np.asarray(recording.reference.audio.mean(1), np.float32)),)
        brief = replace(held.brief, **{field: given}) if field else held.brief
        found.append(replace(held, brief=brief).performed(perform))
    return found


def clear(leads: Sequence[Held], sounds: Sequence[Floats]) -> float:
    """Return the share of frames in which the melody of the leads is heard in these sounds."""
    by_lead = {id(held): sound for held, sound in zip(leads, sounds, strict=True)}
    return leads_followed(leads, lambda held: by_lead[id(held)])["melody"]


def main() -> None:
    """Print a row for each way to lean: to another held-out lead, and to the reference itself."""
    leads = [held for held in held_stems(CORPUS, STEMS) if held.reference.part == "lead"][:LEADS]
    if len(leads) < LEADS:
        print(__doc__)
        return
    model = load_sound(FOLDER, 1)

    def latents(sound: Floats) -> Floats:
        return model.heard(Likeness("lead", np.asarray(sound.mean(1), np.float32)))

    plain = leaned(leads, leads, "")
    print(f"| {LEADS} held-out leads leaning to | distance without | with | melody heard without | with |")
    print("|---|---:|---:|---:|---:|")
    for name, field, others, apart in (
        ("another lead, as timbre", "timbres", [*leads[1:], leads[0]], mean_distance),
        ("the reference, as timbre", "timbres", leads, mean_distance),
        ("the reference, as guide", "guides", leads, frame_distance),
    ):
        made = leaned(leads, others, field)
        wanted = [latents(other.reference.audio) for other in others]
        far = [np.mean([apart(latents(a), b) for a, b in zip(sounds, wanted, strict=True)]) for sounds in (plain, made)]
        heard = [clear(leads, sounds) for sounds in (plain, made)]
        print(f"| {name} | {far[0]:.1f} | {far[1]:.1f} | {heard[0]:.2f} | {heard[1]:.2f} |", flush=True)
