"""The hum of the mains, 50 or 60 Hz, that bad cables pick up: alone, or under a melody."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.seeds.hum_note import HeardNote, sounding_seconds
from bridge.seeds.hum_tracking import Track, as_sung

MAINS_HZ = np.array((50.0, 60.0, 100.0, 120.0))
MAINS_PITCHES = 69.0 + 12.0 * np.log2(MAINS_HZ / 440.0)
LOWEST = MAINS_PITCHES[:2]
"""Under a melody only these are taken for the mains: a voice reaches the others, and these lie between the semitones."""
WITHIN_SEMITONES, MAINS_SHARE = 0.1, 0.9
"""No voice keeps so near to these for so much of what it sings."""
KEY_SEMITONES, DRONE_SHARE = 0.6, 0.7
"""A tone on the key nearest to the mains that sounds for so much of the time."""


def is_mains(track: Track) -> bool:
    """Return whether all that has a pitch is the hum of the mains."""
    pitch = track.pitch[track.confidence >= 0.5]
    away = np.abs(pitch[:, None] - MAINS_PITCHES).min(axis=1)
    return len(pitch) > 0 and float((away < WITHIN_SEMITONES).mean()) >= MAINS_SHARE


def without_mains_notes(voice: Sequence[HeardNote], track: Track) -> list[HeardNote]:
    """Return the notes of a voice but for those in which, while it rests, the mains are heard."""
    return [
        note
        for note, sung in zip(voice, as_sung(voice, track), strict=True)
        if np.abs(sung.pitch - LOWEST).min() >= WITHIN_SEMITONES
    ]


def without_drone(tones: Sequence[HeardNote], seconds: float) -> list[HeardNote]:
    """Return tones on piano keys, heard in so many seconds, but for the mains that sound through them."""
    drone = {tone for tone in tones if np.abs(tone.pitch - LOWEST).min() <= KEY_SEMITONES}
    return [tone for tone in tones if tone not in drone] if sounding_seconds(drone) >= DRONE_SHARE * seconds else list(tones)
