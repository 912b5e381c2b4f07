"""layout.yaml and stepbridge.lua → the pages for a tablet: `python daw_templates/touchosc/build_layouts.py`.

stepbridge.tosc is zlib-compressed XML (TouchOSC, 2021 and later); stepbridge.open-stage-control.json is a session of Open
Stage Control. Both come out the same however often they are built.
"""

from __future__ import annotations

import json
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree as ET

import yaml

HERE = Path(__file__).parent
TOUCHOSC, OPEN_STAGE_CONTROL = "stepbridge.tosc", "stepbridge.open-stage-control.json"
GAP = 8
DARK, LIT, BACK, INK = (0.2, 0.22, 0.28, 1.0), (0.18, 0.45, 0.82, 1.0), (0.07, 0.08, 0.1, 1.0), (0.93, 0.94, 0.96, 1.0)
PRESSED = "function onValueChanged(key)\n  if key == 'x' and self.values.x == 1 then root:notify('pressed', self.name) end\nend"
_IDS = uuid.UUID("5a6f1c2e-53b1-4f0e-9c0b-7d1a58f2f3aa")

Frame = tuple[int, int, int, int]


@dataclass(frozen=True)
class Control:
    """One thing on the page."""

    kind: Literal["text", "progress", "button"]
    name: str
    """Of a button: its row and the value it stands for, such as ``section=verse``."""
    text: str
    frame: Frame
    """Left, top, width, height."""


def controls(layout: dict[str, Any]) -> Iterator[Control]:
    """Yield what is on the page, row by row."""
    top, width = GAP, layout["width"] - 2 * GAP
    for row in layout["rows"]:
        if row["kind"] in {"text", "progress"}:
            yield Control(row["kind"], row["name"], row.get("text", ""), (GAP, top, width, row["height"]))
        else:
            values, name = row["values"], row.get("name", "action")
            columns = row.get("columns", len(values))
            for (text, value), frame in zip(
                values.items(), _cells(columns, len(values), top, width, row["height"]), strict=True
            ):
                yield Control("button", f"{name}={value}", text, frame)
        top += row["height"] + GAP


