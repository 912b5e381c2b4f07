import pytest

from tests.outbox.takes import plain_pages


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deliver many takes quickly: picture and report, which have tests of their own, are short texts."""
    monkeypatch.setattr("bridge.outbox.files._write_pages", plain_pages)
