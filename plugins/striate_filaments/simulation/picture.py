"""Light to counts: haze, depth, bleed-through, noise; slab by slab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

from striate_filaments.simulation.autofluorescence import Autofluorescence
from striate_filaments.simulation.colours import bleed_matrix
from striate_filaments.simulation.fitted import FITTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from striate_filaments.simulation.painting import Light
    from striate_filaments.simulation.params import SimulateParams

__all__ = ["SLAB", "Haze", "take_slab"]

SLAB = 24
"""Planes made at once."""

_COARSE = 24  # voxels of the volume to one of the slow part of the haze
_SLOW_SHARE = 0.35  # of the haze's variance


class Haze:
    """Background whose log is a smooth random field with the crop's median and sd."""

    def __init__(self, params: SimulateParams) -> None:
        self._params = params
        bright = FITTED.label_bright * params.brightness
        self._structure = Autofluorescence(params, bright)
        self._sigma = np.asarray(params.psf_sigma) / params.voxel_size
        self._halo = int(np.ceil(4 * self._sigma[0]))
        grid = [-(-n // _COARSE) + 2 for n in params.shape]
        rng = np.random.default_rng((params.seed, 1))
        slow = rng.standard_normal((params.n_channels, *grid))
        self._slow = slow / slow.std(axis=(1, 2, 3), keepdims=True)

    def slab(self, channel: int, first: int, n: int) -> NDArray[np.float32]:
        """Counts of `n` planes from `first` on, float32 (z, y, x)."""
        field = np.sqrt(1 - _SLOW_SHARE) * self._fine(channel, first, n)
        field += np.sqrt(_SLOW_SHARE) * self._coarse(channel, first, n)
        levels = self._params.background_level
        contrast = self._params.background_contrast
        field *= contrast[channel % len(contrast)]
        np.exp(field, out=field)
        field *= levels[channel % len(levels)] * self._params.background
        if self._params.autofluorescence:
            field += self._structure.slab(channel, first, n)
        return field

    def _fine(self, channel: int, first: int, n: int) -> NDArray[np.float32]:
        _, y, x = self._params.shape
        planes = [
            np.random.default_rng(
                (self._params.seed, 2, channel, z + 1024)
            ).standard_normal((y, x), dtype=np.float32)
            for z in range(first - self._halo, first + n + self._halo)
        ]
        smooth = gaussian_filter(np.stack(planes), self._sigma, truncate=4.0)
        inner = smooth[self._halo : self._halo + n]
        return np.asarray(inner / _blurred_sd(self._sigma), dtype=np.float32)

    def _coarse(self, channel: int, first: int, n: int) -> NDArray[np.float32]:
        _, y, x = self._params.shape
        grid = self._slow[channel]
        at = (np.arange(first, first + n) / _COARSE)[:, None, None]
        low = np.floor(at).astype(int)[:, 0, 0]
        planes = grid[low] * (1 - (at - low[:, None, None])) + grid[low + 1] * (
            at - low[:, None, None]
        )
        wide = zoom(planes, (1, _COARSE, _COARSE), order=1, grid_mode=False)
        return np.asarray(wide[:, :y, :x], dtype=np.float32)


def take_slab(
    params: SimulateParams,
    lights: Sequence[Light],
    colours: NDArray[np.float64],
    haze: Haze,
    first: int,
) -> NDArray[np.uint16]:
    """Raw counts (channels, planes, y, x) of the slab that begins at plane `first`.

    `colours` holds counts per unit of light, (neurons, channels).
    """
    n = min(SLAB, params.shape[0] - first)
    plane = params.shape[1] * params.shape[2]
    tint = colours @ bleed_matrix(params.n_channels, params.bleed_through).T
    fade = _fade(params, first, n)
    counts = np.empty((params.n_channels, n, *params.shape[1:]), np.uint16)
    for c in range(params.n_channels):
        light = haze.slab(c, first, n)
        flat = light.reshape(-1)
        for source, colour in zip(lights, tint, strict=True):
            part = source.between(first * plane, (first + n) * plane)
            flat[source.voxels[part] - first * plane] += source.expressed[
                part
            ] * np.float32(colour[c])
        light *= fade[:, None, None]
        counts[c] = _with_noise(light, params, (params.seed, 3, c, first))
    return counts


def _with_noise(
    light: NDArray[np.float32], params: SimulateParams, seed: tuple[int, ...]
) -> NDArray[np.uint16]:
    """Variance = read² + gain * light + (texture * light)²; clipped as detectors do."""
    rng = np.random.default_rng(seed)
    deviate = rng.standard_normal(light.shape, dtype=np.float32)
    variance = (FITTED.texture * light) ** 2
    variance += params.noise_gain * light + params.read_noise**2
    light += deviate * np.sqrt(variance) * np.float32(params.noise)
    light += np.float32(params.offset)
    return np.clip(np.rint(light), 0, params.saturation).astype(np.uint16)


def _fade(params: SimulateParams, first: int, n: int) -> NDArray[np.float32]:
    depth = np.arange(first, first + n) * params.voxel_size[0]
    if not params.depth_attenuation:
        return np.ones(n, np.float32)
    return np.exp(-depth / params.depth_attenuation).astype(np.float32)


def _blurred_sd(sigma: NDArray[np.float64]) -> float:
    """Standard deviation that blurring leaves of white noise of 1."""
    reach = np.ceil(4 * sigma).astype(int) + 1
    impulse = np.zeros(tuple(2 * reach + 1))
    impulse[tuple(reach)] = 1.0
    return float(np.sqrt((gaussian_filter(impulse, sigma, truncate=4.0) ** 2).sum()))
