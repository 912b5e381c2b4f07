"""REAPER as its scripts see it: every name and argument count of the published list of functions, and no other.

Functions that scripts here call are modelled; any other one ends the test with its name. Lua is the real one.
"""
# ruff: noqa: N802, FBT001 - names and arguments are REAPER's own

import copy
import json
import math
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lupa import lua54

from tests.daw.fake_functions import ProjectFunctions
from tests.daw.fake_project import MediaItem, MediaItem_Take, MediaTrack, PCM_source, ReaProject

API = json.loads((Path(__file__).parent.parent / "data" / "reaper_api_7.40.json").read_text(encoding="utf-8"))["functions"]
SIGNATURES = {name.removeprefix("reaper."): entry["params"] for name, entry in API.items() if name.startswith("reaper.")}
UNLISTED = {"defer": [["fn", "function"]], "atexit": [["fn", "function"]], "set_action_options": [["flag", "integer"]]}
"""Functions of Lua only, whose arguments the list leaves out (REAPER's own help has them)."""


KINDS: dict[str, Callable[[Any], bool]] = {
    "ReaProject": lambda value: value is None or value == 0 or isinstance(value, ReaProject),
    "MediaTrack": lambda value: isinstance(value, MediaTrack),
    "MediaItem": lambda value: isinstance(value, MediaItem),
    "MediaItem_Take": lambda value: isinstance(value, MediaItem_Take),
    "PCM_source": lambda value: isinstance(value, PCM_source),
    "integer": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value == int(value),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value),
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str | bytes),
    "function": callable,
    "optional": lambda _value: True,
}


class ReaperError(Exception):
    """What a script may not do."""


