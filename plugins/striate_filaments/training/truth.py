"""The truth as sparse voxels, and a box of it as what the network should answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.thinning import thin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from striate_filaments.neurons import Neuron

    Ints = NDArray[np.int64]

__all__ = ["Target", "Truth"]

_AROUND = np.stack(np.unravel_index(np.arange(27), (3, 3, 3)), 1) - 1


@dataclass(frozen=True)
class Target:
    """What is true in a box; all arrays (z, y, x).

    Parameters
    ----------
    owner, second
        uint16 place of the neuron that owns a voxel, counted from 1, and of another
        that owns it too; 0 for none. Which of the two comes first means nothing.
    centre
        Whether the voxel lies on a centre line or touches one.
    known
        Whether anything is known about the voxel.
    """

    owner: NDArray[np.uint16]
    second: NDArray[np.uint16]
    centre: NDArray[np.bool_]
    known: NDArray[np.bool_]


@dataclass(frozen=True)
class Truth:
    """All labelled voxels of a volume, sorted.

    Parameters
    ----------
    shape
        (z, y, x).
    index
        (n,) C-order indices, unique.
    owner, second, centre
        Of each; see :class:`Target`.
    """

    shape: tuple[int, int, int]
    index: Ints
    owner: NDArray[np.uint16]
    second: NDArray[np.uint16]
    centre: NDArray[np.bool_]

    @classmethod
    def of(cls, neurons: Iterable[Neuron], shape: tuple[int, int, int]) -> Truth:
        """Gather the voxels of neurons that may overlap."""
        chosen = [n for n in neurons if len(n)]
        places = [_flat(n.coordinates(), shape) for n in chosen]
        if not places:
            none = np.zeros(0, np.uint16)
            return cls(shape, np.zeros(0, np.int64), none, none, none.astype(bool))
        whole = np.concatenate(places)
        names = np.repeat(np.arange(1, len(places) + 1), [len(p) for p in places])
        order = np.argsort(whole, kind="stable")
        index, first = np.unique(whole[order], return_index=True)
        count = np.diff(np.append(first, len(whole)))
        names = names[order]
        second = np.where(count > 1, names[np.minimum(first + 1, len(names) - 1)], 0)
        centre = _centres(chosen, index, shape)
        return cls(
            shape,
            index,
            names[first].astype(np.uint16),
            second.astype(np.uint16),
            centre,
        )

    @property
    def count(self) -> int:
        """Number of neurons."""
        return int(max(self.owner.max(initial=0), self.second.max(initial=0)))

    def box(self, start: Sequence[int], edge: int) -> Target:
        """Cut a cube of `edge` voxels out; outside of the volume nothing is known."""
        size = (edge, edge, edge)
        rows, places = self._inside(start, edge)
        owner, second = np.zeros(size, np.uint16), np.zeros(size, np.uint16)
        centre, known = np.zeros(size, bool), np.zeros(size, bool)
        owner[places], second[places] = self.owner[rows], self.second[rows]
        centre[places] = self.centre[rows]
        known[within(start, edge, self.shape)] = True
        return Target(owner, second, centre, known)

    def _inside(self, start: Sequence[int], edge: int) -> tuple[Ints, tuple[Ints, ...]]:
        """Rows whose voxel lies in the cube, and where in it."""
        plane = self.shape[1] * self.shape[2]
        low, high = np.searchsorted(
            self.index, (max(0, start[0]) * plane, (start[0] + edge) * plane)
        )
        rows = np.arange(low, high)
        found = np.stack(np.unravel_index(self.index[low:high], self.shape), 1)
        local = found - np.asarray(start)
        inside = np.all((local >= 0) & (local < edge), axis=1)
        z, y, x = local[inside].T
        return rows[inside], (z, y, x)


def within(
    start: Sequence[int], edge: int, shape: Sequence[int]
) -> tuple[slice, slice, slice]:
    """The part of a cube that lies in the volume, counted from its start."""
    z, y, x = (
        slice(max(0, -a), max(0, min(edge, n - a)))
        for a, n in zip(start, shape, strict=True)
    )
    return z, y, x


def _flat(points: Ints, shape: tuple[int, int, int]) -> Ints:
    z, y, x = points.T
    return np.asarray(np.ravel_multi_index((z, y, x), shape), dtype=np.int64)


def _centres(
    neurons: list[Neuron], index: Ints, shape: tuple[int, int, int]
) -> NDArray[np.bool_]:
    """Which of the labelled voxels lie on a centre line or touch one."""
    lines = [thin(n) for n in neurons]
    near = np.unique((np.concatenate(lines)[:, None] + _AROUND).reshape(-1, 3), axis=0)
    near = near[np.all((near >= 0) & (near < shape), axis=1)]
    return np.isin(index, _flat(near, shape), assume_unique=True)
