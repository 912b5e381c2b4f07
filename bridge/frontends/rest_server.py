"""Serves REST and the page from a thread of their own."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING

from bridge.config import Config
from bridge.errors import DaemonError

if TYPE_CHECKING:
    import uvicorn

    from bridge.core import Core

BACKLOG = 1024
STOP_SECONDS = 2
"""How long open downloads may go on when the daemon stops."""


class RestServer:
    """A web server in a thread; FastAPI and uvicorn are imported when it starts."""

    def __init__(self, core: Core, config: Config, port: int | None = None) -> None:
        self._core = core
        self._config = config
        self.port = config.rest.port if port is None else port
        """The port asked for, and from `start` on the one really bound: 0 finds a free one."""
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen, and answer from a thread; raises DaemonError where the address is taken or not ours."""
        import uvicorn  # noqa: PLC0415 - heavy, and OSC listens first

        from bridge.frontends.rest import make_app  # noqa: PLC0415

        listener = _listen(self._config.rest.host, self.port)
        self.port = listener.getsockname()[1]
        settings = uvicorn.Config(
            make_app(self._core, self._config),
            http="h11",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws_max_size=64 * 1024,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        self._server = uvicorn.Server(settings)
        serving = self._server.serve([listener])
        self._thread = threading.Thread(target=asyncio.run, args=(serving,), name="rest", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, let answers under way end for up to two seconds, and return when the thread is gone."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises DaemonError with what would help."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise DaemonError(
            f"rest.host: {host} is not an address of this machine ({error.strerror})", field="rest.host"
        ) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise DaemonError(
            f"rest.port: {host}:{port} cannot be used ({error.strerror}); is another daemon running? Choose another rest.port",
            field="rest.port",
        ) from None
    return listener
