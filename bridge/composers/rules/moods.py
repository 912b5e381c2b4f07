"""What moods do to a style."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mood:
    """Shifts that moods add up to."""

    level: int = 0
    """Steps of groove level."""
    velocity: int = 0
    register: int = 0
    """Semitones."""
    density: float = 1.0
    """Factor on notes a pulse of the melody."""
    borrowed: float = 0.0
    """How welcome borrowed and minor chords are, −1…1."""


_FAMILIES: tuple[tuple[Mood, str], ...] = (
    (
        Mood(1, 10, 0, 1.0, 0.3),
        "epic heroic grand majestic triumphant dramatic anthemic battle war fight fighting intense fierce",
    ),
    (Mood(1, 12, 0, 1.15, 0.2), "aggressive angry furious heavy violent wild chaotic raw"),
    (
        Mood(1, 6, 0, 1.15),
        "energetic exciting driving upbeat powerful fast rich uplifting inspiring motivational passionate loud dance party",
    ),
    (
        Mood(0, 4, 2, 1.15, -0.4),
        (
            "joyful happy cheerful playful fun funny bright sunny cute childlike lively festive "
            "optimistic comic bouncy fresh sweet catchy"
        ),
    ),
    (
        Mood(-1, -10, -1, 0.75, 0.4),
        "sad melancholic melancholy sorrowful lonely heartbroken tragic mournful gloomy grief desolate solemn",
    ),
    (
        Mood(-1, -12, 0, 0.75, -0.1),
        (
            "calm peaceful relaxing relaxed soft gentle quiet soothing dreamy tender "
            "delicate sleepy warm healing serene chill light cozy lazy sacred ethereal simple minimal spacious"
        ),
    ),
    (Mood(0, 2, -5, 0.85, 0.7), "dark scary horror tense mysterious ominous sinister eerie suspense suspenseful spooky cold"),
    (
        Mood(0, -4, 0, 0.9, 0.2),
        "romantic nostalgic emotional touching sentimental lyrical bittersweet hopeful intimate elegant melodious",
    ),
    (Mood(0, 2, 0, 1.1, 0.1), "groovy funky cool sexy smooth rhythmic sensual"),
)
_BY_WORD = {word: mood for mood, words in _FAMILIES for word in words.split()}
_BY_WORD |= {"very soft": Mood(-1, -16), "very loud": Mood(1, 16)}


def mood_of(words: Iterable[str]) -> Mood:
    """Return what these moods do together; words that say nothing are passed over."""
    moods = list(dict.fromkeys(_BY_WORD[word] for word in words if word in _BY_WORD))
    if not moods:
        return Mood()
    density = 1.0
    for mood in moods:
        density *= mood.density
    return Mood(
        level=max(-1, min(1, sum(mood.level for mood in moods))),
        velocity=max(-16, min(16, sum(mood.velocity for mood in moods))),
        register=max(-7, min(5, sum(mood.register for mood in moods))),
        density=density,
        borrowed=sum(mood.borrowed for mood in moods) / len(moods),
    )
