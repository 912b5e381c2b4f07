import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.errors import DeliveryError
from bridge.outbox.delivery import deliver
from bridge.outbox.reading import read_take
from bridge.step import ignore
from tests.outbox import takes

pytestmark = pytest.mark.usefixtures("undrawn")


def delivered(outbox: Path, **fields: Any) -> Path:
    place = takes.section(3, 5, "6/8", tempo_changes=True)
    return deliver(takes.take(place), takes.job(**fields), takes.brief(place), 1, outbox, timings={}, step=ignore)


def test_a_score_comes_back_note_for_note(tmp_path: Path) -> None:
    place = takes.section(3, 5, "6/8", tempo_changes=True)
    back = read_take(delivered(tmp_path, seed_mode="free"))
    assert back.score == takes.take(place).score
    assert back.request == takes.job(seed_mode="free").request
    assert (back.random_seed, back.sample_rate_hz) == (7, 48000)
    assert back.gains_db == {"lead": -1.5, "chords": -3.0, "bass": -4.5, "drums": -6.0}


@pytest.mark.parametrize(
    ("formats", "bit_depth", "tolerance"), [(["wav"], "32f", 0), (["flac", "wav"], "24", 2**-24), (["ogg"], "24", 0.2)]
)
def test_a_take_comes_back_with_its_sound(tmp_path: Path, formats: list[str], bit_depth: str, tolerance: float) -> None:
    take = takes.take(takes.section(3, 5, "6/8", tempo_changes=True))
    back = read_take(delivered(tmp_path, formats=formats, bit_depth=bit_depth)).take()
    assert back.mix is not None
    assert take.mix is not None
    assert np.abs(back.mix.samples - take.mix.samples).max() <= tolerance
    for old, new in zip(take.stems, back.stems, strict=True):
        assert (old.part, old.gain_db, old.samples.dtype) == (new.part, new.gain_db, new.samples.dtype)
        assert np.abs(new.samples - old.samples).max() <= tolerance
        assert (new.tail is None) == (old.tail is None)
        if old.tail is not None and new.tail is not None:
            assert np.abs(new.tail - old.tail).max() <= tolerance


def test_sound_at_another_rate_is_refused_with_what_would_help(tmp_path: Path) -> None:
    place = takes.section(1)
    take, job = takes.take(place, 96000), takes.job(sample_rate_hz=96000, formats=["mp3"])
    back = read_take(deliver(take, job, takes.brief(place), 1, tmp_path, timings={}, step=ignore))
    with pytest.raises(DeliveryError, match="wav or flac") as caught:
        back.samples("lead")
    assert caught.value.code == "unknown_part"
    with pytest.raises(DeliveryError, match="it has lead, chords, bass, drums, mix"):
        back.samples("pad")


def test_what_was_changed_after_it_was_delivered_is_named(tmp_path: Path) -> None:
    path = delivered(tmp_path)
    back = read_take(path)
    (path.parent / "bass.wav").write_bytes(b"RIFF")
    (path.parent / "mix.wav").unlink()
    for part, reason in (("bass", "bass.wav was changed"), ("mix", "mix.wav cannot be read")):
        with pytest.raises(DeliveryError, match=reason) as caught:
            back.samples(part)
        assert caught.value.code == "take_damaged"
    assert len(back.samples("lead")) == back.manifest["section"]["frames"]


@pytest.mark.parametrize(
    ("content", "code", "reason"),
    [
        (None, "take_damaged", "the manifest cannot be read"),
        ("nonsense", "take_damaged", "is not JSON"),
        ("[]", "unknown_schema", "schema None"),
        ('{"schema": "stepbridge.take/9"}', "unknown_schema", "'stepbridge.take/9'; this version reads stepbridge.take/1"),
        ('{"schema": "stepbridge.take/1"}', "take_damaged", "KeyError 'section'"),
    ],
)
def test_what_is_no_manifest_of_ours_is_refused(tmp_path: Path, content: str | None, code: str, reason: str) -> None:
    path = tmp_path / "manifest.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(DeliveryError, match=reason) as caught:
        read_take(path)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "field", ["section", "meter", "tempo", "key", "midi", "request", "chords", "markers", "random_seed", "stems"]
)
def test_a_broken_field_is_refused_with_the_path_of_the_manifest(tmp_path: Path, field: str) -> None:
    path = delivered(tmp_path)
    fields = json.loads(path.read_text())
    broken: tuple[Any, ...] = (None, "x", [None], [{}], {"bars": "x"})
    for value in broken:
        path.write_text(json.dumps(fields | {field: value}))
        with pytest.raises(DeliveryError, match=re.escape(str(path))):
            read_take(path)
