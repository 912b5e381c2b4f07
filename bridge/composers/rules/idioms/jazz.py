"""Idioms of jazz and of Latin America."""

from __future__ import annotations

from bridge.composers.rules.idiom import Harmony, Idiom, LeadManner, groove

_JAZZ_MAJOR = (
    "Imaj7 vi7 ii7 V7",
    "ii7 V7 Imaj7 Imaj7",
    "Imaj7 V/ii ii7 V7",
    "iii7 V/ii ii7 V7",
    "Imaj7 IVmaj7 iii7-V/ii ii7-V7",
)
_JAZZ_MINOR = ("i7 iiø7 V7 i7", "i7 VImaj7 iiø7 V7", "iv7 VII7 IIImaj7 VImaj7 iiø7 V7 i7 i7")
_BRUSH_FILLS = (
    {"snare": "x.. ... x.x .xx", "kick": "... ... ... ..x", "pedal_hat": "... x.. ... x.."},
    {"snare": "... ... xxx x..", "high_tom": "... ... ... .x.", "floor": "... ... ... ..x"},
)
_LATIN_FILLS = (
    {"high_timbale": ".... .... x.xx x.xX", "kick": "x... .... x... ...."},
    {"high_conga": ".... .... xxx. x.x.", "low_conga": ".... .... ...x .x.X"},
)

JAZZ = (
    Idiom(
        "swing",
        (
            "jazz",
            "big band",
            "bebop",
            "cool jazz",
            "smooth jazz",
            "gypsy jazz",
            "jazz waltz",
            "broadway",
            "cabaret",
            "ragtime",
            "dixieland",
        ),
        (
            groove("x-- --- ..x ---", "R-- --- 5-- ---", ride="x.. x.x x.. x.x", pedal_hat="... x.. ... x.."),
            groove(
                "x.. ..x ... .x-|..x --. x.. ..x",
                "R-- w-- w-- a--",
                ride="x.. X.x x.. X.x",
                pedal_hat="... x.. ... x..",
                kick="o.. ... o.. ...",
                snare="... ..g ... ...",
            ),
            groove(
                "x.x ..x ..x x..|..x ..x x.. x.x",
                "R-- w-- w-x a--",
                ride="X.x X.x X.x X.x",
                pedal_hat="... X.. ... X..",
                kick="o.. o.. o.. o..",
                snare="..g ..o ..g x.g",
            ),
        ),
        {"lead": (66, 56, 11, 0), "chords": (0, 26), "bass": (32,), "pad": (48, 11), "counter": (61, 57)},
        kit=32,
        fills=_BRUSH_FILLS,
        harmony=Harmony(
            _JAZZ_MAJOR,
            _JAZZ_MINOR,
            0.6,
            1.2,
            ("V/V", "V/vi", "V/ii", "V/IV", "iv", "bVII"),
            ("V/iv", "V/III", "V/V"),
            "seventh",
            1.6,
        ),
        lead=LeadManner(1.5, 0.5, "diatonic", 10, 0.9),
        three=(
            groove("x-- --- --.", "R-- --- 5--", ride="x.. x.. x..", pedal_hat="... x.. ..."),
            groove("x.. ..x ---", "R-- w-- a--", ride="x.. x.x x..", pedal_hat="... x.. x..", kick="o.. ... ..."),
            groove("x.. ..x .x-", "R-- w-x a--", ride="X.x x.x x.x", pedal_hat="... X.. x..", snare="..g ..o ..g"),
        ),
        swing=1.0,
        loose_ms=9,
        fixed_voices=4,
        loudness=0.94,
    ),
    Idiom(
        "bossa",
        ("bossa nova", "samba", "lounge", "brazilian", "mpb"),
        (
            groove("x--- ---- ..x- ----", "R--- --5- ---- --5-", rim="x... ..x. .... ....", shaker="o.o. o.o. o.o. o.o."),
            groove(
                "x..x ..x. ..x. .x--|..x. ..x. x..x ..x-",
                "R--- --5- 5--- --R-",
                kick="x..o ..o. x..o ..o.",
                rim="x..x ..x. ..x. ..x.|..x. ..x. x..x ..x.",
                hat="xoxo xoxo xoxo xoxo",
            ),
            groove(
                "X.xx ..x. x.x. .xx-|..xx ..x. X.xx ..x-",
                "R--R --5- 5--5 --a-",
                kick="X..x ..x. X..x ..x.",
                rim="X..X ..X. ..X. ..X.|..X. ..X. X..X ..X.",
                shaker="XoxoXoxo XoxoXoxo XoxoXoxo XoxoXoxo",
                hat="..o. ..o. ..o. ..o.",
            ),
        ),
        {"lead": (73, 24, 66), "chords": (24, 0), "bass": (32, 33), "pad": (48, 11), "counter": (11, 73)},
        kit=32,
        fills=(
            {"rim": ".... .... x.xx ..x.", "floor": ".... .... .... x.xx"},
            {"snare": ".... .... ..x. xx.x", "kick": "x... .... x... ...."},
        ),
        harmony=Harmony(_JAZZ_MAJOR, _JAZZ_MINOR, 0.5, 1.1, ("V/V", "V/ii", "iv", "bVII"), ("V/iv", "IV"), "seventh", 1.3),
        lead=LeadManner(1.1, 0.6, "diatonic", 8),
        loose_ms=6,
        fixed_voices=4,
        loudness=0.88,
    ),
    Idiom(
        "latin",
        (
            "salsa",
            "tango",
            "mambo",
            "cuban",
            "merengue",
            "cumbia",
            "flamenco",
            "bachata",
            "bolero",
            "rumba",
            "calypso",
            "cha cha",
            "african",
        ),
        (
            groove("x--- ..x- ---- x---", "R--- --5- ---- 8---", clave="x..x ..x. ..x. x...", shaker="o.o. o.o. o.o. o.o."),
            groove(
                "x.x. .x.x .x.x .x.x",
                "R--. ..5- --.. 8---",
                kick="x... ..x. .... x...",
                clave="x..x ..x. ..x. x...",
                high_conga="..o. o.xx ..o. o.xx",
                guiro="x.oo x.oo x.oo x.oo",
            ),
            groove(
                "X.xx .x.X .xXx .x.x",
                "R--. ..5- --.R 8-a-",
                kick="X... ..x. ..x. x...",
                cowbell="X.x. X.xx X.x. X.xx",
                clave="x..x ..x. ..x. x...",
                high_conga="x.xo oxXX x.xo oxXX",
                low_conga=".... ...x .... ..xx",
                high_timbale=".... x... .... x..x",
            ),
        ),
        {"lead": (56, 66, 21), "chords": (0, 24), "bass": (33, 32), "pad": (48, 61), "counter": (61, 73)},
        fills=_LATIN_FILLS,
        harmony=Harmony(
            ("I IV V IV", "I V V I", "ii7 V7 Imaj7 Imaj7", "I vi ii V"),
            ("i iv V i", "i VII VI V", "i V V i", "iv i V i"),
            1.0,
            0.9,
            ("V/V", "V/ii", "bVII"),
            ("V/iv", "V/V"),
        ),
        lead=LeadManner(1.35, 0.6, "diatonic", 9, 0.8),
        loose_ms=4,
        strum_ms=8,
        loudness=1.02,
    ),
)
