"""All engine devices of this machine, each with a worker process of its own."""

from __future__ import annotations

from bridge.config import Config
from bridge.engines.engine import Capabilities
from bridge.events import Bus
from bridge.jobs.device import Device
from bridge.jobs.store import Store

RUNNER = "bridge.pipeline"
GRACE_SECONDS = 2.0
"""What a job in work gets to end by itself when the daemon stops."""


class Workers:
    """Has the jobs of a store made, the oldest first, one at a time on each device."""

    def __init__(self, store: Store, bus: Bus, config: Config, *, lock_file: int, runner: str = RUNNER) -> None:
        """Take `lock_file`, the open file of the state folder's lock, to lend it to the worker processes."""
        self._devices = [Device(name, store, bus, config, runner, lock_file) for name in ("cpu",)]

    def start(self) -> None:
        """Start the workers and return at once; each removes first what others that were killed left half-written."""
        for device in self._devices:
            device.start()

    def wake(self) -> None:
        """Say that there are new jobs."""
        for device in self._devices:
            device.wake()

    def cancel(self, job_id: str) -> None:
        """Have a job cancelled, wherever it is; the event tells when that is so."""
        for device in self._devices:
            device.cancel(job_id)

    def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """End all workers; a job that is not made within the grace goes back to the queue."""
        for device in self._devices:
            device.stop(grace_seconds)
        for device in self._devices:
            device.join()

    @property
    def engines(self) -> list[Capabilities]:
        """What the engines can do on the devices whose workers have come up."""
        return [engine for device in self._devices for engine in device.engines]

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that are up."""
        return [pid for device in self._devices if (pid := device.worker_pid) is not None]
