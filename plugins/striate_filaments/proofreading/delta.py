"""A change of a NeuronSet: what goes, what comes, and its exact inverse.

A delta holds voxels that change hands and nothing else, so undoing it gives the set
of before bit for bit, and a thousand of them fit in a small file.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_filaments.proofreading.voxels import (
    box_of,
    difference,
    inside,
    to_neuron,
    union,
    voxels_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from striate_filaments.neurons import Box, Neuron, NeuronSet

__all__ = ["Change", "Delta", "Facts", "apply", "between", "decode", "encode"]

_NONE: NDArray[np.int64] = np.empty(0, np.int64)
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True)
class Facts:
    """What is known of a neuron besides its voxels; `place` is its row in the set."""

    place: int
    colour: tuple[float, ...] = ()
    state: str = "auto"
    name: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, neuron: Neuron, place: int) -> Facts:
        """Take them from a neuron."""
        rest = dict(neuron.metadata)
        return cls(place, tuple(neuron.colour), neuron.state, neuron.name, rest)

    def fields(self) -> dict[str, Any]:
        """The fields of a Neuron."""
        known = ("colour", "state", "name", "metadata")
        return {name: getattr(self, name) for name in known}


@dataclass(frozen=True)
class Change:
    """What happens to one neuron.

    Parameters
    ----------
    before, after
        None where it does not exist.
    removed, added
        Voxels that it loses and gains, sorted C-order indices into the volume.
    """

    id: int
    before: Facts | None
    after: Facts | None
    removed: NDArray[np.int64] = field(default_factory=_NONE.copy)
    added: NDArray[np.int64] = field(default_factory=_NONE.copy)

    @property
    def inverse(self) -> Change:
        """What takes it back."""
        return Change(self.id, self.after, self.before, self.added, self.removed)


@dataclass(frozen=True)
class Delta:
    """One command's changes, in the order they are made.

    Parameters
    ----------
    text
        What was done, such as ``"Merge 4 into 2"``.
    """

    text: str
    changes: tuple[Change, ...]

    @property
    def inverse(self) -> Delta:
        """What takes all of it back."""
        return Delta(self.text, tuple(c.inverse for c in reversed(self.changes)))

    @property
    def ids(self) -> list[int]:
        """Neurons that change."""
        return list(dict.fromkeys(c.id for c in self.changes))

    @property
    def reshapes(self) -> bool:
        """Whether any voxel changes hands."""
        return any(len(c.removed) or len(c.added) for c in self.changes)

    def dirty(self, shape: tuple[int, int, int]) -> Box | None:
        """Box around the voxels that change; None when only facts do."""
        parts = [v for c in self.changes for v in (c.removed, c.added)]
        boxes = [box for box in (box_of(v, shape) for v in parts) if box is not None]
        if not boxes:
            return None
        starts, stops = zip(*boxes, strict=True)
        low, high = np.min(starts, axis=0).tolist(), np.max(stops, axis=0).tolist()
        return (low[0], low[1], low[2]), (high[0], high[1], high[2])


def between(
    text: str, neurons: NeuronSet, new: Iterable[Neuron], gone: Iterable[int] = ()
) -> Delta:
    """Write down a change of `neurons`, without making it.

    Parameters
    ----------
    new
        Neurons that take the place of those with their ids, or are added.
    gone
        Ids of neurons that are taken out, before others come.
    """
    ids = neurons.ids
    changes = []
    for id in gone:
        facts = Facts.of(neurons[id], ids.index(id))
        own = voxels_of(neurons[id], neurons.shape)
        changes.append(Change(id, facts, None, removed=own))
        ids.remove(id)
    for neuron in new:
        old = neurons[neuron.id] if neuron.id in ids else None
        if old is not None:
            place = ids.index(neuron.id)
        else:
            place = len(ids)
            ids.append(neuron.id)
        changes.append(_change(old, neuron, place, neurons.shape))
    return Delta(text, tuple(changes))


def apply(neurons: NeuronSet, delta: Delta) -> None:
    """Make the changes; all of them or none.

    Raises
    ------
    InputError
        When they were made for another state of the neurons.
    """
    made: list[Change] = []
    try:
        for change in delta.changes:
            _make(neurons, change)
            made.append(change)
    except (InputError, KeyError, ValueError) as error:
        for change in reversed(made):
            _make(neurons, change.inverse)
        raise InputError(
            f"“{delta.text}” does not fit these neurons: it was made for others."
        ) from error


# ---- As bytes


def encode(delta: Delta) -> bytes:
    """Write a delta as bytes: a JSON head, then voxels as differences, deflated."""
    arrays: list[bytes] = []
    rows = []
    for change in delta.changes:
        sizes = []
        for voxels in (change.removed, change.added):
            packed = _packed(voxels)
            arrays.append(packed)
            sizes.append(len(packed))
        rows.append(
            {
                "id": change.id,
                "before": asdict(change.before) if change.before else None,
                "after": asdict(change.after) if change.after else None,
                "bytes": sizes,
            }
        )
    head = json.dumps({"text": delta.text, "changes": rows}).encode()
    return _LENGTH.pack(len(head)) + head + b"".join(arrays)


def decode(data: bytes) -> Delta:
    """Read what :func:`encode` wrote.

    Raises
    ------
    InputError
        When it is something else.
    """
    try:
        (length,) = _LENGTH.unpack_from(data)
        end = _LENGTH.size + length
        head = json.loads(data[_LENGTH.size : end])
        changes = []
        for row in head["changes"]:
            arrays = []
            for size in row["bytes"]:
                arrays.append(_unpacked(data[end : end + size]))
                end += size
            changes.append(
                Change(row["id"], _facts(row["before"]), _facts(row["after"]), *arrays)
            )
        return Delta(head["text"], tuple(changes))
    except (struct.error, ValueError, KeyError, TypeError, zlib.error) as error:
        raise InputError("An edit in the edit log cannot be read.") from error


# ---- Private functions


def _change(
    old: Neuron | None, new: Neuron, place: int, shape: tuple[int, int, int]
) -> Change:
    facts = Facts.of(new, place)
    if old is None:
        return Change(new.id, None, facts, added=voxels_of(new, shape))
    before = Facts.of(old, place)
    if old.voxels is new.voxels:
        return Change(new.id, before, facts)
    a, b = voxels_of(old, shape), voxels_of(new, shape)
    return Change(new.id, before, facts, difference(a, b), difference(b, a))


def _make(neurons: NeuronSet, change: Change) -> None:
    if change.before is None:
        if change.after is None:
            return
        facts = change.after.fields()
        made = to_neuron(change.id, change.added, neurons.shape, **facts)
        neurons.add(made, change.after.place)
        return
    old = neurons[change.id]
    if len(change.removed) == 0 and len(change.added) == 0:
        if change.after is None:
            raise InputError("A neuron cannot vanish and keep its voxels.")
        neurons.replace(old.changed(**change.after.fields()))
        return
    own = voxels_of(old, neurons.shape)
    if not inside(change.removed, own).all() or inside(change.added, own).any():
        raise InputError("Other voxels than expected.")
    left = union(difference(own, change.removed), change.added)
    if change.after is None:
        neurons.remove(change.id)
        return
    facts = change.after.fields()
    neurons.replace(to_neuron(change.id, left, neurons.shape, **facts))


def _packed(voxels: NDArray[np.int64]) -> bytes:
    if len(voxels) == 0:
        return b""
    steps = np.diff(voxels, prepend=0)
    small = int(steps.max()) < 2**32
    kind = np.dtype("<u4") if small else np.dtype("<u8")
    return kind.char.encode() + zlib.compress(steps.astype(kind).tobytes(), 1)


def _unpacked(data: bytes) -> NDArray[np.int64]:
    if not data:
        return _NONE.copy()
    steps = np.frombuffer(zlib.decompress(data[1:]), f"<{data[:1].decode()}")
    return np.cumsum(steps.astype(np.int64))


def _facts(row: dict[str, Any] | None) -> Facts | None:
    if row is None:
        return None
    return Facts(**{**row, "colour": tuple(row["colour"])})
