"""`stepbridge install DAW`: puts the DAW's scripts where it looks, says what it did, and can take it back."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bridge.commands.install_places import DAWS, Block, Daw, templates
from bridge.config import Config
from bridge.errors import RequestError

BLOCK_START, BLOCK_END = "stepbridge: begin (written by stepbridge install)", "stepbridge: end"


def add_arguments(parser: argparse.ArgumentParser, _name: str) -> None:
    """Declare the arguments."""
    parser.add_argument("daw", choices=sorted(DAWS), help="which DAW")
    parser.add_argument("--undo", action="store_true", help="take back what an earlier install did")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="the DAW's own folder (default: where this system has it)")


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Install or take back, a line for each file."""
    daw = DAWS[arguments.daw]
    home = (arguments.to or home_of(daw)).expanduser().absolute()
    record = config.folders.state / "installs" / f"{arguments.daw}-{hashlib.sha256(str(home).encode()).hexdigest()[:8]}.json"
    work = Installation(home, record, is_dry=arguments.dry_run)
    if arguments.undo:
        work.undo()
    else:
        work.install(arguments.daw, daw, settings(config))
    sys.stdout.write("".join(f"{line}\n" for line in work.said))
    if not arguments.undo:
        sys.stdout.write(f"\n{daw.title}: {daw.next_step}.\n")
    return 0


def home_of(daw: Daw) -> Path:
    """Return the DAW's folder on this system: the first one that exists, else the first that can be."""
    platform = "linux" if sys.platform.startswith("linux") else sys.platform
    folders = [os.path.expandvars(Path(folder).expanduser()) for folder in daw.homes.get(platform, ())]
    known = [Path(folder) for folder in folders if "$" not in folder]
    if not known:
        raise RequestError(
            f"to: no {daw.title} is known on this system; where you have one, name its folder with --to", field="to"
        )
    return next((folder for folder in known if folder.is_dir()), known[0])


def settings(config: Config) -> dict[str, str]:
    """Return what ``"@name@"`` stands for in the files: the folders of config.yaml, the ports, and this command."""
    command = Path(sys.argv[0]).absolute().with_name("stepbridge.exe" if sys.platform == "win32" else "stepbridge")
    return {
        "inbox": config.folders.inbox.absolute().as_posix(),
        "outbox": config.folders.outbox.absolute().as_posix(),
        "command": command.as_posix() if command.is_file() else shutil.which("stepbridge") or "stepbridge",
        "osc_port": str(config.osc.port),
        "rest_port": str(config.rest.port),
    }


@dataclass(frozen=True)
class Written:
    """A file that an install wrote, as the record keeps it."""

    path: str
    sha256: str
    backup: str = ""
    """Where the musician's own file of this name went."""
    is_block: bool = False


