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
    from striate_filaments.simulation.params import SimulateParams

__all__ = ["Blur", "Light", "paint"]

_BLOCK = 48  # voxels along each side
_FAINTEST = 0.004  # share of the brightest voxel below which light is left out


@dataclass(frozen=True)
class Blur:
    """How light spreads: a Gaussian, and a wide one that takes a share of the light.

    Parameters
    ----------
    sigma, wide
        (z, y, x) in voxels.
    halo
        The share.
    """

    sigma: NDArray[np.float64]
    wide: NDArray[np.float64]
    halo: float

    @classmethod
    def of(cls, params: SimulateParams) -> Blur:
        """The blur of a simulated volume."""
        size = np.asarray(params.voxel_size)
        sigma = np.asarray(params.psf_sigma) / size
        wide = np.maximum(sigma, params.halo_sigma / size)
        return cls(sigma, wide, params.halo)

    @property
    def reach(self) -> NDArray[np.int_]:
        """Voxels that light spreads by, (z, y, x)."""
        widest = self.wide if self.halo else self.sigma
        return np.ceil(4 * widest).astype(int)

    def spread(self, light: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the microscope makes of a block of light."""
        sharp = gaussian_filter(light, self.sigma, mode="constant", truncate=4.0)
        if not self.halo:
            return np.asarray(sharp)
        wide = gaussian_filter(light, self.wide, mode="constant", truncate=4.0)
        share = np.float32(self.halo)
        return np.asarray((1 - share) * sharp + share * wide)


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
    blur: Blur,
) -> Light:
    """Paint balls of 1 along the cable, keep the brightest of each, blur with the PSF.

    Only blocks the cable comes near are ever dense, so memory follows the cable
    and not the volume.
    """
    size = np.asarray(voxel_size)
    reach = np.ceil(beads.radius.max() / size + 0.5).astype(int)
    halo = reach + blur.reach
    at = beads.points / size - 0.5
    found = [
        _block(beads, at, members, first, shape, size, blur, halo)
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
    blur: Blur,
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
    pieces = [blur.spread(kind)[core] for kind in tubes]
    lit = np.nonzero(pieces[0] > 1e-4)
    where = np.stack(lit) + first[:, None]
    voxels = np.ravel_multi_index(tuple(where), shape).astype(np.int64)
    return voxels, pieces[0][lit], pieces[1][lit]
