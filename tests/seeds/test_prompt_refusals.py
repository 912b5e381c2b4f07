"""What a prompt does not want."""

import pytest

from bridge.seeds.prompt import understand


@pytest.mark.parametrize(
    ("text", "instruments", "exclude"),
    [
        ("piano, no drums", ["piano"], ["drums"]),
        ("piano without vocals", ["piano"], ["vocals"]),
        ("without vocals, drums or bass, just a harp", ["harp"], ["vocals", "drums", "bass"]),
        ("no bass or drums, piano", ["piano"], ["bass", "drums"]),
        ("no drums and soft piano", ["piano"], ["drums"]),
        ("no heavy drums, piano", ["piano"], ["drums"]),
        ("no drums, bass and piano", ["bass", "piano"], ["drums"]),
        ("drumless piano", ["piano"], ["drums"]),
        ("no melody, strings", ["strings"], ["lead"]),
        ("不要鼓，钢琴", ["piano"], ["drums"]),
        ("没有贝斯和鼓，钢琴", ["piano"], ["bass", "drums"]),
        ("无鼓钢琴", ["piano"], ["drums"]),
        ("鼓和贝斯都不要，钢琴", ["piano"], ["drums", "bass"]),
        ("不要鼓、人声，要大提琴", ["cello"], ["drums", "vocals"]),
        ("鋼琴，沒有鼓聲", ["piano"], ["drums"]),
        ("特别温柔的钢琴", ["piano"], []),
        ("not only piano but also cello", ["piano", "cello"], []),
        ("everything but drums", [], ["drums"]),
        ("除了鼓都要", [], ["drums"]),
        ("鼓和贝斯除外，其他都要", [], ["drums", "bass"]),
        ("除了钢琴不要别的", ["piano"], []),
        ("除了钢琴，别的都不要", ["piano"], []),
        ("piano, cello. Exclude: drums, bass.", ["piano", "cello"], ["drums", "bass"]),
        ("drums? no. bass? yes", ["bass"], ["drums"]),
        ("Vocals: none", [], ["vocals"]),
        ("w/o drums", [], ["drums"]),
        ("guitar-free", [], ["guitar"]),
        ("I hate drums", [], ["drums"]),
        ("it doesn't need drums", [], ["drums"]),
        ("replace the guitar with a piano", ["piano"], ["guitar"]),
        ("把吉他换成钢琴", ["piano"], ["guitar"]),
        ("把鼓去掉", [], ["drums"]),
        ("less drums", ["drums"], []),
        ("easy on the drums", ["drums"], []),
    ],
)
def test_refused_instruments_are_excluded_and_the_others_stay(text: str, instruments: list[str], exclude: list[str]) -> None:
    style = understand(text)
    assert (list(style.instruments), list(style.exclude)) == (instruments, exclude)


def test_a_degree_refuses_the_mood_and_not_who_plays() -> None:
    style = understand("not too sad piano, 不要太悲伤的钢琴")
    assert (style.instruments, style.moods, style.exclude) == (("piano",), (), ())


@pytest.mark.parametrize(
    ("text", "moods"),
    [
        ("I don't want anything sad", ()),
        ("nothing too dark", ()),
        ("neither happy nor sad", ()),
        ("it isn't scary", ()),
        ("less sad, more hopeful", ("hopeful",)),
        ("不是悲伤的，要欢快的", ("joyful",)),
        ("不是很悲伤", ()),
        ("离别的悲伤", ("sad",)),
        ("海浪淹没的悲伤", ("sad",)),
    ],
)
def test_a_mood_that_is_refused_is_not_asked_for(text: str, moods: tuple[str, ...]) -> None:
    assert understand(text).moods == moods
