"""Idioms of bands with guitars: rock and its relatives, songs, folk."""

from __future__ import annotations

from bridge.composers.rules.idiom import Harmony, Idiom, LeadManner, groove

_TOMS = (
    {
        "snare": "x... .... x.xx x...",
        "high_tom": ".... .... .... .xx.",
        "floor": ".... .... .... ...X",
        "kick": "x... .... x... x...",
    },
    {
        "snare": "x... .... xxxx ....",
        "mid_tom": ".... .... .... xx..",
        "floor": ".... .... .... ..XX",
        "kick": "x... .... x... ....",
    },
    {
        "high_tom": ".... .... x.x. ....",
        "mid_tom": ".... .... ..x. x...",
        "floor": ".... .... .... x.xX",
        "kick": "x... .... x... x...",
    },
)
_SNARE = (
    {"snare": "x... .... o.o. xxxX", "kick": "x... .... x... x..."},
    {"snare": "x... .... .... x.xx", "open_hat": ".... .... .... ..X.", "kick": "x... .... x... ...."},
)
_SOFT = (
    {"rim": ".... .... x... ....", "low_tom": ".... .... .... o.o.", "floor": ".... .... .... ..xx"},
    {"hat": ".... .... o.o. o...", "open_hat": ".... .... .... ..x.", "kick": ".... .... x... ...."},
)
_SONG_THREE = (
    groove("1-2- 3-2- 3-2-", "R--- ---- ----", kick="x... .... ....", hat="o... o... o..."),
    groove("b--- x--- x---", "R--- ---- 5---", kick="x... .... ....", rim=".... .... x...", hat="x.o. x.o. x.o."),
    groove("X--- x-x- x---", "R--- --R- 5-a-", kick="x... ..x. ....", snare=".... .... X...", hat="x.x. x.x. x.x."),
)
_ROCK_THREE = (
    groove("x--- ---- ----", "R--- ---- ----", kick="x... .... ....", hat="o... o... o..."),
    groove("x-x- x-x- x-x-", "R-R- R-R- R-a-", kick="x... .... ..x.", snare=".... X... X...", hat="x.o. x.o. x.o."),
    groove("X--- x-x- X-x-", "R-R- R-R- 8-a-", kick="X..x ..x. ..x.", snare=".... X... X...", hat="x.x. x.x. x.x."),
)
_SONG_SIX = (
    groove("1-- 2-3", "R-- ---", kick="x.. ...", hat="o.. o.."),
    groove("123 432", "R-- 5--", kick="x.. ..o", rim="... x..", hat="xoo xoo"),
    groove("X-x x-x", "R-R 5-a", kick="x.. ..x", snare="... X..", hat="Xxx Xxx"),
)
_ROCK_SIX = (
    groove("x-- ---", "R-- ---", kick="x.. ...", hat="o.. o.."),
    groove("x-x x-x", "R-R R-R", kick="x.. ..x", snare="... X..", hat="xox xox"),
    groove("Xxx Xxx", "RRR R8a", kick="X.x ..x", snare="... X..", hat="Xxx Xxx"),
)

