"""The log: a file in the state folder for each process, and what people see on the terminal."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler

from bridge.config import Config

FILE_BYTES_MAX = 5_000_000
OLD_FILES = 3


def start_log(config: Config, name: str) -> None:
    """Write what is logged from now on to ``NAME.log`` in the state folder, and to stderr."""
    path = config.folders.state / f"{name}.log"
    file = RotatingFileHandler(path, maxBytes=FILE_BYTES_MAX, backupCount=OLD_FILES, encoding="utf-8")
    logging.basicConfig(
        level=config.log_level.upper(),
        format=f"%(asctime)s %(levelname)s {name} %(name)s: %(message)s",
        handlers=[file, logging.StreamHandler()],
        force=True,
    )
