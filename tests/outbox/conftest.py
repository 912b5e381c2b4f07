import pytest

from tests.outbox.takes import plain_overview


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deliver many takes quickly: the picture, which has tests of its own, is a short text."""
    monkeypatch.setattr("bridge.outbox.files._write_overview", plain_overview)