def _cells(columns: int, count: int, top: int, width: int, height: int) -> Iterator[Frame]:
    lines = -(-count // columns)
    cell_width, cell_height = (width + GAP) // columns, (height + GAP) // lines
    for index in range(count):
        line, column = divmod(index, columns)
        yield GAP + column * cell_width, top + line * cell_height, cell_width - GAP, cell_height - GAP


def touchosc(layout: dict[str, Any], script: str) -> bytes:
    """Return the page for TouchOSC: a button and a text that lies over it for each label, and one script for all."""
    tag = ";".join(f"{row['name']}={row['chosen']}" for row in layout["rows"] if row["kind"] == "choice")
    frame = (0, 0, layout["width"], layout["height"])
    root = ET.Element("lexml", version="3")
    page = _node(root, "GROUP", "stepbridge", frame, BACK, tag=tag, script=script)
    children = ET.SubElement(page, "children")
    for control in controls(layout):
        if control.kind == "button":
            _values(_node(children, "BUTTON", control.name, control.frame, DARK, script=PRESSED), x="0", touch="false")
            label = _node(
                children, "TEXT", f"{control.name} text", control.frame, (0, 0, 0, 0), interactive=False, textColor=INK
            )
            _values(label, text=control.text, touch="false")
        elif control.kind == "text":
            label = _node(children, "LABEL", control.name, control.frame, BACK, interactive=False, textColor=INK, textSize=20)
            _values(label, text=control.text, touch="false")
        else:
            bar = _node(
                children, "FADER", control.name, control.frame, LIT, interactive=False, cursor=False, grid=False, orientation=1
            )
            _values(bar, x="0", touch="false")
    return zlib.compress(ET.tostring(root, encoding="UTF-8", xml_declaration=True), 9)


def _node(parent: ET.Element, kind: str, name: str, frame: Frame, colour: tuple[float, ...], **properties: Any) -> ET.Element:  # noqa: ANN401
    node = ET.SubElement(parent, "node", ID=str(uuid.uuid5(_IDS, f"{kind} {name}")), type=kind)
    held = ET.SubElement(node, "properties")
    for key, value in {"name": name, "frame": frame, "color": colour, **properties}.items():
        _property(held, key, value)
    return node


def _property(held: ET.Element, key: str, value: Any) -> None:  # noqa: ANN401
    """Add a property; its type is a letter: s text, b yes or no, i whole number, r rectangle, c colour."""
    letters = {str: "s", bool: "b", int: "i"}
    letter = ("r" if key == "frame" else "c") if isinstance(value, tuple) else letters[type(value)]
    element = ET.SubElement(held, "property", type=letter)
    ET.SubElement(element, "key").text = key
    content = ET.SubElement(element, "value")
    if isinstance(value, tuple):
        for part, number in zip("xywh" if letter == "r" else "rgba", value, strict=True):
            ET.SubElement(content, part).text = str(number)
    else:
        content.text = str(int(value)) if isinstance(value, bool) else str(value)


def _values(node: ET.Element, **defaults: str) -> None:
    values = ET.SubElement(node, "values")
    for key, default in defaults.items():
        value = ET.SubElement(values, "value")
        fields = {"key": key, "locked": "0", "lockedDefaultCurrent": "0", "default": default, "defaultPull": "0"}
        for name, text in fields.items():
            ET.SubElement(value, name).text = text


def open_stage_control(layout: dict[str, Any]) -> str:
    """Return the session for Open Stage Control: the daemon is its target (``--send 127.0.0.1:9130``)."""
    frames = {control.name: control.frame for control in controls(layout)}
    widgets = [widget for row in layout["rows"] for widget in _WIDGETS[row["kind"]](row, frames)]
    widgets += [{"type": "variable", "id": "job", "bypass": True}, *map(_listener, LISTENERS)]
    root = {"type": "root", "id": "root", "colorBg": "#12141a", "onCreate": "send('/stepbridge/subscribe')", "widgets": widgets}
    session = {"createdWith": "Open Stage Control", "version": "1.27.0", "type": "session", "content": root}
    return json.dumps(session, ensure_ascii=False, indent=1) + "\n"


def _place(frame: Frame) -> dict[str, int]:
    return dict(zip(("left", "top", "width", "height"), frame, strict=True))


def _text(row: dict[str, Any], frames: dict[str, Frame]) -> list[dict[str, Any]]:
    return [{"type": "text", "id": row["name"], "default": row["text"], "bypass": True, **_place(frames[row["name"]])}]


def _progress(row: dict[str, Any], frames: dict[str, Frame]) -> list[dict[str, Any]]:
    look = {"design": "compact", "horizontal": True, "interaction": False, "bypass": True}
    return [{"type": "fader", "id": row["name"], **look, **_place(frames[row["name"]])}]


def _choice(row: dict[str, Any], frames: dict[str, Frame]) -> list[dict[str, Any]]:
    buttons = [frames[f"{row['name']}={value}"] for value in row["values"].values()]
    left, top = buttons[0][:2]
    place = _place((left, top, max(frame[0] + frame[2] for frame in buttons) - left, row["height"]))
    look = {"layout": "grid", "gridTemplate": row["columns"], "wrap": True, "bypass": True}
    return [{"type": "switch", "id": row["name"], "values": row["values"], "default": row["chosen"], **look, **place}]


GENERATE = """var fields = ['prompt', get('prompt'), 'section', get('section'), 'bars', get('bars')]
if (get('melody') !== 'none') {
  send('/stepbridge/clip/stop', 'live')
  fields.push('clip', 'live', 'seed_mode', get('melody'))
}
set('job', 'tablet-' + Date.now().toString(36))
set('progress', 0)
set('status', 'sent')
send('/stepbridge/generate', get('job'), ...fields)"""
CANCEL = "if (get('job')) send('/stepbridge/cancel', get('job'))\nelse set('status', 'nothing is being made')"
LISTENERS = {
    "accepted": "set('job', value)\nset('status', 'accepted')",
    "progress": "set('progress', value[1])\nset('status', Math.round(100 * value[1]) + ' %  ' + value[2])",
    "done": "set('progress', 1)\nset('job', '')\nset('status', 'done: ' + value[1].split(/[\\/\\\\]/).slice(-2)[0])",
    "cancelled": "set('progress', 0)\nset('job', '')\nset('status', 'cancelled')",
    "warning": "set('status', value[1])",
    "error": "set('status', value[2])",
}
"""What the daemon says → what is then done; `value` holds the arguments."""


def _actions(row: dict[str, Any], frames: dict[str, Frame]) -> list[dict[str, Any]]:
    scripts = {"generate": GENERATE, "cancel": CANCEL}
    return [
        {
            "type": "button",
            "id": action,
            "label": label,
            "mode": "tap",
            "bypass": True,
            "onValue": scripts[action],
            **_place(frames[f"action={action}"]),
        }
        for label, action in row["values"].items()
    ]


def _listener(name: str) -> dict[str, Any]:
    return {
        "type": "variable",
        "id": f"heard_{name}",
        "address": f"/stepbridge/{name}",
        "bypass": True,
        "onValue": LISTENERS[name],
    }


_WIDGETS = {"text": _text, "progress": _progress, "choice": _choice, "actions": _actions}


def built() -> dict[str, bytes]:
    """Return file name → content of both pages."""
    layout = yaml.safe_load((HERE / "layout.yaml").read_text(encoding="utf-8"))
    script = (HERE / "stepbridge.lua").read_text(encoding="utf-8")
    return {TOUCHOSC: touchosc(layout, script), OPEN_STAGE_CONTROL: open_stage_control(layout).encode()}


if __name__ == "__main__":
    for name, content in built().items():
        (HERE / name).write_bytes(content)
