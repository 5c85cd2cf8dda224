"""The edit log: every change to a thing, on disk before it is made.

A log is a tree of edits. Each edit hangs under the state it was made in; undo and
redo move along the tree, so nothing is ever lost, and a mark says which state a saved
file is in. What an edit holds is its owner's business: here it is bytes.

Layout: the line ``striate-edits 1``, then records of ``kind`` (one byte: E edit,
G go, M mark), ``length`` and ``crc32`` (both uint32, little endian) and ``length``
bytes. Records are only ever appended. One cut off by a crash is dropped when the log
is opened, so a crash loses at most the edit that was being written.
"""

from __future__ import annotations

import errno
import os
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from striate.errors import InputError, OutputError
from striate.project.lock import ProjectLock

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["START", "EditLog", "Step"]

START = 0
"""The state before any edit; edit n leads to state n (1, 2, …)."""

_MAGIC = b"striate-edits 1\n"
_HEAD = struct.Struct("<cII")
_STATE = struct.Struct("<I")


@dataclass(frozen=True)
class Step:
    """One move along the tree: make an edit, or take it back."""

    edit: int
    forward: bool


@dataclass(frozen=True)
class _Edit:
    parent: int
    offset: int
    length: int


class EditLog:
    """The edits of one thing, in one file that one program holds at a time.

    Parameters
    ----------
    path
        The file; made when there is none.

    Raises
    ------
    InputError
        When the file is no edit log, or a newer one.
    StriateError
        When another running program has it open.
    OutputError
        When it cannot be written to.
    """

    def __init__(self, path: Path) -> None:
        self._begin(path)

    def _begin(self, path: Path) -> None:
        self.path = path
        self._edits: list[_Edit] = []
        self._newest: dict[int, int] = {}
        self._marks: list[tuple[int, bytes]] = []
        self._state = START
        self._unsynced = 0
        self._lock = ProjectLock(path)
        self._lock.acquire()
        try:
            self._file = _opened(path)
            self._read()
        except BaseException:
            self._lock.release()
            raise

    def __len__(self) -> int:
        """Count all edits ever made, undone ones included."""
        return len(self._edits)

    def __enter__(self) -> EditLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- Where we are

    @property
    def state(self) -> int:
        """The edit that led here, or :data:`START`."""
        return self._state

    @property
    def undoable(self) -> int | None:
        """The edit that undo would take back."""
        return self._state or None

    @property
    def redoable(self) -> int | None:
        """The edit that redo would make again: the newest that was made here."""
        return self._newest.get(self._state)

    def payload(self, edit: int) -> bytes:
        """Read what an edit holds."""
        found = self._edits[edit - 1]
        self._file.seek(found.offset)
        return self._file.read(found.length)

    def history(self) -> list[int]:
        """Edits that lead from the start to here, oldest first."""
        return self._ancestors(self._state)[::-1][1:]

    def route(self, start: int, end: int) -> list[Step]:
        """Moves that lead from one state to another."""
        up, down = self._ancestors(start), self._ancestors(end)
        shared = set(up) & set(down)
        back = [Step(edit, forward=False) for edit in up if edit not in shared]
        ahead = [Step(edit, forward=True) for edit in down if edit not in shared]
        return back + ahead[::-1]

    # ---- Changing it

    def append(self, payload: bytes) -> int:
        """Write an edit made in the state we are in, and return its number.

        Raises
        ------
        OutputError
            When the disk is full; the log is as it was.
        """
        offset = self._write(b"E", payload)
        self._add(_Edit(self._state, offset, len(payload)))
        return self._state

    def undo(self) -> int | None:
        """Go back by one edit and return it; None at the start."""
        edit = self.undoable
        if edit is not None:
            self.go(self._edits[edit - 1].parent)
        return edit

    def redo(self) -> int | None:
        """Make the edit again that was last undone here, and return it."""
        edit = self.redoable
        if edit is not None:
            self.go(edit)
        return edit

    def go(self, state: int) -> None:
        """Write that we are in another state of the tree."""
        self._write(b"G", _STATE.pack(state))
        self._move(state)

    def mark(self, what: bytes) -> None:
        """Write that the thing in this state is known as `what`."""
        self._write(b"M", what)
        self._marks.append((self._state, what))

    def marked(self, what: bytes) -> int | None:
        """Return the newest state known as `what`."""
        found = [state for state, mark in self._marks if mark == what]
        return found[-1] if found else None

    # ---- Files

    @property
    def unsynced(self) -> int:
        """Records that a failing power supply could still take."""
        return self._unsynced

    def sync(self) -> None:
        """Have the disk keep what was written; a mere crash never needs it."""
        if self._unsynced:
            os.fsync(self._file.fileno())
            self._unsynced = 0

    def moved(self, path: Path) -> None:
        """Go on in a copy of the file, because the folder it is in was copied there."""
        self.close()
        # The lock was copied along with the file: it is our own, of another place.
        path.with_name(f"{path.name}.lock").unlink(missing_ok=True)
        self._begin(path)

    def close(self) -> None:
        """Let the file go; the log can be opened again."""
        if not self._file.closed:
            self.sync()
            self._file.close()
            self._lock.release()

    # ---- Private methods

    def _ancestors(self, state: int) -> list[int]:
        found = [state]
        while found[-1] != START:
            found.append(self._edits[found[-1] - 1].parent)
        return found

    def _add(self, edit: _Edit) -> None:
        self._edits.append(edit)
        self._move(len(self._edits))

    def _move(self, state: int) -> None:
        """Note the way to a state, so that redo takes the same."""
        before, self._state = self._state, state
        if state != START and self._edits[state - 1].parent == before:
            self._newest[before] = state
        elif before == START or self._edits[before - 1].parent != state:
            for edit in self._ancestors(state)[:-1]:
                self._newest[self._edits[edit - 1].parent] = edit

    def _write(self, kind: bytes, payload: bytes) -> int:
        """Append a record whole or not at all; return where its bytes begin."""
        end = self._file.seek(0, os.SEEK_END)
        head = _HEAD.pack(kind, len(payload), zlib.crc32(payload))
        try:
            left = memoryview(head + payload)
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            self._file.truncate(end)
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            why = "the disk is full" if full else error.strerror or str(error)
            raise OutputError(
                f"The edit was not made, because {self.path} cannot be written: {why}."
            ) from error
        self._unsynced += 1
        return end + _HEAD.size

    def _read(self) -> None:
        size = self._file.seek(0, os.SEEK_END)
        self._file.seek(0)
        if self._file.read(len(_MAGIC)) != _MAGIC:
            self._file.close()
            raise InputError(
                f"{self.path} is no edit log, or one of a newer Striate: move it away, "
                "or update."
            )
        end = len(_MAGIC)
        while (length := self._read_record(size - end)) is not None:
            end += length
        self._file.truncate(end)

    def _read_record(self, left: int) -> int | None:
        """Take in one record and return its length; None for one cut off."""
        if left < _HEAD.size:
            return None
        kind, length, check = _HEAD.unpack(self._file.read(_HEAD.size))
        if left < _HEAD.size + length:
            return None
        offset = self._file.tell()
        payload = self._file.read(length)
        if zlib.crc32(payload) != check:
            return None
        if kind == b"E":
            self._add(_Edit(self._state, offset, length))
        elif kind == b"G":
            self._move(*_STATE.unpack(payload))
        else:
            self._marks.append((self._state, payload))
        return _HEAD.size + length


def _opened(path: Path) -> BinaryIO:
    """Open for reading and appending; begin the file when it is new or empty."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = not path.exists() or path.stat().st_size < len(_MAGIC)
        file = path.open("w+b" if new else "r+b", buffering=0)
        if new:
            file.write(_MAGIC)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written to ({error.strerror or error}): save the "
            "project somewhere else."
        ) from error
    return file