class FakeReaper(ProjectFunctions):
    """One running REAPER: an open project, scripts, and what they did."""

    def __init__(self, resources: Path, project: ReaProject | None = None) -> None:
        self.resources = resources
        self.project = project or ReaProject()
        self.calls: Counter[str] = Counter()
        self.console: list[str] = []
        self.line = ""
        self.answers: str | None = None
        self.questions: list[tuple[Any, ...]] = []
        self.processes: list[tuple[str, int]] = []
        self.deferred: list[Callable[[], None]] = []
        self.now = 0.0
        self.play_state = 0
        self.unreadable: set[str] = set()
        self.actions: list[str] = []
        self.options: list[int] = []
        self.refresh_held = 0
        self.violations: list[str] = []
        self._open_undo: list[list[MediaTrack]] = []
        self._ext: dict[tuple[str, str], str] = {}
        self._listings: dict[tuple[str, str], list[str]] = {}
        self._scripts: list[Any] = []

    def run(self, script: Path) -> None:
        """Run a script as its action does, in a Lua of its own."""
        lua = lua54.LuaRuntime(unpack_returned_tuples=True, encoding=None, source_encoding="utf-8")
        self._scripts.append(lua)
        guarded = lua.execute(GUARD)
        lua.globals()[b"reaper"] = guarded(
            lua.table_from({name.encode(): self._function(name) for name in SIGNATURES}),
            lua.table_from({name.encode(): _counts(name)[0] for name in SIGNATURES}),
            lua.table_from({name.encode(): _counts(name)[1] for name in SIGNATURES}),
            lambda text: self._forbid(text.decode()),
        )
        lua.globals()[b"dofile"](str(script).encode())
        self._check()

    def turns(self, count: int, seconds: float = 1.1) -> None:
        """Let deferred functions have their turns, some seconds apart."""
        for _ in range(count):
            self.now += seconds
            due, self.deferred = self.deferred, []
            for function in due:
                function()
            self._check()

    def _check(self) -> None:
        assert not self.violations, self.violations
        assert not self._open_undo, "an undo block was left open"
        assert self.refresh_held == 0, "the screen was left frozen"

    def _forbid(self, text: str) -> None:
        """End the script; the test too, even where the script catches the error."""
        self.violations.append(text)
        raise ReaperError(text)

    def _function(self, name: str) -> Callable[..., Any]:
        model = getattr(self, f"api_{name}", None)
        kinds = [kind for _, kind in UNLISTED.get(name, SIGNATURES[name])]

        def call(*arguments: Any) -> Any:
            self.calls[name] += 1
            if not callable(model):
                self._forbid(f"reaper.{name} is not modelled: is it meant to be called?")
            values = [_text(argument) for argument in arguments]
            for value, kind in zip(values, kinds, strict=False):
                if not KINDS.get(kind, lambda _value: True)(value):
                    self._forbid(f"reaper.{name}: {value!r} is no {kind}")
            return _bytes(model(*values)) if callable(model) else None

        return call

    # What REAPER says and asks

    def api_Help_Set(self, text: str, _is_temporary: bool) -> None:
        self.line = text

    def api_ShowConsoleMsg(self, text: str) -> None:
        self.console.append(text)

    def api_GetUserInputs(self, title: str, count: int, captions: str, values: str) -> tuple[bool, str]:
        self.questions.append((title, count, captions, values))
        return (False, values) if self.answers is None else (True, self.answers)

    def api_ExecProcess(self, command: str, milliseconds: int) -> str:
        self.processes.append((command, milliseconds))
        return "0\n"

    def api_defer(self, function: Callable[[], None]) -> None:
        self.deferred.append(function)

    def api_set_action_options(self, flags: int) -> None:
        self.options.append(flags)

    def api_AddRemoveReaScript(self, is_added: bool, section: int, path: str, is_last: bool) -> int:
        assert (is_added, section, Path(path).is_file()) == (True, 0, True)
        self.actions.append(f"{Path(path).name}{'!' if is_last else ''}")
        return 40000 + len(self.actions)

    def api_time_precise(self) -> float:
        return self.now

    def api_genGuid(self, _text: str) -> str:
        return f"{{{uuid.uuid4()}}}".upper()

    def api_GetExtState(self, section: str, key: str) -> str:
        return self._ext.get((section, key), "")

    def api_SetExtState(self, section: str, key: str, value: str, _is_kept: bool) -> None:
        self._ext[section, key] = value

    # Folders

    def api_GetResourcePath(self) -> str:
        return str(self.resources)

    def api_file_exists(self, path: str) -> bool:
        return Path(path).is_file()

    def api_RecursiveCreateDirectory(self, path: str, _ignored: int) -> int:
        Path(path).mkdir(parents=True, exist_ok=True)
        return 1

    def api_EnumerateFiles(self, path: str, index: int) -> str | None:
        return self._listed("files", path, index)

    def api_EnumerateSubdirectories(self, path: str, index: int) -> str | None:
        return self._listed("folders", path, index)

    def _listed(self, what: str, path: str, index: int) -> str | None:
        """A listing is kept until index -1 asks for it to be read again, as in REAPER."""
        if index == -1:
            self._listings.pop((what, path), None)
            return None
        if (what, path) not in self._listings:
            entries = sorted(Path(path).iterdir()) if Path(path).is_dir() else []
            self._listings[what, path] = [entry.name for entry in entries if entry.is_dir() == (what == "folders")]
        names = self._listings[what, path]
        return names[index] if index < len(names) else None

    # The project and its memory

    def api_EnumProjects(self, index: int) -> tuple[ReaProject, str]:
        assert index == -1
        return self.project, self.project.name

    def api_GetProjectName(self, _project: Any) -> str:
        return self.project.name

    def api_GetProjExtState(self, _project: Any, section: str, key: str) -> tuple[int, str]:
        value = self.project.memory.get(f"{section}/{key}".upper(), "")
        return len(value), value

    def api_SetProjExtState(self, _project: Any, section: str, key: str, value: str) -> int:
        self.project.memory[f"{section}/{key}".upper()] = value
        return len(value)

    def api_EnumProjExtState(self, _project: Any, section: str, index: int) -> tuple[bool, str, str]:
        """REAPER gives keys back in upper case."""
        prefix = f"{section}/".upper()
        pairs = [(key.removeprefix(prefix), value) for key, value in self.project.memory.items() if key.startswith(prefix)]
        return (True, *pairs[index]) if index < len(pairs) else (False, "", "")

    def api_GetPlayStateEx(self, _project: Any) -> int:
        return self.play_state

    # Undo

    def api_Undo_BeginBlock2(self, _project: Any) -> None:
        self._open_undo.append(copy.deepcopy(self.project.tracks))

    def api_Undo_EndBlock2(self, _project: Any, name: str, flags: int) -> None:
        assert flags == -1
        self.project.undo.append((name, self._open_undo.pop()))

    def api_Undo_CanUndo2(self, _project: Any) -> str | None:
        return self.project.undo[-1][0] if self.project.undo else None

    def api_Undo_DoUndo2(self, _project: Any) -> int:
        _, self.project.tracks = self.project.undo.pop()
        return 1

    def api_PreventUIRefresh(self, count: int) -> None:
        self.refresh_held += count

    def api_UpdateArrange(self) -> None:
        """Nothing to draw."""


GUARD = b"""
return function(functions, fewest, most, forbid)
  local reaper = {}
  for name, call in pairs(functions) do
    reaper[name] = function(...)
      local given = select("#", ...)
      if given < fewest[name] or given > most[name] then
        forbid(("reaper.%s takes %d to %d arguments, %d were given"):format(name, fewest[name], most[name], given))
      end
      return call(...)
    end
  end
  return setmetatable(reaper, {
    __index = function(_, name) forbid("reaper." .. name .. " is in no published list of functions") end,
    __newindex = function() forbid("scripts leave the reaper table as it is") end,
  })
end
"""


def _counts(name: str) -> tuple[int, int]:
    """Return the least and the most arguments of a function."""
    kinds = [kind for _, kind in UNLISTED.get(name, SIGNATURES[name])]
    return sum(kind != "optional" for kind in kinds), len(kinds)


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def _bytes(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_bytes, value))
    return value.encode() if isinstance(value, str) else value
