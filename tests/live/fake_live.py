"""Live as its scripts see it: every name and argument of the published stubs, no other, and only on the main thread.

What scripts here use is modelled in `fake_set`; anything else ends the test with its name.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from tests.live.published import SINCE, Member, members

CHANGING = ("create_", "delete_", "duplicate_", "add_new", "set_", "begin_", "end_")
"""How methods begin that change the set."""


class LiveError(Exception):
    """What a script may not do."""


class Model:
    """Something in a set, as the tests see it."""

    published = ""
    """Its class in the stubs."""
    live: "FakeLive"
    is_deleted = False


class LiveObject:
    """Something in a set, as scripts see it."""

    def __init__(self, model: Model) -> None:
        object.__setattr__(self, "_model", model)

    def __getattr__(self, name: str) -> Any:
        return self._model.live.get(self._model, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._model.live.set(self._model, name, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LiveObject) and other._model is self._model

    def __hash__(self) -> int:
        return id(self._model)


class Vector:
    """A list of Live's: it can be counted, indexed and gone through, and nothing else."""

    def __init__(self, values: Iterable[Any]) -> None:
        self._values = list(values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __getitem__(self, index: int) -> Any:
        return self._values[index]

    def __len__(self) -> int:
        return len(self._values)


class FakeLive:
    """One running Live of some version: its rules, and what was done against them."""

    def __init__(self, version: tuple[int, int, int] = (12, 3, 6)) -> None:
        self.version = version
        self.violations: list[str] = []
        self.undo: list[list[str]] = []
        """Steps that the musician can take back, each with its changes."""
        self._thread = threading.get_ident()
        self._is_notifying = False
        self._open_step: list[str] | None = None

    def forbid(self, text: str) -> NoReturn:
        """End the script, and the test too, even where the script catches the error."""
        self.violations.append(text)
        raise LiveError(text)

    def check(self) -> None:
        assert not self.violations, self.violations
        assert self._open_step is None, "an undo step was left open"

    @contextmanager
    def notifying(self) -> Iterator[None]:
        """Live calls a listener: nothing may be changed meanwhile."""
        self._is_notifying = True
        try:
            yield
        finally:
            self._is_notifying = False

    def begin_step(self) -> None:
        if self._open_step is not None:
            self.forbid("an undo step is open already")
        self._open_step = []

    def end_step(self) -> None:
        if self._open_step is None:
            self.forbid("no undo step is open")
        if self._open_step:
            self.undo.append(self._open_step)
        self._open_step = None

    def get(self, model: Model, name: str) -> Any:
        member = self._member(model, name)
        if member.parameters is None:
            if not hasattr(model, name):
                self.forbid(f"{model.published}.{name} is not modelled")
            return shown(getattr(model, name))
        return self._method(model, name, member)

    def set(self, model: Model, name: str, value: Any) -> None:
        member, where = self._member(model, name), f"{model.published}.{name}"
        if not member.is_settable:
            self.forbid(f"{where} cannot be set")
        self._check_kind(where, value, member.kind)
        self._changed(where)
        setattr(model, name, meant(value))

    def _member(self, model: Model, name: str) -> Member:
        where = f"{model.published}.{name}"
        if threading.get_ident() != self._thread:
            self.forbid(f"{where} is used outside Live's main thread")
        if name not in members(model.published):
            self.forbid(f"{where} is in no published stub")
        if SINCE.get(where, (11, 0, 0)) > self.version:
            raise AttributeError(f"{model.published} object has no attribute {name!r}")
        if model.is_deleted:
            self.forbid(f"{where}: this object is gone")
        return members(model.published)[name]

    def _method(self, model: Model, name: str, member: Member) -> Callable[..., Any]:
        where, parameters = f"{model.published}.{name}", member.parameters or ()

        def call(*arguments: Any, **named: Any) -> Any:
            fewest = sum(not parameter.is_optional for parameter in parameters)
            if named or not fewest <= len(arguments) <= len(parameters):
                self.forbid(
                    f"{where} takes {fewest} to {len(parameters)} arguments, {len(arguments)} and {sorted(named)} were given"
                )
            for parameter, argument in zip(parameters, arguments, strict=False):
                self._check_kind(f"{where}({parameter.name})", argument, parameter.kind)
            if not hasattr(model, name):
                self.forbid(f"{where} is not modelled: is it meant to be called?")
            if name.startswith(CHANGING):
                self._changed(where)
            return shown(getattr(model, name)(*map(meant, arguments)))

        return call

    def _changed(self, where: str) -> None:
        if self._is_notifying:
            self.forbid(f"{where}: changes cannot be triggered by notifications")
        if where.endswith((".set_data", "_undo_step")):
            return
        if self._open_step is None:
            self.undo.append([where])
        else:
            self._open_step.append(where)

    def _check_kind(self, where: str, value: Any, kind: str) -> None:
        if not any(is_kind(value, one.strip()) for one in kind.split("|")):
            self.forbid(f"{where}: {value!r} is no {kind}")


def is_kind(value: Any, kind: str) -> bool:
    """Return whether a value is what an annotation of the stubs says; Live takes whole numbers for fractions."""
    if kind.startswith("Iterable["):
        return isinstance(value, list | tuple) and all(is_kind(one, kind[9:-1]) for one in value)
    if kind in {"Any", "object"}:
        return True
    plain: dict[str, tuple[type, ...]] = {
        "str": (str,),
        "bool": (bool,),
        "int": (int,),
        "float": (int, float),
        "None": (type(None),),
    }
    if kind in plain:
        return isinstance(value, plain[kind]) and (kind == "bool" or not isinstance(value, bool))
    return (isinstance(value, LiveObject) and value._model.published == kind) or type(value).__name__ == kind


def shown(value: Any) -> Any:
    """Return what a script gets of a value."""
    if isinstance(value, Model):
        return LiveObject(value)
    return Vector(map(shown, value)) if isinstance(value, list | tuple) else value


def meant(value: Any) -> Any:
    """Return what a script's value stands for."""
    if isinstance(value, LiveObject):
        return value._model
    return [meant(one) for one in value] if isinstance(value, list | tuple) else value
