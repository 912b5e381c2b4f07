"""TouchOSC as its scripts see it: the controls of a real .tosc file, with the fields and functions that its manual names."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lupa import lua51
from lxml import etree

GUARD = """
return function(control, allowed)
  return setmetatable({}, {
    __index = function(_, key) assert(allowed(key), 'a control has no ' .. tostring(key)) return control.get(key) end,
    __newindex = function(_, key, value) assert(allowed(key), 'a control has no ' .. tostring(key)) control.set(key, value) end,
  })
end
"""
STRICT = """function Color(r, g, b, a) return { r = r, g = g, b = b, a = a } end
setmetatable(_G, { __index = function(_, name)
  if name == 'init' or name:match('^on%u') then return nil end
  error('TouchOSC has no global ' .. name)
end })"""


class Page:
    """One page that is open, and what its scripts sent."""

    def __init__(self, file: Path) -> None:
        self.document = etree.fromstring(zlib.decompress(file.read_bytes()))
        (self.root,) = self.document.findall("node")
        self.nodes = {node_property(node, "name"): node for node in self.root.iterfind("children/node")}
        self.values = {name: _defaults(node) for name, node in self.nodes.items()}
        self.colours: dict[str, Any] = {}
        self.sent: list[tuple[Any, ...]] = []
        self._script = self._run(self.root, node_property(self.root, "script"))
        self._script.globals().init()

    def press(self, name: str) -> None:
        """Touch a button and let go of it."""
        lua = self._run(self.nodes[name], node_property(self.nodes[name], "script"))
        for x in (1.0, 0.0):
            self.values[name]["x"] = x
            lua.globals().onValueChanged("x")

    def hear(self, address: str, arguments: list[Any]) -> bool:
        """Deliver a message as TouchOSC does: path and tagged arguments."""
        lua = self._script
        tagged = [lua.table(tag=tag(value), value=value) for value in arguments]
        handled: bool = lua.globals().onReceiveOSC(lua.table(address, lua.table(*tagged)), lua.table(True))
        return handled

    def take_sent(self) -> list[tuple[Any, ...]]:
        sent, self.sent = self.sent, []
        return sent

    def _run(self, node: Any, script: str) -> Any:
        lua = lua51.LuaRuntime(unpack_returned_tuples=True)
        scope = lua.globals()
        guarded = lua.execute(GUARD)
        scope.self = self._control(lua, guarded, node)
        scope.root = self._root_for_buttons(lua)
        scope.sendOSC = lambda address, *values: self.sent.append((address, *values))
        for missing in ("io", "require", "dofile", "loadfile", "python"):
            scope[missing] = None
        lua.execute(STRICT)
        lua.execute(script)
        return lua

    def _root_for_buttons(self, lua: Any) -> Any:
        return lua.table(notify=lambda _root, key, value: self._script.globals().onReceiveNotify(key, value))

    def _control(self, lua: Any, guarded: Any, node: Any) -> Any:
        name = node_property(node, "name")
        held: dict[str, Callable[[], Any]] = {"name": lambda: name, "tag": lambda: node_property(node, "tag")}
        if node.find("children") is not None:
            held["children"] = lambda: self._children(lua, guarded)
        if name in self.values:
            held["values"] = lambda: self._values(lua, guarded, name)
        changed = {"color": self.colours}

        def put(key: str, value: Any) -> None:
            changed[key][name] = value

        return guarded(lua.table(get=lambda key: held[key](), set=put), lambda key: key in held or key in changed)

    def _children(self, lua: Any, guarded: Any) -> Any:
        by_name = {name: self._control(lua, guarded, node) for name, node in self.nodes.items()}
        children = lua.table(*by_name.values())
        for name, control in by_name.items():
            children[name] = control
        return children

    def _values(self, lua: Any, guarded: Any, name: str) -> Any:
        values = self.values[name]
        return guarded(lua.table(get=lambda key: values[key], set=values.__setitem__), lambda key: key in values)


def tag(value: Any) -> str:
    return {str: "s", int: "i", float: "f"}[type(value)]


def node_property(node: Any, key: str) -> str:
    return next((one.findtext("value") or "" for one in node.iterfind("properties/property") if one.findtext("key") == key), "")


def frame(node: Any) -> tuple[int, int, int, int]:
    (found,) = (one for one in node.iterfind("properties/property") if one.findtext("key") == "frame")
    left, top, width, height = (int(found.findtext(f"value/{part}") or "") for part in "xywh")
    return left, top, width, height


def _defaults(node: Any) -> dict[str, Any]:
    return {value.findtext("key") or "": value.findtext("default") for value in node.iterfind("values/value")}
