"""The OSC door over a core that remembers; tests of other doors have their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.frontends.osc import OscServer
from tests.frontends.osc_client import OscClient
from tests.frontends.osc_core import OscCore, answering


@pytest.fixture
def core(tmp_path: Path) -> OscCore:
    return OscCore(tmp_path)


@pytest.fixture
def server(core: OscCore, tmp_path: Path) -> Iterator[OscServer]:
    with answering(core, tmp_path) as server:
        yield server


@pytest.fixture
def client(server: OscServer) -> Iterator[OscClient]:
    with OscClient(server.port) as client:
        yield client
