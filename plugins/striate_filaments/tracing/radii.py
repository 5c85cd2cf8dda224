"""How thick a neuron is along a path, from the image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.tracing.paths import Window

__all__ = ["centred", "measure_radii", "smoothed"]

_RAYS = 24
_STEPS = 24


def centred(window: Window, path: NDArray[np.int64]) -> NDArray[np.float64]:
    """Move a path of voxels to the middle of the signal around it.

    Returns
    -------
    (n, 3) voxels of the volume (z, y, x), no longer whole numbers.
    """
    shape = np.asarray(window.image.shape[1:])
    size = np.asarray(window.voxel_size)
    reach = np.maximum(1, np.rint(2 * size.min() / size)).astype(int)
    axes = [np.arange(-r, r + 1) for r in reach]
    offsets = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    low = _background(window)
    points = (path - np.asarray(window.origin)).astype(float)
    for _ in range(2):
        cells = np.rint(points).astype(int)[:, None] + offsets
        cells = np.clip(cells, 0, shape - 1)
        values = window.image[(slice(None), *np.moveaxis(cells, -1, 0))]
        signal = np.maximum(values.astype(float) - low[:, None, None], 0).sum(0) ** 2
        total = signal.sum(1, keepdims=True)
        middle = (cells * signal[..., None]).sum(1) / np.maximum(total, 1e-9)
        points = smoothed(np.where(total > 0, middle, points), 5)
    return points + np.asarray(window.origin)


def _background(window: Window) -> NDArray[np.float64]:
    thin = window.image[:, ::4, ::4, ::4].reshape(len(window.image), -1)
    return np.asarray(np.median(thin, axis=1), np.float64)


def measure_radii(
    window: Window, path: NDArray[Any], largest: float = 6.0
) -> NDArray[np.float64]:
    """Measure where brightness falls to half of the centre line's.

    Parameters
    ----------
    path
        (n, 3) voxels (z, y, x) of the volume, whole numbers or not.
    largest
        Do not look farther than this, in the window's unit.

    Returns
    -------
    (n,) radii in the window's unit, smoothed along the path: for each node the median
    over rays to all sides.
    """
    from scipy.ndimage import map_coordinates

    image = np.asarray(window.image, np.float32)
    low = _background(window)
    size = np.asarray(window.voxel_size)
    centres = (path - np.asarray(window.origin)).astype(float)
    reach = np.linspace(0, largest, _STEPS)
    rays = _rays(_RAYS) / size
    where = centres[:, None, None] + rays[None, :, None] * reach[None, None, :, None]
    flat = where.reshape(-1, 3).T
    signal = sum(
        np.maximum(map_coordinates(c, flat, order=1, mode="nearest") - b, 0)
        for c, b in zip(image, low, strict=True)
    )
    signal = np.asarray(signal).reshape(len(path), _RAYS, _STEPS)
    middle = signal[:, :, 0].max(1)[:, None, None]
    below = signal < middle / 2
    first = np.where(below.any(2), np.argmax(below, axis=2), _STEPS - 1)
    # Rays along the neuron never leave it: the thinner half of them tells.
    radii = np.quantile(reach[np.maximum(first, 1)], 0.3, axis=1)
    return smoothed(np.maximum(radii, size.min() / 2), 5)


def smoothed(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Running mean of 1-D or (n, k) values; ends keep their own weight."""
    if len(values) < 3:
        return values
    half = min(width // 2, (len(values) - 1) // 2)
    rows = values.reshape(len(values), -1)
    padded = np.pad(rows, ((half + 1, half), (0, 0)), mode="edge")
    sums = np.cumsum(padded, axis=0)
    found = (sums[2 * half + 1 :] - sums[: -2 * half - 1]) / (2 * half + 1)
    return np.asarray(found.reshape(values.shape))


def _rays(n: int) -> NDArray[np.float64]:
    """(n, 3) unit vectors spread evenly over the sphere (Fibonacci lattice)."""
    i = np.arange(n) + 0.5
    z = 1 - 2 * i / n
    turn = np.pi * (1 + 5**0.5) * i
    flat = np.sqrt(1 - z**2)
    return np.stack([z, flat * np.sin(turn), flat * np.cos(turn)], axis=1)
