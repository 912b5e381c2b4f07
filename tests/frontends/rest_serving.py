"""A real server on a free port, for tests of REST."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import httpx

from bridge.config import Config
from bridge.core import Core
from bridge.frontends.rest_server import RestServer
from tests.frontends.small_core import SmallCore


@contextmanager
def serving(core: SmallCore | Core, config: Config | None = None) -> Iterator[httpx.Client]:
    """Give a client of a running server."""
    config = config or Config()
    server = RestServer(cast("Core", core), config, port=0)
    server.start()
    host = "127.0.0.1" if config.rest.token else config.rest.host
    try:
        with httpx.Client(base_url=f"http://{host}:{server.port}", timeout=20.0) as client:
            yield client
    finally:
        server.stop()
