"""Hidden folders in which deliveries are built, and the one rename that makes them visible.

Folders being built are held by an advisory lock that dies with its process, so that sweeping takes only what nobody
works on any more, with any number of daemons on one outbox. File systems without locks are believed to have one daemon.
"""

from __future__ import annotations

import errno
import itertools
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bridge.outbox.names import hidden_job, hidden_name, next_number

_TAKEN = {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}
"""What renaming a folder onto something that is there already answers."""
_CANNOT_SYNC = {errno.EINVAL, errno.ENOTSUP}


@contextmanager
def workshop(project: Path, job_id: str, variation: int) -> Iterator[Path]:
    """Give a new hidden folder inside `project`, which is made; removed at the end unless it was moved away."""
    folder = _new_folder(project, hidden_name(job_id, variation, secrets.token_hex(4)))
    try:
        with _lock(folder, wait=True):
            yield folder
    finally:
        _discard(folder)


def _new_folder(project: Path, name: str) -> Path:
    for attempt in itertools.count(1):
        project.mkdir(parents=True, exist_ok=True)
        try:
            (project / name).mkdir()
        except FileNotFoundError:  # another job that was given up took the empty project folder away
            if attempt == 3:
                raise
        else:
            break
    return project / name


def put_in_place(folder: Path, stem: str, job8: str) -> Path:
    """Rename a finished folder to ``<stem>_v<next number>_<job8>`` beside it, never onto another; return its new path."""
    project = folder.parent
    sync_folder(folder)
    with _lock(project, wait=True):
        for number in itertools.count(next_number((path.name for path in project.iterdir()), stem)):
            target = project / f"{stem}_v{number:03}_{job8}"
            try:
                folder.rename(target)
            except OSError as error:
                if error.errno not in _TAKEN:
                    raise
            else:
                break
    sync_folder(project)
    sync_folder(project.parent)
    return target


def sweep_folder(outbox: Path, job_id: str | None) -> None:
    """Remove the hidden folders of a job, or of every job, that no process works on."""
    for project in _folders(outbox):
        for folder in _folders(project):
            job = hidden_job(folder.name)
            if job is None or job_id not in {None, job}:
                continue
            with _lock(folder, wait=False) as is_free:
                if is_free:
                    _discard(folder)


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder are on the disk, on file systems that can promise it."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
    finally:
        os.close(handle)


def _folders(parent: Path) -> list[Path]:
    """Return the folders in a folder; none where it is gone or cannot be read."""
    try:
        return [Path(entry.path) for entry in os.scandir(parent) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _discard(folder: Path) -> None:
    """Remove a hidden folder, and its project where nothing else is in it."""
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()


@contextmanager
def _lock(folder: Path, *, wait: bool) -> Iterator[bool]:
    """Hold a folder; gives False where another process or thread holds it and `wait` is not asked for."""
    try:
        import fcntl  # noqa: PLC0415 - Windows has none

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield True
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            is_held = True
        except BlockingIOError:
            is_held = False
        except OSError:  # no locks on this file system
            is_held = True
        yield is_held
    finally:
        os.close(handle)
