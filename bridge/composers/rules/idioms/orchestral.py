"""Idioms of orchestras, keyboards and old dances; and of China."""

from __future__ import annotations

from bridge.composers.rules.idiom import Harmony, Idiom, LeadManner, groove

_CLASSIC = ("I IV V I", "I vi ii V", "I V vi IV", "I ii V I")
_CLASSIC_MINOR = ("i iv V i", "i VI iio V", "i VII III VI", "i iv VII III")
_DRUMS = (
    {"low_tom": ".... .... x.x. xxxx", "floor": ".... .... X... ..XX", "crash": ".... .... .... ...."},
    {"snare": ".... .... xxxx xxxX", "floor": ".... .... X... X..X"},
)
_WALTZ = (
    groove("x--- ---- ----", "R--- ---- ----"),
    groove("b--- x-.. x-..", "R--- ---- ----|5--- ---- ----", kick="x... .... ....", hat=".... o... o..."),
    groove(
        "B--- X-.. X-..",
        "R--- ---- ----|5--- ---- a---",
        kick="X... .... ....",
        snare=".... x... x..g",
        tambourine="x... o... o...",
    ),
)

ORCHESTRAL = (
    Idiom(
        "cinematic",
        ("epic", "orchestral", "film", "film score", "soundtrack", "trailer", "movie", "fantasy", "adventure", "hybrid"),
        (
            groove("x--- ---- ---- ----", "R--- ---- ---- ----", floor="o... .... .... ...."),
            groove("x-x- x-x- x-x- x-x-", "R--- ---- R--- ----", floor="X... ..x. x... x...", low_tom=".... .... ..o. ..o."),
            groove(
                "X-xx X-xx X-xx X-xx",
                "R--R --R- R--R --a-",
                floor="X..X ..X. X..X ..X.",
                low_tom="..x. x..x ..x. x.xx",
                snare=".... x... .... x.xx",
                crash="o... .... .... ....",
            ),
        ),
        {"lead": (60, 48, 56), "chords": (48, 61), "bass": (43, 48), "pad": (52, 48), "counter": (61, 68)},
        kit=48,
        fills=_DRUMS,
        harmony=Harmony(
            ("vi IV I V", "I bVI bVII I", "I V vi IV", "I iii IV iv"),
            ("i VI III VII", "i VI VII i", "i VI iv V", "i III VII IV"),
            0.9,
            0.6,
            ("bVI", "bVII", "iv", "bIII"),
            ("IV", "bII"),
        ),
        lead=LeadManner(0.8, 0.15, "diatonic", 11, 1.0),
        three=(
            groove("x--- ---- ----", "R--- ---- ----", floor="o... .... ...."),
            groove("x-x- x-x- x-x-", "R--- ---- ----", floor="X... ..x. x..."),
            groove(
                "X-xx X-xx X-xx", "R--R --R- R-a-", floor="X..X ..X. x.x.", low_tom="..x. x... .x.x", snare=".... .... x.xx"
            ),
        ),
        compound=(
            groove("x-- ---", "R-- ---", floor="o.. ..."),
            groove("xxx xxx", "R-- R--", floor="X.. x.x"),
            groove("Xxx Xxx", "R-R R-a", floor="X.x X.x", low_tom=".x. .xx", snare="... x.x"),
        ),
        loose_ms=7,
        fixed_voices=4,
        loudness=1.04,
    ),
    Idiom(
        "classical",
        (
            "baroque",
            "romantic classical",
            "chamber",
            "string quartet",
            "piano solo",
            "neoclassical",
            "symphonic",
            "opera",
            "romantic era",
            "impressionist",
        ),
        (
            groove("x--- ---- x--- ----", "R--- ---- ---- ----"),
            groove("1-3- 2-3- 1-3- 2-3-", "R--- ---- R--- ----", floor="o... .... .... ...."),
            groove("1323 1323 1323 1323", "R--- 5--- R--- a---", floor="x... .... o... ....", triangle=".... .... x... ...."),
        ),
        {"lead": (40, 73, 0), "chords": (0, 48), "bass": (42, 43), "pad": (48,), "counter": (42, 68)},
        kit=48,
        fills=({"floor": ".... .... o.o. oooo"}, {"triangle": ".... .... .... x.x."}),
        harmony=Harmony(
            _CLASSIC, _CLASSIC_MINOR, 0.1, 1.5, ("V/V", "V/vi", "V/ii", "V/IV"), ("V/iv", "V/III", "V/V", "bII"), moves=1.7
        ),
        lead=LeadManner(1.3, 0.08, "diatonic", 9, 0.9),
        loose_ms=9,
        loudness=0.92,
    ),
    Idiom(
        "waltz",
        ("viennese waltz", "valse", "minuet", "mazurka", "musette", "carousel", "chanson"),
        (
            groove("b--- x--- b--- x---", "R--- ---- 5--- ----"),
            groove("b--- x-.. b--- x-..", "R--- ---- 5--- ----", kick="x... .... x... ....", hat=".... o... .... o..."),
            groove(
                "B--- X-.. b-X- X-..",
                "R--- ---- 5--- a---",
                kick="X... .... X... ....",
                snare=".... x... ..o. x...",
                tambourine="x... o... x... o...",
            ),
        ),
        {"lead": (40, 73, 21), "chords": (48, 0, 21), "bass": (43, 32), "pad": (48,), "counter": (71, 60)},
        kit=48,
        fills=({"snare": ".... .... o.o. xxxx"}, {"snare": ".... .... x... x.xx", "triangle": ".... .... .... ..x."}),
        harmony=Harmony(
            ("I I V V", "I vi ii V", "I IV V I", "I V V I"),
            ("i i V V", "i iv V i", "i VI iio V"),
            0.2,
            1.4,
            ("V/V", "V/ii", "V/vi"),
            ("V/iv", "V/V"),
        ),
        lead=LeadManner(1.1, 0.05, "diatonic", 10, 0.92),
        three=_WALTZ,
        compound=(
            groove("x-- ---", "R-- ---"),
            groove("bxx bxx", "R-- 5--", kick="x.. x..", hat=".oo .oo"),
            groove("BXX bXX", "R-- 5-a", kick="X.. x..", snare=".xx .xx", tambourine="x.. x.."),
        ),
        loose_ms=9,
        loudness=0.95,
    ),
    Idiom(
        "march",
        ("military", "marching band", "anthem", "parade", "hymn", "fanfare", "polka"),
        (
            groove("b--- x-.. b--- x-..", "R--- .... 5--- ....", snare="o... o... o... o.oo"),
            groove(
                "b-.. x-.. b-.. x-..",
                "R-.. .... L-.. ....",
                kick="X... .... x... ....",
                snare="..x. x... x.xx x...",
                crash=".... .... .... ....",
            ),
            groove(
                "B-x. X-x. B-x. X-xx",
                "R-.. 5-.. L-.. a-..",
                kick="X... x... X... x...",
                snare="x.xx X.xx x.xx Xxxx",
                crash="o... .... o... ....",
            ),
        ),
        {"lead": (56, 72, 61), "chords": (61, 60), "bass": (58,), "pad": (60, 48), "counter": (57, 60)},
        kit=48,
        fills=(
            {"snare": "x.xx x.xx xxxx xxxX", "kick": "X... .... X... X..."},
            {"snare": "x... x... x.xx xxxX", "kick": "X... .... .... X..."},
        ),
        harmony=Harmony(
            ("I I V I", "I IV V I", "I V I V", "I vi ii V"),
            ("i i V i", "i iv V i", "i VI V i"),
            0.3,
            1.4,
            ("V/V", "V/ii", "V/vi"),
            ("V/iv", "V/III"),
        ),
        lead=LeadManner(1.25, 0.05, "diatonic", 10, 0.78),
        three=(
            groove("b--- x-.. x-..", "R--- .... ....", snare="o... o... o..."),
            groove("b-.. x-.. x-..", "R-.. .... 5-..", kick="X... .... ....", snare="..x. x... x.xx"),
            groove("B-x. X-x. X-xx", "R-.. 5-.. a-..", kick="X... .... x...", snare="x.xx X.xx Xxxx"),
        ),
        compound=(
            groove("b-x b-x", "R-. L-.", snare="o.o o.o"),
            groove("b-x b-x", "R-. L-.", kick="X.. x..", snare="..x x.x"),
            groove("B-X b-X", "R-. L-a", kick="X.. X..", snare="x.x Xxx", crash="o.. ..."),
        ),
        loose_ms=4,
        loudness=1.05,
    ),
    Idiom(
        "lullaby",
        ("children's song", "nursery", "music box", "cradle", "berceuse", "bedtime"),
        (
            groove("1--- 2--- 3--- 2---", "R--- ---- ---- ----"),
            groove("1-2- 3-2- 1-2- 3-2-", "R--- ---- 5--- ----", triangle="o... .... .... ...."),
            groove("1-2- 3-4- 3-2- 3-2-", "R--- ---- 5--- ----", triangle="o... .... o... ....", shaker="..o. ..o. ..o. ..o."),
        ),
        {"lead": (10, 8, 73), "chords": (46, 24, 0), "bass": (32, 43), "pad": (48, 52), "counter": (73, 11)},
        fills=({"triangle": ".... .... .... o.o."}, {"shaker": ".... .... o.o. o.o."}),
        harmony=Harmony(
            ("I IV I V", "I vi IV V", "I V I IV", "I I ii V"),
            ("i iv i V", "i VI III VII", "i iv V i"),
            0.4,
            1.2,
            ("V/V", "iv"),
            ("V/iv",),
        ),
        lead=LeadManner(0.95, 0.03, "diatonic", 8, 0.98),
        three=(
            groove("1--- 2--- 3---", "R--- ---- ----"),
            groove("1-2- 3-2- 3-2-", "R--- ---- ----", triangle="o... .... ...."),
        ),
        compound=(groove("1-- 3-2", "R-- ---"), groove("123 432", "R-- 5--", triangle="o.. ...")),
        loose_ms=10,
        loudness=0.72,
    ),
    Idiom(
        "chinese",
        (
            "chinese folk",
            "chinese traditional",
            "traditional chinese",
            "ancient chinese",
            "guofeng",
            "oriental",
            "asian",
            "japanese",
            "wuxia",
        ),
        (
            groove("1--- 2--- 3--- ----", "R--- ---- ---- ----", wood="o... .... .... ...."),
            groove("1-2- 3-4- 3-2- 3---", "R--- ---- 5--- ----", wood="x... ..o. .... o...", floor="x... .... o... ...."),
            groove(
                "B-23 4-32 B-23 4-54",
                "R--- --R- 5--- --a-",
                floor="X... ..x. x... x.x.",
                wood="x.o. x.oo x.o. x.o.",
                mid_tom=".... .... .... ..xx",
                crash="o... .... .... ....",
            ),
        ),
        {"lead": (110, 77, 73), "chords": (107, 15, 46), "bass": (43, 32), "pad": (48,), "counter": (77, 106)},
        kit=0,
        fills=(
            {"floor": ".... .... x... x.xx", "wood": ".... .... x.x. xxxx"},
            {"mid_tom": ".... .... x.x. ....", "floor": ".... .... .... xxxX"},
        ),
        harmony=Harmony(
            ("I vi IV V", "vi IV V I", "I IV vi V", "I ii vi V"),
            ("i VII VI VII", "i iv VII i", "i III iv VII"),
            0.6,
            0.5,
            ("bVII",),
            ("v",),
            "open",
        ),
        lead=LeadManner(1.1, 0.2, "pentatonic", 10, 1.0),
        three=(
            groove("1--- 2--- 3---", "R--- ---- ----", wood="o... .... ...."),
            groove("1-2- 3-4- 3-2-", "R--- ---- 5---", wood="x... ..o. o...", floor="x... .... ...."),
            groove("B-23 4-32 4-54", "R--- --5- a---", floor="X... ..x. x.x.", wood="x.o. x.oo x.o."),
        ),
        compound=(
            groove("1-- 2-3", "R-- ---", wood="o.. ..."),
            groove("123 432", "R-- 5--", wood="x.. o..", floor="x.. ..."),
            groove("B23 454", "R-R 5-a", floor="X.. x.x", wood="xox xox"),
        ),
        loose_ms=10,
        strum_ms=24,
        loudness=0.9,
    ),
)
