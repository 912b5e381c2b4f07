"""A daemon to be killed: ``python daemon.py FOLDER``, then one id a line; answers ``accepted ID`` once that is so."""

import sys
from pathlib import Path

from bridge.config import Config, FoldersConfig
from bridge.core import Core
from bridge.job import Order

folder = Path(sys.argv[1])
folders = FoldersConfig(inbox=folder / "inbox", outbox=folder / "outbox", clips=(), state=folder / "state")
core = Core(Config(folders=folders), runner="job_runner")
core.start()
sys.stdout.write("up\n")
sys.stdout.flush()
for line in sys.stdin:
    job = core.submit(Order({"prompt": "sleep 0.02", "variations": 2}, line.strip()))
    sys.stdout.write(f"accepted {job.id}\n")
    sys.stdout.flush()
core.stop()
