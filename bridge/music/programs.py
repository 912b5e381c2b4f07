"""General MIDI programs by name (General MIDI System Level 1, MIDI Association RP-003), in sentence case."""

from __future__ import annotations

_FAMILIES = (
    "Grand piano, Bright piano, Electric grand, Honky-tonk piano, Electric piano, FM electric piano, Harpsichord, Clavinet",
    "Celesta, Glockenspiel, Music box, Vibraphone, Marimba, Xylophone, Tubular bells, Dulcimer",
    "Drawbar organ, Percussive organ, Rock organ, Church organ, Reed organ, Accordion, Harmonica, Bandoneon",
    "Nylon guitar, Acoustic guitar, Jazz guitar, Clean guitar, Muted guitar, Overdriven guitar, Distorted guitar, Harmonics",
    "Double bass, Fingered bass, Picked bass, Fretless bass, Slap bass 1, Slap bass 2, Synth bass 1, Synth bass 2",
    "Violin, Viola, Cello, Contrabass, Tremolo strings, Pizzicato strings, Harp, Timpani",
    "Strings, Slow strings, Synth strings 1, Synth strings 2, Choir aahs, Voice oohs, Synth voice, Orchestra hit",
    "Trumpet, Trombone, Tuba, Muted trumpet, French horn, Brass section, Synth brass 1, Synth brass 2",
    "Soprano sax, Alto sax, Tenor sax, Baritone sax, Oboe, English horn, Bassoon, Clarinet",
    "Piccolo, Flute, Recorder, Pan flute, Blown bottle, Shakuhachi, Whistle, Ocarina",
    "Square lead, Saw lead, Calliope lead, Chiff lead, Charang lead, Voice lead, Fifths lead, Bass and lead",
    "New age pad, Warm pad, Polysynth pad, Choir pad, Bowed pad, Metallic pad, Halo pad, Sweep pad",
    "Rain, Soundtrack, Crystal, Atmosphere, Brightness, Goblins, Echoes, Sci-fi",
    "Sitar, Banjo, Shamisen, Koto, Kalimba, Bagpipe, Fiddle, Shanai",
    "Tinkle bell, Agogo, Steel drums, Woodblock, Taiko, Melodic tom, Synth drum, Reverse cymbal",
    "Guitar fret noise, Breath noise, Seashore, Bird tweet, Telephone ring, Helicopter, Applause, Gunshot",
)
PROGRAM_NAMES = tuple(name for family in _FAMILIES for name in family.split(", "))
# Roland GS kits, which General MIDI 2 kept.
_KITS = {
    0: "Standard",
    8: "Room",
    16: "Power",
    24: "Electronic",
    25: "Analog",
    32: "Jazz",
    40: "Brush",
    48: "Orchestra",
    56: "Effects",
}


def program_name(program: int, *, is_drums: bool = False) -> str:
    """Return the name of a General MIDI program 0–127, or of the drum kit that it chooses on the percussion channel."""
    if is_drums:
        return f"{_KITS.get(program, _KITS.get(program // 8 * 8, 'Standard'))} kit"
    return PROGRAM_NAMES[program]
