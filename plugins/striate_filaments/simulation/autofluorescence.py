"""Background with structure: cell bodies, patches and streaks that shine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from striate_filaments.simulation.params import SimulateParams

__all__ = ["Autofluorescence"]

_COARSE = 3  # voxels of the volume to one of the field; nothing here is finer
_BODIES = 4e-5  # per µm³
_BODY = (1.8, 5.0)  # µm, radius
_STREAKS = 1.2e-5  # per µm³
_STREAK = (1.2, 3.0)  # µm, half width
_RUN = (15.0, 80.0)  # µm, length
_PATCH = 12.0  # µm, correlation length of the patches
_GREY = 4.0  # concentration of colours about grey


class Autofluorescence:
    """A field of light that is no neuron's, on a coarse grid.

    Parameters
    ----------
    params
        `autofluorescence` is its strength.
    bright
        Light of a typical neuron in counts, of which the strength is a share.
    """

    def __init__(self, params: SimulateParams, bright: float) -> None:
        self._shape = params.shape
        self._step = np.asarray(params.voxel_size) * _COARSE
        rng = np.random.default_rng((params.seed, 6))
        grid = tuple(-(-n // _COARSE) + 2 for n in params.shape)
        field = np.zeros((params.n_channels, *grid), np.float32)
        if params.autofluorescence:
            extent = np.asarray(params.shape) * np.asarray(params.voxel_size)
            volume = float(extent.prod())
            for _ in range(rng.poisson(_BODIES * volume)):
                self._add_body(field, extent, rng)
            for _ in range(rng.poisson(_STREAKS * volume)):
                self._add_streak(field, extent, rng)
            field += self._patches(grid, params.n_channels, rng)
            field *= params.autofluorescence * bright
        self._field = field

    def slab(self, channel: int, first: int, n: int) -> NDArray[np.float32]:
        """Counts of `n` planes from `first` on, float32 (z, y, x)."""
        grid = self._field[channel]
        at = np.arange(first, first + n) / _COARSE
        low = at.astype(int)
        share = (at - low).astype(np.float32)[:, None, None]
        planes = grid[low] * (1 - share) + grid[low + 1] * share
        wide = zoom(planes, (1, _COARSE, _COARSE), order=1)
        return np.asarray(wide[:, : self._shape[1], : self._shape[2]])

    def _add_body(
        self, field: NDArray[np.float32], extent: NDArray[np.float64], rng: Generator
    ) -> None:
        """A soft ellipsoid; some have a dark nucleus."""
        radius = rng.uniform(*_BODY) * rng.uniform(0.8, 1.25, 3)
        box, far = self._around(rng.random(3) * extent, radius * 1.8, field.shape[1:])
        square = sum((f / r) ** 2 for f, r in zip(np.ix_(*far), radius, strict=True))
        body = np.exp(-(np.asarray(square) ** 2))
        if rng.random() < 0.4:
            body *= 1 - 0.7 * np.exp(-4 * np.asarray(square))
        colour = _colour(len(field), rng) * rng.exponential(0.5)
        field[:, *box] += (colour[:, None, None, None] * body).astype(np.float32)

    def _add_streak(
        self, field: NDArray[np.float32], extent: NDArray[np.float64], rng: Generator
    ) -> None:
        """A straight, soft-edged band that comes and goes."""
        way = rng.normal(size=3) * (0.5, 1.0, 1.0)
        way /= np.linalg.norm(way)
        half = rng.uniform(*_RUN) / 2
        middle, width = rng.random(3) * extent, rng.uniform(*_STREAK)
        reach = np.abs(way) * half + 2 * width
        box, far = self._around(middle, reach, field.shape[1:])
        axes = np.ix_(*far)
        along = sum(f * w for f, w in zip(axes, way, strict=True))
        square = sum(f**2 for f in axes) - along**2
        band = np.exp(-square / (2 * (width / 1.5) ** 2) - (along / half) ** 4)
        band *= 0.6 + 0.4 * np.sin(along / rng.uniform(2, 6) + rng.uniform(0, 6))
        colour = _colour(len(field), rng) * rng.exponential(0.25)
        field[:, *box] += (colour[:, None, None, None] * band).astype(np.float32)

    def _around(
        self,
        middle: NDArray[np.float64],
        reach: NDArray[np.float64],
        grid: tuple[int, ...],
    ) -> tuple[tuple[slice, ...], list[NDArray[np.float64]]]:
        """Return the part of the grid within `reach` µm, and each axis's distances."""
        box, far = [], []
        for m, r, step, n in zip(middle, reach, self._step, grid, strict=True):
            a = int(np.clip((m - r) // step, 0, n))
            b = int(np.clip((m + r) // step + 2, a, n))
            box.append(slice(a, b))
            far.append(np.arange(a, b) * step - m)
        return tuple(box), far

    def _patches(
        self, grid: tuple[int, ...], n_channels: int, rng: Generator
    ) -> NDArray[np.float32]:
        """Haze where a slow random field is high, the same place in all channels."""
        noise = rng.standard_normal(grid, dtype=np.float32)
        slow = gaussian_filter(noise, _PATCH / 2 / self._step, mode="reflect")
        slow /= max(float(slow.std()), 1e-9)
        haze = 0.06 * np.clip(slow - 0.3, 0, None)
        colour = _colour(n_channels, rng)[:, None, None, None]
        return np.asarray(colour * haze, dtype=np.float32)


def _colour(n_channels: int, rng: Generator) -> NDArray[np.float64]:
    """Near grey: what shines by itself shines in every channel."""
    return rng.dirichlet(np.full(n_channels, _GREY)) * np.sqrt(n_channels)
