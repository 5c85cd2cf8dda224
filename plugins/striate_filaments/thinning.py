"""Thinning of a sparse mask: scikit-image's ``skeletonize``, ten times as fast.

Lee, Kashyap & Chu 1994. A voxel at the mask's border goes when it is no end, when its
going leaves the Euler characteristic as it is, and when its neighbours stay in one
piece. Only the mask's own voxels are visited, in the same order as scikit-image visits
all voxels of the box, so that the result is the same voxel by voxel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.segmentation.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.neurons import Neuron

    Ints = NDArray[np.int64]

__all__ = ["thin"]


def thin(neuron: Neuron) -> NDArray[np.int64]:
    """Thin a neuron to lines.

    Returns
    -------
    (n, 3) voxels (z, y, x) of the volume, in C order; none when nothing is left.
    """
    points = neuron.coordinates()
    size = np.asarray(neuron.shape) + 2
    z, y, x = (points - np.asarray(neuron.start) + 1).T
    index = (z * size[1] + y) * size[2] + x
    # Zeros cost memory only where they are written: the box is mostly empty.
    image = np.zeros(int(size.prod()), np.uint8)
    image[index] = 1
    steps = _OFFSETS @ np.array([size[1] * size[2], size[2], 1])
    _thin(image, index.copy(), steps.astype(np.int64), *_TABLES)
    return points[image[index] == 1]


def _tables() -> tuple[Ints, Ints, Ints, Ints]:
    """Bits of the 26 neighbours that touch each, and that share its corners and edges.

    A neighbour's bit is its place among the offsets from (-1, -1, -1) to (1, 1, 1),
    the middle left out.
    """
    apart = np.abs(_OFFSETS[:, None] - _OFFSETS[None]).max(2)
    touching = [_bits(row == 1) for row in apart]
    corners = [
        _bits(np.all((_OFFSETS == 0) | (corner == _OFFSETS), axis=1))
        for corner in _OFFSETS[np.abs(_OFFSETS).sum(1) == 3]
    ]
    edges = [
        _bits(np.all((_OFFSETS == 0) | (edge == _OFFSETS), axis=1))
        for edge in _OFFSETS[np.abs(_OFFSETS).sum(1) == 2]
    ]
    faces = [_bits(np.all(face == _OFFSETS, axis=1)) for face in _FACES]
    return tuple(  # type: ignore[return-value]
        np.array(t, np.int64) for t in (touching, corners, edges, faces)
    )


def _bits(chosen: NDArray[np.bool_]) -> int:
    return int(sum(1 << i for i in np.flatnonzero(chosen).tolist()))


_OFFSETS = np.delete(np.stack(np.unravel_index(np.arange(27), (3, 3, 3)), 1) - 1, 13, 0)
_FACES = ((0, -1, 0), (0, 1, 0), (0, 0, 1), (0, 0, -1), (1, 0, 0), (-1, 0, 0))
"""The sides from which voxels are taken, in scikit-image's order."""
_TABLES = _tables()


@compiled
def _around(image: NDArray[np.uint8], i: int, steps: Ints) -> int:
    """Bits of the neighbours that are in the mask."""
    bits = 0
    for n in range(26):
        if image[i + steps[n]] == 1:
            bits |= 1 << n
    return bits


@compiled
def _keeps_euler(bits: int, corners: Ints, edges: Ints, faces: Ints) -> bool:
    """Whether the corners, edges, faces and the cube that go add up to nothing."""
    change = -1
    for n in range(8):
        change += (bits & corners[n]) == 0
    for n in range(12):
        change -= (bits & edges[n]) == 0
    for n in range(6):
        change += (bits & faces[n]) == 0
    return change == 0


@compiled
def _in_one_piece(bits: int, touching: Ints) -> bool:
    piece = bits & -bits
    fresh = piece
    while fresh != 0:
        grown = 0
        for n in range(26):
            if (fresh >> n) & 1:
                grown |= touching[n]
        fresh = grown & bits & ~piece
        piece |= fresh
    return piece == bits


@compiled
def _thin(
    image: NDArray[np.uint8],
    alive: Ints,
    steps: Ints,
    touching: Ints,
    corners: Ints,
    edges: Ints,
    faces: Ints,
) -> None:
    count = len(alive)
    candidates = np.empty(count, np.int64)
    sides = np.empty(6, np.int64)
    for side in range(6):
        for n in range(26):
            if faces[side] == 1 << n:
                sides[side] = steps[n]
    unchanged = 0
    while unchanged < 6:
        unchanged = 0
        for side in range(6):
            found = 0
            for place in range(count):
                i = alive[place]
                if image[i] == 0 or image[i + sides[side]] == 1:
                    continue
                bits = _around(image, i, steps)
                if bits & (bits - 1) == 0 and bits != 0:
                    continue  # one neighbour: an end
                if _keeps_euler(bits, corners, edges, faces) and _in_one_piece(
                    bits, touching
                ):
                    candidates[found] = i
                    found += 1
            changed = False
            for place in range(found):
                i = candidates[place]
                if _in_one_piece(_around(image, i, steps), touching):
                    image[i] = 0
                    changed = True
            if not changed:
                unchanged += 1
        left = 0
        for place in range(count):
            if image[alive[place]] == 1:
                alive[left] = alive[place]
                left += 1
        count = left
