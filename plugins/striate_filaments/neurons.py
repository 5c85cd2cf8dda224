"""Neuron and NeuronSet: instances as sparse masks that may overlap.

A neuron fills well under a hundredth of its bounding box, so a mask is the
sorted list of its voxels inside that box and not the box in bits: a real neuron
of 100,000 voxels takes 0.4 MB where packed bits of its box take 13 MB.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Box", "Neuron", "NeuronSet", "State"]

State = Literal["auto", "edited", "accepted"]
Box = tuple[tuple[int, int, int], tuple[int, int, int]]
"""First voxel and one past the last, both (z, y, x)."""


@dataclass(frozen=True)
class Neuron:
    """One instance.

    Parameters
    ----------
    id
        Positive and unique in its set.
    start, stop
        Tight bounding box (z, y, x) in voxels of the set's volume; stop excluded.
    voxels
        Sorted, unique C-order indices into the box, uint32 (uint64 for a box of
        2**32 voxels or more).
    colour
        Mean colour direction over the volume's channels (unit length), or empty.
    state
        ``"auto"``, ``"edited"`` or ``"accepted"``.
    name
        Given by a person; empty otherwise.
    metadata
        JSON-able facts, such as a confidence.
    """

    id: int
    start: tuple[int, int, int]
    stop: tuple[int, int, int]
    voxels: NDArray[np.unsignedinteger[Any]]
    colour: tuple[float, ...] = ()
    state: State = "auto"
    name: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_coordinates(cls, id: int, coordinates: ArrayLike, **rest: Any) -> Neuron:
        """Make one from (n, 3) integer voxel coordinates (z, y, x), in any order.

        Raises
        ------
        InputError
            When there is no voxel.
        """
        points = np.asarray(coordinates, dtype=np.int64).reshape(-1, 3)
        if len(points) == 0:
            raise InputError(f"Neuron {id} has no voxels.")
        start, stop = points.min(0), points.max(0) + 1
        shape = stop - start
        z, y, x = (points - start).T
        flat = np.unique((z * shape[1] + y) * shape[2] + x)
        return cls(id, _triple(start), _triple(stop), _packed(flat, shape), **rest)

    @classmethod
    def from_mask(
        cls, id: int, mask: ArrayLike, origin: Iterable[int] = (0, 0, 0), **rest: Any
    ) -> Neuron:
        """Make one from a boolean (z, y, x) array whose first voxel is at `origin`."""
        found = np.argwhere(np.asarray(mask)) + np.asarray(tuple(origin))
        return cls.from_coordinates(id, found, **rest)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Size of the bounding box in voxels (z, y, x)."""
        a, b = self.start, self.stop
        return (b[0] - a[0], b[1] - a[1], b[2] - a[2])

    def __len__(self) -> int:
        return len(self.voxels)

    def coordinates(self) -> NDArray[np.int64]:
        """(n, 3) voxel coordinates (z, y, x) in the set's volume, in C order."""
        local = np.unravel_index(self.voxels.astype(np.int64), self.shape)
        return np.stack(local, axis=1) + np.asarray(self.start)

    def mask(self) -> NDArray[np.bool_]:
        """Boolean array of the bounding box."""
        dense = np.zeros(self.shape, dtype=bool)
        dense.ravel()[self.voxels] = True
        return dense

    def contains(self, coordinates: ArrayLike) -> NDArray[np.bool_]:
        """Whether each of (n, 3) voxel coordinates (z, y, x) belongs to it."""
        points = np.asarray(coordinates, dtype=np.int64).reshape(-1, 3)
        local = points - np.asarray(self.start)
        inside = np.all((local >= 0) & (local < np.asarray(self.shape)), axis=1)
        found = np.zeros(len(points), dtype=bool)
        z, y, x = local[inside].T
        flat = (z * self.shape[1] + y) * self.shape[2] + x
        place = np.searchsorted(self.voxels, flat)
        place[place == len(self.voxels)] = 0
        found[inside] = self.voxels[place] == flat
        return found

    def changed(self, **fields: Any) -> Neuron:
        """Return a copy with some fields replaced."""
        return replace(self, **fields)


