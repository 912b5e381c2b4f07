import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.outbox.names import NAME_BYTES_MAX, hidden_job, hidden_name, job_digest, next_number, safe_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My Song", "My Song"),
        ("副歌 二", "副歌 二"),
        ("Stück Nr. 3", "Stück Nr. 3"),
        ("../../etc/passwd", "etc_passwd"),
        ("AC/DC: live?", "AC_DC_ live"),
        ("party 🎉🎉 mix", "party _ mix"),
        ("❤️", "untitled"),
        ("...", "untitled"),
        ("  .hidden. ", "hidden"),
        ("a\x00b\nc\td", "a_b_c_d"),
        ("con", "_con"),
        ("LPT1.wav", "_LPT1.wav"),
        ("console", "console"),
        ("e\u0301", "é"),
    ],
)
def test_names_stay_the_musicians_own_words_where_they_can(text: str, name: str) -> None:
    assert safe_name(text, "untitled") == name


def test_long_names_are_cut_between_characters() -> None:
    assert safe_name("歌" * 300, "x") == "歌" * (NAME_BYTES_MAX // 3)


@given(st.text(max_size=300))
def test_any_text_becomes_a_name_that_every_file_system_takes(text: str) -> None:
    name = safe_name(text, "untitled")
    assert 0 < len(name.encode()) <= NAME_BYTES_MAX + 1
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', name)
    assert name == name.strip(" ").strip(".") or name.startswith("_")
    assert name[0] not in ". "
    assert name[-1] not in ". "
    assert unicodedata.is_normalized("NFC", name)
    assert safe_name(name, "untitled") in {name, name.strip("_") or "untitled"}


@given(st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True), st.integers(1, 16))
def test_a_hidden_folder_tells_its_job(job_id: str, variation: int) -> None:
    name = hidden_name(job_id, variation, "0123abcd")
    assert name.startswith(".")
    assert hidden_job(name) == job_id


@pytest.mark.parametrize("name", ["chorus_b17_v001_0123abcd", ".git", ".job.v1.part", "job.v1.0123abcd.part"])
def test_other_folders_belong_to_no_job(name: str) -> None:
    assert hidden_job(name) is None


def test_numbers_count_on_from_the_highest_of_the_same_section_and_bar() -> None:
    names = [
        "verse_b1_v002_aaaaaaaa",
        "VERSE_b1_v009_aaaaaaaa",
        "verse_b1_v2_b5_v077_aaaaaaaa",
        "verse_b11_v050_aaaaaaaa",
        "notes",
    ]
    assert next_number(names, "verse_b1") == 10
    assert next_number(names, "verse_b2") == 1
    assert next_number(["verse_b1_v1000_aaaaaaaa"], "verse_b1") == 1001


def test_jobs_have_different_digests() -> None:
    assert re.fullmatch(r"[0-9a-f]{8}", job_digest("a"))
    assert job_digest("a") != job_digest("A")
