"""Instruments: the General MIDI program that comes nearest, what they are good for, and what they can play."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Instrument:
    """An instrument of General MIDI, or the nearest to one that is not."""

    program: int
    low: int
    """Lowest comfortable MIDI note number."""
    high: int
    roles: tuple[str, ...]
    """Parts it suits, best first."""
    idiom: str = ""
    """Idiom that it suggests when nothing else does."""


LEAD, CHORDS, BASS, PAD, COUNTER = "lead", "chords", "bass", "pad", "counter"
_KEYS = (CHORDS, LEAD, COUNTER)
_GUITAR = (CHORDS, LEAD, COUNTER)
_WIND = (LEAD, COUNTER)
_SECTION = (PAD, CHORDS, COUNTER, LEAD)
_MALLET = (LEAD, COUNTER, CHORDS)
_PLUCKED = (LEAD, CHORDS, COUNTER)

INSTRUMENTS: dict[str, Instrument] = {
    "piano": Instrument(0, 28, 96, _KEYS),
    "bright piano": Instrument(1, 28, 96, _KEYS),
    "honky-tonk": Instrument(3, 33, 91, _KEYS),
    "electric piano": Instrument(4, 33, 91, _KEYS),
    "harpsichord": Instrument(6, 36, 89, _KEYS, "classical"),
    "clavinet": Instrument(7, 36, 84, _KEYS, "funk"),
    "celesta": Instrument(8, 60, 98, _MALLET, "lullaby"),
    "glockenspiel": Instrument(9, 67, 100, _MALLET, "lullaby"),
    "music box": Instrument(10, 60, 96, _MALLET, "lullaby"),
    "vibraphone": Instrument(11, 53, 89, _MALLET, "swing"),
    "marimba": Instrument(12, 45, 96, _MALLET),
    "xylophone": Instrument(13, 65, 98, _MALLET),
    "bells": Instrument(14, 60, 84, _MALLET),
    "dulcimer": Instrument(15, 48, 86, _PLUCKED, "chinese"),
    "organ": Instrument(16, 36, 90, (CHORDS, PAD, LEAD)),
    "rock organ": Instrument(18, 36, 90, (CHORDS, PAD, LEAD)),
    "church organ": Instrument(19, 36, 90, (CHORDS, PAD, LEAD)),
    "accordion": Instrument(21, 53, 89, (LEAD, CHORDS, COUNTER), "waltz"),
    "harmonica": Instrument(22, 60, 86, _WIND, "folk"),
    "nylon guitar": Instrument(24, 40, 83, _GUITAR),
    "acoustic guitar": Instrument(25, 40, 83, _GUITAR),
    "jazz guitar": Instrument(26, 40, 86, _GUITAR, "swing"),
    "electric guitar": Instrument(27, 40, 86, _GUITAR, "rock"),
    "overdriven guitar": Instrument(29, 40, 86, _GUITAR, "rock"),
    "distorted guitar": Instrument(30, 40, 86, _GUITAR, "rock"),
    "double bass": Instrument(32, 28, 55, (BASS,)),
    "bass": Instrument(33, 28, 55, (BASS,)),
    "fretless bass": Instrument(35, 28, 55, (BASS,)),
    "slap bass": Instrument(36, 28, 55, (BASS,), "funk"),
    "synth bass": Instrument(38, 24, 55, (BASS,), "house"),
    "808": Instrument(39, 24, 52, (BASS,), "trap"),
    "violin": Instrument(40, 55, 96, _WIND),
    "viola": Instrument(41, 48, 84, _WIND),
    "cello": Instrument(42, 36, 74, (LEAD, COUNTER, BASS)),
    "contrabass": Instrument(43, 28, 55, (BASS,)),
    "pizzicato": Instrument(45, 40, 91, (CHORDS, COUNTER, LEAD)),
    "harp": Instrument(46, 31, 96, (CHORDS, LEAD, COUNTER)),
    "timpani": Instrument(47, 36, 57, (BASS,)),
    "strings": Instrument(48, 36, 91, _SECTION),
    "orchestra": Instrument(48, 36, 91, _SECTION, "cinematic"),
    "synth strings": Instrument(50, 36, 91, _SECTION),
    "choir": Instrument(52, 43, 81, (PAD, CHORDS, LEAD)),
    "voice": Instrument(53, 48, 81, (LEAD, PAD, COUNTER)),
    "trumpet": Instrument(56, 54, 84, _WIND),
    "trombone": Instrument(57, 40, 70, _WIND),
    "tuba": Instrument(58, 28, 55, (BASS,)),
    "muted trumpet": Instrument(59, 54, 84, _WIND, "swing"),
    "horn": Instrument(60, 41, 77, (LEAD, COUNTER, PAD), "cinematic"),
    "brass": Instrument(61, 41, 84, (CHORDS, COUNTER, LEAD, PAD)),
    "soprano saxophone": Instrument(64, 56, 87, _WIND),
    "alto saxophone": Instrument(65, 49, 81, _WIND),
    "saxophone": Instrument(66, 46, 76, _WIND),
    "baritone saxophone": Instrument(67, 37, 69, _WIND),
    "oboe": Instrument(68, 58, 88, _WIND),
    "english horn": Instrument(69, 52, 81, _WIND),
    "bassoon": Instrument(70, 36, 69, (LEAD, COUNTER, BASS)),
    "clarinet": Instrument(71, 50, 89, _WIND),
    "piccolo": Instrument(72, 74, 102, _WIND),
    "flute": Instrument(73, 60, 93, _WIND),
    "recorder": Instrument(74, 60, 91, _WIND),
    "pan flute": Instrument(75, 60, 91, _WIND),
    "shakuhachi": Instrument(77, 55, 84, _WIND, "chinese"),
    "whistle": Instrument(78, 62, 96, _WIND),
    "ocarina": Instrument(79, 60, 84, _WIND),
    "square lead": Instrument(80, 48, 96, (LEAD, COUNTER), "synthwave"),
    "synth": Instrument(81, 40, 93, (LEAD, CHORDS, COUNTER, PAD), "house"),
    "pad": Instrument(89, 36, 88, (PAD, CHORDS)),
    "sitar": Instrument(104, 48, 77, _PLUCKED),
    "banjo": Instrument(105, 48, 84, _PLUCKED, "country"),
    "shamisen": Instrument(106, 50, 79, _PLUCKED),
    "koto": Instrument(107, 48, 88, _PLUCKED, "chinese"),
    "kalimba": Instrument(108, 60, 86, _PLUCKED),
    "bagpipe": Instrument(109, 60, 77, _WIND),
    "fiddle": Instrument(110, 55, 93, _WIND, "folk"),
    "shanai": Instrument(111, 55, 84, _WIND, "chinese"),
    "steel drums": Instrument(114, 52, 84, _MALLET, "reggae"),
}
"""English name, in lower case → instrument."""

ALIASES: dict[str, str] = {
    "grand piano": "piano",
    "keyboard": "piano",
    "keys": "electric piano",
    "rhodes": "electric piano",
    "e-piano": "electric piano",
    "wurlitzer": "electric piano",
    "guitar": "acoustic guitar",
    "guitars": "acoustic guitar",
    "steel guitar": "acoustic guitar",
    "classical guitar": "nylon guitar",
    "clean guitar": "electric guitar",
    "distortion guitar": "distorted guitar",
    "overdrive guitar": "overdriven guitar",
    "ukulele": "nylon guitar",
    "mandolin": "acoustic guitar",
    "lute": "nylon guitar",
    "electric bass": "bass",
    "bass guitar": "bass",
    "upright bass": "double bass",
    "acoustic bass": "double bass",
    "808 bass": "808",
    "string section": "strings",
    "string ensemble": "strings",
    "string orchestra": "strings",
    "violins": "strings",
    "symphony": "orchestra",
    "pizzicato strings": "pizzicato",
    "vocals": "voice",
    "vocal": "voice",
    "singer": "voice",
    "choirs": "choir",
    "french horn": "horn",
    "horns": "brass",
    "brass section": "brass",
    "trumpets": "brass",
    "sax": "saxophone",
    "tenor saxophone": "saxophone",
    "alto sax": "alto saxophone",
    "synthesizer": "synth",
    "synthesiser": "synth",
    "synth lead": "synth",
    "lead synth": "synth",
    "saw lead": "synth",
    "synth pad": "pad",
    "pads": "pad",
    "vibes": "vibraphone",
    "tubular bells": "bells",
    "bell": "glockenspiel",
    "pipe organ": "church organ",
    "hammond organ": "organ",
    "hammond": "organ",
    "erhu": "fiddle",
    "guzheng": "koto",
    "guqin": "koto",
    "pipa": "shamisen",
    "sanxian": "shamisen",
    "dizi": "flute",
    "bamboo flute": "flute",
    "xiao": "shakuhachi",
    "hulusi": "clarinet",
    "sheng": "accordion",
    "suona": "shanai",
    "yangqin": "dulcimer",
    "ruan": "nylon guitar",
    "bagpipes": "bagpipe",
    "bandoneon": "accordion",
    "oud": "nylon guitar",
    "woodwinds": "clarinet",
    "winds": "clarinet",
    "steel drum": "steel drums",
}
"""Other names, and instruments that General MIDI lacks → the nearest of INSTRUMENTS."""
CHINESE = frozenset(
    {"erhu", "guzheng", "guqin", "pipa", "sanxian", "dizi", "xiao", "hulusi", "sheng", "suona", "yangqin", "ruan"}
)
"""Instruments that suggest the Chinese idiom whatever plays them here."""


def instrument(name: str) -> Instrument | None:
    """Return the instrument of this name, or None where it is not known (or is a drum)."""
    plain = name.strip().lower()
    return INSTRUMENTS.get(ALIASES.get(plain, plain))


def instrument_of_program(program: int) -> Instrument | None:
    """Return the instrument that a General MIDI program is here, or None."""
    return _BY_PROGRAM.get(program)


_BY_PROGRAM = {made.program: made for made in reversed(INSTRUMENTS.values())}
