"""Tubes to light: paint one neuron sparsely, block by block, and blur it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter

from striate_filaments.simulation.tubes import fill_tubes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from striate_filaments.simulation.expression import Beads

__all__ = ["Light", "paint"]

_BLOCK = 48  # voxels along each side
_FAINTEST = 0.004  # share of the brightest voxel below which light is left out


@dataclass(frozen=True)
class Light:
    """What one neuron adds to the picture, sparsely.

    Parameters
    ----------
    voxels
        Sorted C-order indices into the volume, int64.
    intact, expressed
        Brightness there, float32, without and with gaps in expression.
    """

    voxels: NDArray[np.int64]
    intact: NDArray[np.float32]
    expressed: NDArray[np.float32]

    def between(self, first: int, last: int) -> slice:
        """Entries whose voxel index lies in ``first:last``."""
        a, b = np.searchsorted(self.voxels, (first, last))
        return slice(int(a), int(b))


def paint(
    beads: Beads,
    shape: tuple[int, int, int],
    voxel_size: tuple[float, float, float],
    psf_sigma: tuple[float, float, float],
) -> Light:
    """Paint balls of 1 along the cable, keep the brightest of each, blur with the PSF.

    Only blocks the cable comes near are ever dense, so memory follows the cable
    and not the volume.
    """
    size = np.asarray(voxel_size)
    sigma = np.asarray(psf_sigma) / size
    reach = np.ceil(beads.radius.max() / size + 0.5).astype(int)
    halo = reach + np.ceil(4 * sigma).astype(int)
    at = beads.points / size - 0.5
    found = [
        _block(beads, at, members, first, shape, size, sigma, halo)
        for first, members in _blocks(at, halo, shape)
    ]
    voxels = np.concatenate([f[0] for f in found])
    order = np.argsort(voxels)
    values = [np.concatenate([f[i] for f in found])[order] for i in (1, 2)]
    keep = values[0] > _FAINTEST * values[0].max()
    return Light(voxels[order][keep], values[0][keep], values[1][keep])


def _blocks(
    at: NDArray[np.float64], halo: NDArray[np.int_], shape: tuple[int, int, int]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """First voxel of every block within `halo` of a point, and those points."""
    near = [np.floor((at + side * halo) / _BLOCK).astype(np.int64) for side in (-1, 1)]
    corners = [
        np.where([(c >> axis) & 1 for axis in range(3)], near[1], near[0])
        for c in range(8)
    ]
    pairs = np.stack([_key(c) for c in corners], axis=1)
    limit = np.ceil(np.asarray(shape) / _BLOCK).astype(np.int64)
    for key in np.unique(pairs):
        block = _unkey(int(key))
        if np.all((block >= 0) & (block < limit)):
            yield block * _BLOCK, np.flatnonzero((pairs == key).any(axis=1))


def _key(block: NDArray[np.int64]) -> NDArray[np.int64]:
    z, y, x = (block + 1024).T
    return np.asarray((z << 40) | (y << 20) | x)


def _unkey(key: int) -> NDArray[np.int64]:
    mask = (1 << 20) - 1
    return np.array([key >> 40, (key >> 20) & mask, key & mask]) - 1024


def _block(
    beads: Beads,
    at: NDArray[np.float64],
    members: NDArray[np.int64],
    first: NDArray[np.int64],
    shape: tuple[int, int, int],
    size: NDArray[np.float64],
    sigma: NDArray[np.float64],
    halo: NDArray[np.int_],
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Voxel indices and both brightnesses of the part of one block in the volume."""
    inner = np.minimum(_BLOCK, np.asarray(shape) - first)
    box = tuple(inner + 2 * halo)
    tubes = np.zeros((2, *box), np.float32)
    brightness = np.stack([beads.intact[members], beads.expressed[members]])
    place = at[members] - first + halo
    fill_tubes(tubes, place, beads.radius[members], brightness, size)
    core = tuple(slice(h, h + n) for h, n in zip(halo, inner, strict=True))
    pieces = [
        gaussian_filter(kind, sigma, mode="constant", truncate=4.0)[core]
        for kind in tubes
    ]
    lit = np.nonzero(pieces[0] > 1e-4)
    where = np.stack(lit) + first[:, None]
    voxels = np.ravel_multi_index(tuple(where), shape).astype(np.int64)
    return voxels, pieces[0][lit], pieces[1][lit]