class NeuronSet:
    """The neurons of one volume. Two neurons may own the same voxel.

    Parameters
    ----------
    shape
        (z, y, x) of the volume in voxels.
    voxel_size
        (z, y, x) size of a voxel in `unit`.
    unit
        ``"µm"``, or ``"px"`` when the volume was not calibrated.
    neurons
        The neurons; their ids must be unique and their boxes lie inside `shape`.
    channels
        Names of the volume's channels, in the order of ``Neuron.colour``.
    provenance
        JSON-able record of what made the set.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        voxel_size: tuple[float, float, float] = (1.0, 1.0, 1.0),
        unit: str = "px",
        neurons: Iterable[Neuron] = (),
        *,
        channels: tuple[str, ...] = (),
        provenance: Mapping[str, Any] | None = None,
    ) -> None:
        self.shape = _triple(shape)
        self.voxel_size = voxel_size
        self.unit = unit
        self.channels = channels
        self.provenance = dict(provenance or {})
        self._neurons: dict[int, Neuron] = {}
        for neuron in neurons:
            self.add(neuron)

    # ---- Mapping of id to neuron

    def __len__(self) -> int:
        return len(self._neurons)

    def __iter__(self) -> Iterator[Neuron]:
        return iter(self._neurons.values())

    def __contains__(self, id: object) -> bool:
        return id in self._neurons

    def __getitem__(self, id: int) -> Neuron:
        return self._neurons[id]

    @property
    def ids(self) -> list[int]:
        return list(self._neurons)

    # ---- Changing the set

    def add(self, neuron: Neuron, place: int | None = None) -> None:
        """Add a neuron, at the end or as number `place` (from 0).

        Raises
        ------
        InputError
            When its id is taken or not positive, or it lies outside the volume.
        """
        if neuron.id in self._neurons or neuron.id < 1:
            raise InputError(f"Neuron id {neuron.id} is taken or not positive.")
        inside = all(
            0 <= a < b <= n
            for a, b, n in zip(neuron.start, neuron.stop, self.shape, strict=True)
        )
        if not inside:
            raise InputError(
                f"Neuron {neuron.id} reaches {neuron.start} to {neuron.stop}, outside "
                f"the volume of {self.shape} voxels (z, y, x)."
            )
        self._neurons[neuron.id] = neuron
        if place is not None and place < len(self) - 1:
            order = [id for id in self._neurons if id != neuron.id]
            order.insert(place, neuron.id)
            self._neurons = {id: self._neurons[id] for id in order}

    def replace(self, neuron: Neuron) -> None:
        """Put `neuron` in the place of the one with its id."""
        place = list(self._neurons)
        old = self._neurons.pop(neuron.id)
        try:
            self.add(neuron)
        except InputError:
            self._neurons[old.id] = old
            raise
        finally:
            self._neurons = {id: self._neurons[id] for id in place}

    def remove(self, id: int) -> Neuron:
        """Take a neuron out of the set and return it."""
        return self._neurons.pop(id)

    def next_id(self) -> int:
        """Return the smallest id above all that are taken."""
        return max(self._neurons, default=0) + 1

    # ---- Looking things up

    def at(self, voxel: Iterable[int]) -> list[int]:
        """Ids of every neuron that owns the voxel (z, y, x)."""
        point = np.asarray([tuple(voxel)])
        return [n.id for n in self if n.contains(point)[0]]


def _triple(values: Iterable[Any]) -> tuple[int, int, int]:
    z, y, x = (int(v) for v in values)
    return z, y, x


def _packed(
    flat: NDArray[np.int64], shape: NDArray[np.int64]
) -> NDArray[np.unsignedinteger[Any]]:
    small = int(np.prod(shape)) < 2**32
    return flat.astype(np.uint32 if small else np.uint64)
