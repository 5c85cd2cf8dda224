"""Make a small ND2 file, chunk by chunk, as Nikon's version 2.1 has it.

No free program writes ND2; the layout is that which the reader nd2 documents.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

_MAGIC = 0x0ABECEDA
_NAME_BYTES = 4072
_TYPES = {bool: "bool", int: "lx_uint32", float: "double", str: "CLxStringW"}
_GREEN, _RED = 0x00FF00, 0x0000FF  # ABGR
_POSITIONS, _Z_STACK = 2, 4


def write_nd2(
    path: Path, stack: np.ndarray, *, positions: int = 0, calibrated: bool = True
) -> None:
    """Write `stack` (Z, C, Y, X), or (P, Z, C, Y, X) with so many positions."""
    n_z, n_c, height, width = stack.shape[-4:]
    frames = stack.reshape(-1, n_c, height, width).transpose(0, 2, 3, 1)
    bits = 8 * stack.dtype.itemsize
    attributes = {
        "uiWidth": width,
        "uiHeight": height,
        "uiWidthBytes": width * n_c * stack.dtype.itemsize,
        "uiComp": n_c,
        "uiBpcInMemory": bits,
        "uiBpcSignificant": bits,
        "uiSequenceCount": len(frames),
        "eCompression": 2,
    }
    named = zip(("GFP", "RFP", "DAPI"), (_GREEN, _RED, 0xFF0000), strict=True)
    planes = {
        f"a{i}": {
            "sDescription": name,
            "uiColor": colour,
            "uiCompCount": 1,
            "pFluorescentProbe": {"m_sName": name},
        }
        for i, (name, colour) in enumerate(list(named)[:n_c])
    }
    picture = {
        "bCalibrated": calibrated,
        "dCalibration": 0.25 * calibrated,
        "sPicturePlanes": {"uiCount": n_c, "sPlaneNew": planes},
    }
    loop = {"uiCount": n_z, "dZLow": 0.0, "dZHigh": 2.0 * (n_z - 1), "dZStep": 2.0}
    experiment: dict[str, Any] = {"eType": _Z_STACK, "uLoopPars": loop}
    if positions:
        points = {f"p{i}": {"dPosX": 1.0 * i, "dPosY": 0.0} for i in range(positions)}
        loop = {"uiCount": positions, "Points": points}
        inner = {"ppNextLevelEx": {"i0000000000": experiment}, "uiNextLevelCount": 1}
        experiment = {"eType": _POSITIONS, "uLoopPars": loop, **inner}
        experiment["pItemValid"] = {f"i{i:010}": True for i in range(positions)}
    chunks = {
        "ImageAttributes!": _xml(attributes),
        "ImageMetadataSeq|0!": _xml(picture),
        "ImageMetadata!": _xml(experiment),
    }
    for i, frame in enumerate(frames):
        pixels = np.ascontiguousarray(frame).tobytes()
        chunks[f"ImageDataSeq|{i}!"] = struct.pack("<d", 0.0) + pixels
    path.write_bytes(_file(chunks))


def _file(chunks: dict[str, bytes]) -> bytes:
    head = struct.pack("<IIQ", _MAGIC, 32, 64)
    body = bytearray(head + b"ND2 FILE SIGNATURE CHUNK NAME01!" + b"Ver2.1".ljust(64))
    listed = b""
    for name, data in chunks.items():
        listed += name.encode() + struct.pack("<QQ", len(body), len(data))
        body += _chunk(name.encode(), data)
    end = len(body)
    listed += b"ND2 CHUNK MAP SIGNATURE 0000001!" + struct.pack("<Q", end)
    return bytes(body + _chunk(b"ND2 FILEMAP SIGNATURE NAME 0001!", listed))


def _chunk(name: bytes, data: bytes) -> bytes:
    head = struct.pack("<IIQ", _MAGIC, _NAME_BYTES, len(data))
    return head + name.ljust(_NAME_BYTES, b"\0") + data


def _xml(values: dict[str, Any]) -> bytes:
    return f"<variant>{''.join(map(_node, values, values.values()))}</variant>".encode()


def _node(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = "".join(map(_node, value, value.values()))
        return f'<{name} runtype="CLxListVariant">{inner}</{name}>'
    return f'<{name} runtype="{_TYPES[type(value)]}" value="{value}"/>'
