"""`stepbridge export --dawproject OUT TAKE…|PROJECT`: takes as one file that a DAW opens as a song."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.config import Config
from bridge.errors import DeliveryError, RequestError

if TYPE_CHECKING:
    from bridge.outbox.dawproject_song import Song
    from bridge.outbox.reading import DeliveredTake

SUFFIX = ".dawproject"
RULES = """
TAKE is the folder or manifest.json of a delivery, or the id of a job; PROJECT is a folder of the outbox, or its name:
all takes in it. Each part becomes an audio track and a MIDI track, at the bars of its sections, with the song's tempo,
meters, markers and colours; audio is packed into the file. Where several takes lie over each other, one plays and the others
wait on muted tracks called "… alternative": a TAKE that is named plays before those of a PROJECT, the first one named before
the next, and of a PROJECT the newest. Reverb that rings on after a section lies on tracks called "… tail".
"""


def add_arguments(parser: argparse.ArgumentParser, _name: str) -> None:
    """Declare the arguments."""
    parser.epilog = " ".join(RULES.split())
    parser.add_argument("--dawproject", type=Path, metavar="OUT", required=True, help=f"file to write, such as song{SUFFIX}")
    parser.add_argument("takes", nargs="+", metavar="TAKE|PROJECT", help="what to put into it")
    parser.add_argument("--force", action="store_true", help="replace OUT where it exists")
    parser.add_argument("--json", action="store_true", help="print one line of JSON, for machines")


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Write the file and say what is in it."""
    from bridge.outbox.dawproject_song import song_of

    out = arguments.dawproject if arguments.dawproject.suffix == SUFFIX else Path(f"{arguments.dawproject}{SUFFIX}")
    if out.exists() and not arguments.force:
        raise RequestError(
            f"dawproject: {out} exists; choose another name or add --force", field="dawproject", code="bad_value"
        )
    takes = takes_named(arguments.takes, config.folders.outbox)
    song = song_of(takes)
    _write(out, song, takes)
    _tell(arguments, out.resolve(), song, len(takes))
    return 0


def takes_named(words: list[str], outbox: Path) -> list[DeliveredTake]:
    """Return the takes, the most wanted first: those named, in that order, then those of projects, the newest first."""
    from bridge.outbox.reading import read_take

    named: dict[Path, None] = {}
    of_projects: set[Path] = set()
    for word in words:
        paths, is_project = _manifests(word, outbox)
        if is_project:
            of_projects.update(paths)
        else:
            named |= dict.fromkeys(paths)
    others = [read_take(path) for path in of_projects - set(named)]
    others.sort(key=lambda take: (take.manifest["created"], take.manifest["variation"], take.manifest_path), reverse=True)
    return [*(read_take(path) for path in named), *others]


def _manifests(word: str, outbox: Path) -> tuple[list[Path], bool]:
    """Return the manifests that a word of the command line means, and whether it means a project."""
    from bridge.outbox.delivery import find_deliveries
    from bridge.outbox.manifest import MANIFEST_NAME
    from bridge.outbox.names import safe_name

    path = Path(word).expanduser()
    if path.is_file() or (path / MANIFEST_NAME).is_file():
        return [(path if path.is_file() else path / MANIFEST_NAME).resolve()], False
    for folder in (path, outbox / safe_name(word, "_")):
        if found := [place.resolve() for place in _deliveries(folder)]:
            return found, True
    if by_id := find_deliveries(outbox, word):
        return [by_id[variation].resolve() for variation in sorted(by_id)], False
    raise RequestError(
        f"takes: {word!r} is no delivery, no job and no project in {outbox}; give a folder, an id or a project's name",
        field="takes",
        code="unknown_take",
    )


def _deliveries(folder: Path) -> Iterator[Path]:
    from bridge.outbox.manifest import MANIFEST_NAME

    return (path for path in folder.glob(f"*/{MANIFEST_NAME}") if not path.parent.name.startswith("."))


def _write(out: Path, song: Song, takes: list[DeliveredTake]) -> None:
    """Write the file whole or not at all."""
    from bridge.outbox.dawproject import About, write_dawproject

    newest = max(takes, key=lambda take: str(take.manifest["created"])).manifest
    prompts = dict.fromkeys(" ".join(take.request.prompt.split()) for take in takes)
    title = takes[0].manifest["project"]
    about = About(title, "; ".join(filter(None, prompts)), "", datetime.fromisoformat(newest["created"]).year)
    temporary = out.with_name(f".{out.name}.tmp")
    try:
        with temporary.open("wb") as file:
            write_dawproject(file, song.arrangement, about, song.media)
        temporary.replace(out)
    except OSError as error:
        raise DeliveryError(f"dawproject {out}: cannot be written ({error.strerror or error})") from None
    finally:
        temporary.unlink(missing_ok=True)


def _tell(arguments: argparse.Namespace, out: Path, song: Song, number_of_takes: int) -> None:
    tracks = song.arrangement.tracks
    if arguments.json:
        said = {"file": str(out), "takes": number_of_takes, "tracks": [track.name for track in tracks]}
        sys.stdout.write(json.dumps({**said, "warnings": song.warnings}, ensure_ascii=False) + "\n")
        return
    for warning in song.warnings:
        sys.stderr.write(f"note: {warning}\n")
    sys.stdout.write(f"{out}: {number_of_takes} takes\n")
    for track in tracks:
        clips = ", ".join(clip.name.rpartition(f" {track.part}")[0] for clip in track.clips)
        sys.stdout.write(f"  {track.name}{'  (muted)' if track.is_muted else ''}: {clips}\n")
