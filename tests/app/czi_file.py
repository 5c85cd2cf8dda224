"""Make a small CZI file, segment by segment, as Zeiss's ZISRAW format has it.

No free program writes CZI; the layout is that which czifile documents.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

_PIXEL_TYPES = {"uint8": 0, "uint16": 1, "float32": 2}
_XML = """<ImageDocument><Metadata>
<Scaling><Items>
<Distance Id="X"><Value>2.5E-07</Value></Distance>
<Distance Id="Y"><Value>5E-07</Value></Distance>
<Distance Id="Z"><Value>2E-06</Value></Distance>
</Items></Scaling>
<DisplaySetting><Channels>
<Channel Name="EGFP"><Color>#FF00FF00</Color></Channel>
<Channel Name="mCherry"><Color>#FFFF0000</Color></Channel>
</Channels></DisplaySetting>
</Metadata></ImageDocument>"""


def write_czi(
    path: Path, stack: np.ndarray, axes: str = "CZYX", xml: str = _XML
) -> None:
    """Write `stack` with one plane per sub-block, uncompressed."""
    body = bytearray(_segment("ZISRAWFILE", bytes(512)))
    entries = []
    for index in np.ndindex(*stack.shape[:-2]):
        entry = _entry(stack, axes, index, len(body))
        data = np.ascontiguousarray(stack[index]).tobytes()
        head = struct.pack("<iiq", 0, 0, len(data)) + entry
        body += _segment("ZISRAWSUBBLOCK", head.ljust(16 + 240, b"\0") + data)
        entries.append(entry)
    directory = len(body)
    listed = struct.pack("<i124x", len(entries)) + b"".join(entries)
    body += _segment("ZISRAWDIRECTORY", listed)
    metadata = len(body)
    text = xml.encode()
    body += _segment("ZISRAWMETADATA", struct.pack("<ii248x", len(text), 0) + text)
    guid = b"striate made it!"
    facts = (1, 0, 0, 0, guid, guid, 0, directory, metadata, 0, 0)
    body[32:112] = struct.pack("<iiii16s16siqqiq", *facts)
    path.write_bytes(body)


def _segment(name: str, data: bytes) -> bytes:
    return struct.pack("<16sqq", name.encode(), len(data), len(data)) + data


def _entry(
    stack: np.ndarray, axes: str, index: tuple[int, ...], position: int
) -> bytes:
    places = {a: (i, 1) for a, i in zip(axes, index, strict=False)}
    places |= {"Y": (0, stack.shape[-2]), "X": (0, stack.shape[-1])}
    dimensions = b"".join(
        struct.pack("<4siifi", axis.encode(), *places[axis], 0.0, 0)
        for axis in reversed(axes)
    )
    kind = _PIXEL_TYPES[stack.dtype.name]
    head = struct.pack(
        "<2siqiiBB4si", b"DV", kind, position, 0, 0, 0, 0, b"", len(axes)
    )
    return head + dimensions
