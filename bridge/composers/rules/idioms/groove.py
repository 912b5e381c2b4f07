"""Idioms that live of their groove: funk, soul, reggae, blues."""

from __future__ import annotations

from bridge.composers.rules.idiom import Harmony, Idiom, LeadManner, groove

_SNARE = (
    {"snare": "x... .... o.o. xxxX", "kick": "x... .... x... x..."},
    {"snare": "x... .... .... x.xx", "open_hat": ".... .... .... ..X.", "kick": "x... .... x... ...."},
)
_SOFT = (
    {"rim": ".... .... x... ....", "low_tom": ".... .... .... o.o.", "floor": ".... .... .... ..xx"},
    {"hat": ".... .... o.o. o...", "open_hat": ".... .... .... ..x.", "kick": ".... .... x... ...."},
)
_SONG_SIX = (
    groove("1-- 2-3", "R-- ---", kick="x.. ...", hat="o.. o.."),
    groove("123 432", "R-- 5--", kick="x.. ..o", rim="... x..", hat="xoo xoo"),
    groove("X-x x-x", "R-R 5-a", kick="x.. ..x", snare="... X..", hat="Xxx Xxx"),
)
GROOVE = (
    Idiom(
        "funk",
        ("disco", "funky", "nu disco", "soul funk", "afrobeat"),
        (
            groove(
                ".... ..x. .... ..x.",
                "R--. ..R. .... R-5-",
                kick="x... .... ..x. ....",
                rim=".... x... .... x...",
                hat="x.x. x.x. x.x. x.x.",
            ),
            groove(
                "..xm ..x. m.xm ..x.",
                "R-.R ..8. R-.g 5.a-",
                kick="X... ..x. ..x. ....",
                snare=".... X..g .g.. X..g",
                hat="xoxo xoxo xoxo xoxo",
            ),
            groove(
                "x.xm .mx. m.xm .xx.",
                "R.gR .R8. R.gR 5.7a",
                kick="X..x ..x. .xx. ....",
                snare=".g.. X..g .g.g X..g",
                hat="Xoxo xoXo xoxo xoxo",
                open_hat=".... .... .... ..x.",
                clap=".... x... .... x...",
            ),
        ),
        {"lead": (61, 66, 81), "chords": (27, 7, 4), "bass": (36, 33), "pad": (18, 48), "counter": (61, 56)},
        fills=_SNARE,
        harmony=Harmony(
            ("I7 I7 IV7 IV7", "ii7 V7 ii7 V7", "I7 IV7 I7 V7", "IVmaj7 iii7 ii7 I"),
            ("i7 IV7 i7 IV7", "i7 i7 iv7 VII7", "VImaj7 VII7 i7 i7"),
            1.2,
            0.4,
            ("bVII", "V/V"),
            ("IV", "v"),
            "dominant",
        ),
        lead=LeadManner(1.4, 0.65, "blues", 9, 0.7),
        loose_ms=4,
        strum_ms=6,
        loudness=1.02,
    ),
    Idiom(
        "soul",
        ("r&b", "rnb", "neo soul", "motown", "gospel", "rhythm and blues"),
        (
            groove(
                "x--- ---- ..x- ----",
                "R--- ---- ---- ..5-",
                kick="x... .... ..x. ....",
                rim=".... x... .... x...",
                hat="o.o. o.o. o.o. o.o.",
            ),
            groove(
                "x--- ..x- ..x- --x-",
                "R--. ..R- ..R- --a-",
                kick="x... ..x. ..x. ....",
                snare=".... X... .... X..g",
                hat="x.xo x.x. x.xo x.x.",
            ),
            groove(
                "X-.x ..x- .xx- ..x-",
                "R-.R ..8- ..R- 5-a-",
                kick="X..x ..x. ..x. .x..",
                snare=".... X..g .g.. X..g",
                hat="x.xo xox. x.xo x.xo",
                tambourine="..o. X.o. ..o. X.o.",
            ),
        ),
        {"lead": (66, 53, 4), "chords": (4, 16), "bass": (33, 36), "pad": (52, 89), "counter": (61, 26)},
        fills=_SNARE + _SOFT[:1],
        harmony=Harmony(
            ("Imaj7 vi7 ii7 V7", "IVmaj7 iii7 ii7 V7", "IVmaj7 V/vi vi7 I7"),
            ("i7 iv7 VII7 IIImaj7", "VImaj7 v7 i7 i7", "i7 VImaj7 iiø7 V7"),
            0.7,
            0.8,
            ("V/V", "V/vi", "V/ii", "iv"),
            colour="seventh",
            moves=1.4,
        ),
        lead=LeadManner(1.4, 0.5, "pentatonic", 9),
        compound=_SONG_SIX,
        swing=0.25,
        loose_ms=9,
        loudness=0.95,
    ),
    Idiom(
        "reggae",
        ("ska", "dub", "reggaeton", "dancehall", "roots"),
        (
            groove(
                "..x. ..x. ..x. ..x.",
                "R--- ---- ..R- 5---",
                rim=".... .... x... ....",
                kick=".... .... x... ....",
                hat="..o. ..o. ..o. ..o.",
            ),
            groove(
                "..x. ..x. ..x. ..x.",
                "R--. R-3- ..5- ..R-",
                kick=".... .... X... ....",
                rim=".... .... X... ....",
                hat="..x. o.x. ..x. o.x.",
                shaker="o.o. o.o. o.o. o.o.",
            ),
            groove(
                "..xx ..x. ..xx ..x.",
                "R-R- ..3- 5-R- ..a-",
                kick="x... x... X... x...",
                snare=".... .... X... ..g.",
                hat="x.xo x.xo x.xo x.x.",
                cowbell="x... .... ..o. ....",
            ),
        ),
        {"lead": (22, 66, 27), "chords": (27, 16), "bass": (33, 38), "pad": (18, 16), "counter": (61, 57)},
        fills=(
            {"snare": ".... .... x..x ..x.", "high_timbale": ".... .... .... x.xX", "kick": ".... .... x... ...."},
            {"high_timbale": ".... .... xxx. x.x.", "floor": ".... .... .... ...X"},
        ),
        harmony=Harmony(
            ("I IV I V", "I ii I ii", "I V vi IV", "I I IV IV"),
            ("i iv i iv", "i VII i VII", "i iv VII III"),
            1.0,
            0.5,
            ("bVII",),
            ("v",),
        ),
        lead=LeadManner(1.1, 0.5, "pentatonic", 8, 0.8),
        three=(groove("..x. ..x. ..x.", "R--. R-5- ..R-", kick=".... .... X...", rim=".... .... X...", hat="..x. o.x. o.x."),),
        compound=(groove("..x ..x", "R-. 5-R", kick="... X..", rim="... X..", hat="o.x o.x"),),
        swing=0.2,
        loose_ms=7,
    ),
    Idiom(
        "blues",
        (
            "rhythm & blues",
            "chicago blues",
            "delta blues",
            "rock and roll",
            "rock 'n' roll",
            "rock n roll",
            "boogie",
            "rockabilly",
            "shuffle",
        ),
        (
            groove("x-- --- ..x ---", "R-- --- 5-- ---", rim="... x.. ... x..", ride="x.. x.x x.. x.x"),
            groove(
                "x.x x.x x.x x.x", "R-R 3-3 5-5 6-a", kick="x.. ... x.. ...", snare="... X.. ... X..", ride="x.x x.x x.x x.x"
            ),
            groove(
                "X.x X.x X.x X.x", "R-R 3-5 6-7 8-a", kick="X.. ..x x.. ..x", snare="..g X.. ..g X.g", hat="X.x X.x X.x X.x"
            ),
        ),
        {"lead": (27, 22, 66), "chords": (27, 0, 16), "bass": (33, 32), "pad": (16, 18), "counter": (22, 61)},
        fills=(
            {"snare": "x.. ... xxx xxx", "floor": "... ... ... ..X", "kick": "x.. ... x.. x.."},
            {"snare": "x.. ... x.x ...", "mid_tom": "... ... ... xx.", "floor": "... ... ... ..X"},
        ),
        harmony=Harmony(
            ("I7 IV7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7",),
            ("i7 iv7 i7 i7 iv7 iv7 i7 i7 VI7 V7 i7 V7",),
            1.6,
            0.3,
            ("bVII",),
            ("IV",),
            "dominant",
        ),
        lead=LeadManner(1.25, 0.5, "blues", 10, 0.85),
        loose_ms=9,
        strum_ms=10,
    ),
)
