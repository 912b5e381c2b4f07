"""What the published stubs of Live say: every class, its properties and methods, their arguments and types."""

import ast
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

VERSION = (12, 3, 6)
"""Of Live, whose stubs these are."""
SINCE = {
    "Track.create_audio_clip": (12, 0, 5),
    "Track.create_midi_clip": (12, 0, 5),
    "ClipSlot.create_audio_clip": (12, 0, 5),
    "Track.create_take_lane": (12, 2, 0),
    "Track.take_lanes": (12, 2, 0),
    "Song.scale_mode": (12, 0, 0),
}
"""What Live 11 does not have; the rest of what is modelled is in its API too. Take lanes and MIDI clips: not before these."""


class Parameter(NamedTuple):
    """One argument of a method."""

    name: str
    kind: str
    is_optional: bool


class Member(NamedTuple):
    """A property, or a method where there are parameters."""

    kind: str
    """Of the property, or of what the method returns."""
    is_settable: bool = False
    parameters: tuple[Parameter, ...] | None = None
    is_positional: bool = False


def stubs() -> Path:
    return Path(str(distribution("ableton-live-stubs").locate_file("Live-stubs")))


@cache
def members(name: str) -> dict[str, Member]:
    """Return the members of a class such as "Track" or "Song.View"."""
    outer, _, inner = name.partition(".")
    for path in stubs().glob("*.pyi"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name == outer:
                nested = [one for one in node.body if isinstance(one, ast.ClassDef) and one.name == inner]
                return _members(nested[0] if inner else node)
    raise AssertionError(f"{name} is in no published stub")


def _members(node: ast.ClassDef) -> dict[str, Member]:
    found: dict[str, Member] = {}
    for function in (one for one in node.body if isinstance(one, ast.FunctionDef)):
        decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
        returned = ast.unparse(function.returns) if function.returns else "None"
        if "property" in decorators:
            found[function.name] = Member(returned)
        elif decorators:
            found[function.name] = found[function.name]._replace(is_settable=True)
        else:
            found[function.name] = Member(
                returned, parameters=_parameters(function.args), is_positional=bool(function.args.posonlyargs)
            )
    return found


def _parameters(arguments: ast.arguments) -> tuple[Parameter, ...]:
    every = [*arguments.posonlyargs, *arguments.args]
    first_optional = len(every) - len(arguments.defaults)
    return tuple(
        Parameter(one.arg, ast.unparse(one.annotation) if one.annotation else "Any", index >= first_optional)
        for index, one in enumerate(every)
        if one.arg != "self"
    )