BAND = (
    Idiom(
        "rock",
        (
            "hard rock",
            "indie rock",
            "indie",
            "alternative",
            "grunge",
            "britpop",
            "garage rock",
            "post rock",
            "punk",
            "pop punk",
            "progressive",
            "shoegaze",
            "garage",
        ),
        (
            groove(
                "x--- ---- ---- ----",
                "R--- ---- R--- ----",
                kick="x... .... x... ....",
                rim=".... o... .... o...",
                hat="o... o... o... o...",
            ),
            groove(
                "x-x- x-x- x-x- x-x-",
                "R-R- R-R- R-R- R-a-",
                kick="X... .... x.x. ....",
                snare=".... X... .... X...",
                hat="x.o. x.o. x.o. x.o.",
            ),
            groove(
                "X--- x-xx --x- x-xx",
                "R-RR R-R- R-8- R-a-",
                kick="X..x ..x. x.x. ..x.",
                snare=".... X... .... X..g",
                hat="X.x. X.x. X.x. X.x.",
            ),
        ),
        {"lead": (29, 27, 81), "chords": (29, 27, 30), "bass": (34, 33), "pad": (18, 48), "counter": (27, 18)},
        kit=16,
        fills=_TOMS,
        harmony=Harmony(
            ("I V vi IV", "I IV V IV", "I bVII IV I", "vi IV I V"),
            ("i VI III VII", "i VII VI VII", "i iv VII III"),
            loop=0.9,
            grammar=0.6,
            extra_major=("bVII", "V/V", "iv"),
            extra_minor=("IV", "V/III"),
        ),
        lead=LeadManner(1.25, 0.45, "pentatonic", 9),
        three=_ROCK_THREE,
        compound=_ROCK_SIX,
        loose_ms=6,
        strum_ms=12,
        chord_centre=56,
        loudness=1.06,
    ),
    Idiom(
        "pop",
        (
            "mandopop",
            "c-pop",
            "cpop",
            "k-pop",
            "kpop",
            "j-pop",
            "jpop",
            "dance pop",
            "city pop",
            "soft rock",
            "cartoon",
            "children",
            "christmas",
            "anime",
        ),
        (
            groove(
                "x--- ---- x--- ----",
                "R--- ---- ---- ----",
                kick="x... .... x... ....",
                rim=".... o... .... o...",
                shaker="o.o. o.o. o.o. o.o.",
            ),
            groove(
                "x--- x--x --x- x---",
                "R--- --R- R--- --a-",
                kick="x... ..x. x... ....",
                snare=".... X... .... X...",
                hat="x.o. x.o. x.o. x.o.",
            ),
            groove(
                "X-x- x-xx --x- x-x-",
                "R--R --R- R-8- R-a-",
                kick="X... ..x. x.x. ..x.",
                snare=".... X... .... X...",
                clap=".... x... .... x...",
                hat="X.xo X.xo X.xo X.xo",
            ),
        ),
        {"lead": (0, 80, 73), "chords": (0, 4, 25), "bass": (33, 38), "pad": (89, 48), "counter": (48, 11)},
        fills=_TOMS + _SNARE,
        harmony=Harmony(
            ("I V vi IV", "vi IV I V", "IV V iii vi", "I vi IV V", "IV I V vi"),
            ("i VI III VII", "VI VII i i", "i iv VI V", "i III VII VI"),
            loop=0.8,
            grammar=0.8,
            extra_major=("V/V", "V/vi", "iv", "bVII"),
        ),
        lead=LeadManner(1.3, 0.4),
        three=_SONG_THREE,
        compound=_SONG_SIX,
    ),
    Idiom(
        "ballad",
        ("slow ballad", "power ballad", "piano ballad", "love song", "singer songwriter", "acoustic", "r&b ballad"),
        (
            groove("1-2- 3-2- 1-2- 3-2-", "R--- ---- ---- ----", hat="o... o... o... o..."),
            groove(
                "b-23 4-3- b-23 4-32",
                "R--- ---- R--- --5-",
                kick="x... .... x... ....",
                rim=".... x... .... x...",
                hat="o.o. o.o. o.o. o.o.",
            ),
            groove(
                "B-23 x-2- B-23 x-2-",
                "R--- --5- R--- 5-a-",
                kick="x... ..x. x... ....",
                snare=".... X... .... X...",
                ride="x.o. x.o. x.o. x.o.",
            ),
        ),
        {"lead": (0, 73, 42, 66), "chords": (0, 4, 25), "bass": (33, 32), "pad": (48, 89), "counter": (42, 60)},
        fills=_SOFT + _TOMS[:1],
        harmony=Harmony(
            ("I V vi iii IV I ii V", "I vi IV V", "I iii IV V", "vi IV I V"),
            ("i v VI III iv i iiø7 V", "i VI III VII", "i VII VI V"),
            loop=0.3,
            grammar=1.0,
            extra_major=("V/V", "V/vi", "V/ii", "iv"),
            moves=1.4,
        ),
        lead=LeadManner(1.0, 0.2, "diatonic", 9, 0.97),
        three=_SONG_THREE,
        compound=_SONG_SIX,
        loose_ms=8,
        loudness=0.9,
    ),
    Idiom(
        "folk",
        (
            "celtic",
            "irish",
            "world",
            "americana",
            "bluegrass",
            "indie folk",
            "campfire",
            "traditional",
            "medieval",
            "arabic",
            "indian",
        ),
        (
            groove("1-3- 2-3- 1-3- 2-3-", "R--- ---- 5--- ----", shaker="o... o... o... o..."),
            groove(
                "b-x- x-xu b-x- x-xu",
                "R--- ---- 5--- ----",
                kick="x... .... x... ....",
                shaker="x.o. x.o. x.o. x.o.",
                rim=".... o... .... o...",
            ),
            groove(
                "B-x- X-xu xux- X-xu",
                "R--- R--- 5--- 5-a-",
                kick="x... x... x... x...",
                tambourine="..o. x.o. ..o. x.o.",
                snare=".... x..g .... x..g",
            ),
        ),
        {"lead": (73, 110, 22, 78), "chords": (25, 24), "bass": (32, 33), "pad": (21, 48), "counter": (110, 68)},
        fills=_SOFT,
        harmony=Harmony(
            ("I IV I V", "I V vi IV", "I I IV V", "vi IV I V"),
            ("i VII VI VII", "i VII i V", "i iv VII III"),
            loop=0.3,
            grammar=0.8,
            extra_major=("bVII", "V/V"),
            extra_minor=("IV", "v"),
        ),
        lead=LeadManner(1.35, 0.15, "pentatonic", 9),
        three=(
            groove("1-2- 3-2- 3-2-", "R--- ---- ----", shaker="o... o... o..."),
            groove("b-x- x-x- x-xu", "R--- ---- 5---", kick="x... .... ....", tambourine=".... x... x..."),
            groove(
                "B-x- X-xu X-xu", "R--- 5--- R-a-", kick="x... .... ....", tambourine="..o. x.o. x.o.", snare=".... .... x..."
            ),
        ),
        compound=(
            groove("1-3 2-3", "R-- ---", shaker="o.. o.."),
            groove("b-x x-x", "R-- 5--", kick="x.. x..", shaker="xoo xoo"),
            groove("Bxx Xxu", "R-R 5-a", kick="x.. x..", tambourine="xox Xox", snare="... x.g"),
        ),
        loose_ms=8,
        strum_ms=22,
        loudness=0.92,
    ),
    Idiom(
        "country",
        ("western", "honky tonk", "nashville", "country rock"),
        (
            groove("b--- x--- b--- x---", "R--- ---- 5--- ----", rim=".... o... .... o..."),
            groove(
                "b-x- x-xu b-x- x-xu",
                "R--- ---- 5--- --a-",
                kick="x... .... x... ....",
                snare=".... x... .... x...",
                hat="x.o. x.o. x.o. x.o.",
            ),
            groove(
                "BuXu BuXu BuXu BuXu",
                "R--- 5--- R-3- 5-a-",
                kick="x... x... x... x...",
                snare="..o. X.o. ..o. X.og",
                hat="x.x. x.x. x.x. x.x.",
            ),
        ),
        {"lead": (110, 25, 22), "chords": (25, 27), "bass": (33, 32), "pad": (48, 16), "counter": (105, 25)},
        fills=_SNARE,
        harmony=Harmony(
            ("I IV I V", "I I IV V", "I V IV I", "I vi IV V"), ("i VII VI V", "i iv i V"), 0.5, 1.0, ("V/V", "V/ii")
        ),
        lead=LeadManner(1.3, 0.2, "pentatonic", 9),
        three=_SONG_THREE,
        compound=_SONG_SIX,
        strum_ms=16,
    ),
    Idiom(
        "metal",
        ("heavy metal", "death metal", "thrash", "metalcore", "symphonic metal", "hardcore", "djent"),
        (
            groove(
                "x--- ---- ---- ----",
                "R--- ---- ---- ----",
                kick="x... .... x... ....",
                hat="x... x... x... x...",
                snare=".... .... X... ....",
            ),
            groove(
                "X-mm x-mm X-mm x-mm",
                "R-RR R-RR R-RR R-RR",
                kick="X.xx x.xx X.xx x.xx",
                snare=".... X... .... X...",
                hat="X... X... X... X...",
            ),
            groove(
                "X-mm mmX- mmX- X-xx",
                "R-RR RRR- RRR- R-Ra",
                kick="XxXx XxXx XxXx XxXx",
                snare=".... X... .... X...",
                ride="X.x. X.x. X.x. X.x.",
                crash="X... .... .... ....",
            ),
        ),
        {"lead": (30, 29), "chords": (30,), "bass": (34,), "pad": (48, 52), "counter": (30, 48)},
        kit=16,
        fills=(
            {
                "snare": "X... .... XxXx ....",
                "high_tom": ".... .... .... XX..",
                "floor": ".... .... .... ..XX",
                "kick": "XxXx XxXx XxXx XxXx",
            },
            {
                "high_tom": ".... .... XX.. ....",
                "mid_tom": ".... .... ..XX ....",
                "floor": ".... .... .... XXXX",
                "kick": "XxXx XxXx XxXx XxXx",
            },
        ),
        harmony=Harmony(
            ("I bVI bVII I", "I bVII IV bVI", "vi IV I V"),
            ("i VI VII i", "i bII i VII", "i i VI VII", "i VI iv V"),
            1.3,
            0.4,
            ("bVI", "bVII", "iv"),
            ("bII", "bV"),
            "power",
        ),
        lead=LeadManner(1.5, 0.3, "diatonic", 11),
        compound=(
            groove("X-m X-m", "R-R R-R", kick="X.x X.x", snare="... X..", hat="X.. X.."),
            groove("Xmm Xmm", "RRR RRR", kick="Xxx Xxx", snare="... X..", ride="X.x X.x"),
        ),
        loose_ms=3,
        loudness=1.12,
        chord_centre=48,
    ),
)
