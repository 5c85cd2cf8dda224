"""What was found in each block, on disk as soon as it is found.

One file that only grows: a record per block, with a checksum. A program that is
killed loses the blocks it was at, and a record that it was writing is told by its
checksum and cut off.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import struct
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from striate_filaments.segmentation.foreground import Voxels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from striate.jobs.context import JobContext

__all__ = ["KeptBlocks", "Searched", "identity"]

_HEADER = struct.Struct("<4sQQQI")
_MAGIC = b"SBR1"


@dataclasses.dataclass(frozen=True)
class Searched:
    """What came of one block.

    Parameters
    ----------
    voxels
        Candidate voxels.
    unreal
        How many values of the block are not finite.
    facts
        What the finder says of its run.
    """

    voxels: Voxels
    unreal: int
    facts: dict[str, Any]


class KeptBlocks:
    """The blocks that are done, by number; use it as a context manager.

    Parameters
    ----------
    ctx
        Its ``unfinished`` folder keeps them; without one they are kept in memory.
    key
        Of everything that a block's result depends on: other blocks are not read.
    """

    def __init__(self, ctx: JobContext, key: str) -> None:
        self._ctx = ctx
        self._done: dict[int, Searched] = {}
        self._file: BinaryIO | None = None
        if ctx.unfinished is not None:
            self._open(ctx.unfinished / f"blocks-{key}.bin")

    def __enter__(self) -> KeptBlocks:
        return self

    def __exit__(self, *error: object) -> None:
        self._close()

    def __len__(self) -> int:
        return len(self._done)

    def __contains__(self, number: int) -> bool:
        return number in self._done

    def __getitem__(self, number: int) -> Searched:
        return self._done[number]

    def add(self, number: int, found: Searched) -> None:
        """Keep a block; a full disk is no reason to stop."""
        self._done[number] = found
        if self._file is None:
            return
        try:
            self._file.write(_packed(number, found))
            self._file.flush()
        except OSError as error:
            self._ctx.log(
                f"Work in progress cannot be kept ({error.strerror}): if this run is "
                "cut off, the next one begins anew.",
                "warning",
            )
            self._close()

    def _open(self, path: Path) -> None:
        try:
            self._file = path.open("a+b")
            self._file.seek(0)
            end = 0
            for number, found, end in _records(self._file):  # noqa: B007 - used below
                self._done[number] = found
            self._file.truncate(end)
        except OSError as error:
            self._ctx.log(f"Work in progress cannot be kept: {error}.", "warning")
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _packed(number: int, found: Searched) -> bytes:
    payload = b""
    if len(found.voxels) or found.facts:
        arrays = {k: v for k, v in vars(found.voxels).items() if v is not None}
        buffer = io.BytesIO()
        np.savez(buffer, facts=np.array(json.dumps(found.facts)), **arrays)
        payload = buffer.getvalue()
    elif found.voxels.signal.shape[1]:
        payload = struct.pack("<Q", found.voxels.signal.shape[1])
    head = (_MAGIC, number, found.unreal, len(payload))
    check = zlib.crc32(payload, zlib.crc32(_HEADER.pack(*head, 0)))
    return _HEADER.pack(*head, check) + payload


def _records(file: BinaryIO) -> Iterator[tuple[int, Searched, int]]:
    """Every whole record from here on, and where it ends."""
    while len(header := file.read(_HEADER.size)) == _HEADER.size:
        magic, number, unreal, length, check = _HEADER.unpack(header)
        payload = file.read(length)
        whole = zlib.crc32(
            payload, zlib.crc32(_HEADER.pack(magic, number, unreal, length, 0))
        )
        if magic != _MAGIC or len(payload) != length or whole != check:
            return
        yield number, _unpacked(payload, unreal), file.tell()


def _unpacked(payload: bytes, unreal: int) -> Searched:
    if len(payload) <= 8:
        channels = struct.unpack("<Q", payload)[0] if payload else 0
        return Searched(Voxels.joined([], channels), unreal, {})
    with np.load(io.BytesIO(payload)) as stored:
        arrays = {name: stored[name] for name in stored.files}
    facts = json.loads(str(arrays.pop("facts")))
    return Searched(Voxels(**arrays), unreal, facts)


# ---- Whether two runs are the same


def identity(*values: Any) -> str:
    """Name values by their content: equal in two processes when they are equal.

    Of dataclasses the fields with ``compare=False`` do not count.
    """
    digest = hashlib.sha256()
    for value in values:
        _digest(value, digest)
    return digest.hexdigest()[:16]


def _digest(value: Any, digest: Any) -> None:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        digest.update(type(value).__qualname__.encode())
        for field in dataclasses.fields(value):
            if field.compare:
                digest.update(field.name.encode())
                _digest(getattr(value, field.name), digest)
    elif isinstance(value, np.ndarray):
        digest.update(f"{value.dtype.str}{value.shape}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, list | tuple):
        digest.update(f"[{len(value)}".encode())
        for item in value:
            _digest(item, digest)
    else:
        digest.update(f"{type(value).__name__}:{value!r};".encode())
