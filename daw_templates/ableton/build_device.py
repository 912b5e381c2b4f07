"""stepbridge.maxpat → stepbridge.amxd, the Max for Live device: `python daw_templates/ableton/build_device.py`.

An unfrozen device is a header and the patch as JSON: ``ampf``, the kind of device, ``meta``, and ``ptch`` with its length.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

HERE = Path(__file__).parent
MIDI_EFFECT = b"mmmm"


def device(patch: bytes) -> bytes:
    """Return the bytes of a MIDI effect that holds this patch; raises ValueError where it is no JSON."""
    body = json.dumps(json.loads(patch), indent=1, ensure_ascii=False).encode() + b"\n\x00"
    header = b"ampf" + struct.pack("<I", 4) + MIDI_EFFECT + b"meta" + struct.pack("<II", 4, 0)
    return header + b"ptch" + struct.pack("<I", len(body)) + body


def build() -> None:
    """Write the device beside its source."""
    (HERE / "stepbridge.amxd").write_bytes(device((HERE / "stepbridge.maxpat").read_bytes()))


if __name__ == "__main__":
    build()