@dataclass
class Installation:
    """What is to be done in one folder of a DAW, or only said."""

    home: Path
    record: Path
    is_dry: bool
    said: list[str] = field(default_factory=list)

    def install(self, name: str, daw: Daw, values: dict[str, str]) -> None:
        """Write every file; one that is there and not ours is kept under another name."""
        before = {written.path: written for written in self._recorded()}
        written = [
            self._write(target, rendered(source, values), before.get(str(target))) for source, target in self._files(name, daw)
        ]
        blocks = [self._write_block(block) for block in daw.blocks]
        kept = [old for path, old in before.items() if path not in {new.path for new in (*written, *blocks)}]
        self._remember([*kept, *written, *blocks])

    def undo(self) -> None:
        """Remove what was written and put back what was there; what was changed since is left."""
        recorded = self._recorded()
        if not recorded:
            self.said.append(f"nothing was installed in {self.home}")
        for written in reversed(recorded):
            (self._remove_block if written.is_block else self._remove)(written)
        if not self.is_dry:
            self.record.unlink(missing_ok=True)

    def _files(self, name: str, daw: Daw) -> Iterator[tuple[Path, Path]]:
        folder = templates() / (daw.folder or name)
        for row in daw.rows:
            for source in sorted(path for path in folder.glob(row.files) if path.is_file()):
                yield source, self.home / row.folder / source.relative_to(folder)

    def _recorded(self) -> list[Written]:
        if not self.record.is_file():
            return []
        return [Written(**entry) for entry in json.loads(self.record.read_text(encoding="utf-8"))]

    def _remember(self, written: list[Written]) -> None:
        if self.is_dry:
            return
        self.record.parent.mkdir(parents=True, exist_ok=True)
        self.record.write_text(json.dumps([asdict(one) for one in written], indent=1), encoding="utf-8")

    def _write(self, target: Path, data: bytes, before: Written | None) -> Written:
        new = Written(str(target), _sha256(data), before.backup if before else "")
        there = _sha256(target.read_bytes()) if target.exists() else None
        if there == new.sha256:
            self.said.append(f"is there  {target}")
            return new
        is_theirs = there is not None and there != (before.sha256 if before else None)
        if is_theirs:
            backup = _free(target)
            new = Written(new.path, new.sha256, str(backup))
            self.said.append(f"keep      {backup} (was {target.name})")
            self._do(lambda: target.rename(backup))
        self.said.append(f"{'update' if there and not is_theirs else 'write':9} {target}")
        self._do(lambda: _put(target, data))
        return new

    def _write_block(self, block: Block) -> Written:
        target = self.home / block.file
        lines = _lines(target)
        start, stop = (f"{block.comment} {mark}" for mark in (BLOCK_START, BLOCK_END))
        wanted = [*_without_block(lines), start, *block.text.splitlines(), stop]
        self.said.append(f"{'is there ' if lines == wanted else 'add to   '} {target}")
        self._do(lambda: _put(target, _text(wanted)))
        return Written(str(target), "", is_block=True)

    def _remove_block(self, written: Written) -> None:
        target = Path(written.path)
        rest = _without_block(_lines(target))
        self.said.append(f"{'take from' if rest else 'remove   '} {target}")
        self._do(lambda: _put(target, _text(rest)) if rest else self._delete(target))

    def _remove(self, written: Written) -> None:
        target = Path(written.path)
        if target.exists() and _sha256(target.read_bytes()) != written.sha256:
            self.said.append(f"leave     {target} (changed since)")
            return
        self.said.append(f"remove    {target}")
        self._do(lambda: self._delete(target))
        backup = Path(written.backup)
        if written.backup and backup.exists():
            self.said.append(f"put back  {target}")
            self._do(lambda: _put_back(backup, target))

    def _do(self, action: Callable[[], object]) -> None:
        if not self.is_dry:
            action()

    def _delete(self, target: Path) -> None:
        """Remove a file and the folders that it leaves empty, up to the DAW's own."""
        target.unlink(missing_ok=True)
        for folder in target.parents:
            if folder == self.home or not folder.is_dir() or any(folder.iterdir()):
                return
            folder.rmdir()


def rendered(source: Path, values: dict[str, str]) -> bytes:
    """Return a file with every ``"@name@"`` replaced by its value, quoted as in JSON, Lua, JavaScript and Python."""
    data = source.read_bytes()
    for name, value in values.items():
        data = data.replace(f'"@{name}@"'.encode(), json.dumps(value, ensure_ascii=False).encode())
    return data


def _lines(target: Path) -> list[str]:
    return target.read_text(encoding="utf-8", errors="surrogateescape").splitlines() if target.exists() else []


def _text(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")


def _without_block(lines: list[str]) -> list[str]:
    """Return the lines that stand outside our marks."""
    rest, is_ours = [], False
    for line in lines:
        is_ours |= line.endswith(BLOCK_START)
        if not is_ours:
            rest.append(line)
        is_ours &= not line.endswith(BLOCK_END)
    return rest


def _put(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def _put_back(backup: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    backup.rename(target)


def _free(target: Path) -> Path:
    """Return a name beside a file that nothing has yet."""
    number, free = 1, target.with_name(f"{target.name}.before-stepbridge")
    while free.exists():
        number += 1
        free = target.with_name(f"{target.name}.before-stepbridge-{number}")
    return free


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
