"""Crops of one time point of an image, whatever its size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.data import Volume

__all__ = ["Pixels"]

KEEP_BYTES = 256 << 20
"""An image up to this size is read once and kept; a larger one crop by crop."""

Point = tuple[int, int, int]


class Pixels:
    """Reads (C, Z, Y, X) crops."""

    def __init__(self, volume: Volume, t: int = 0) -> None:
        self._lazy = volume.czyx(t=t)
        self._whole: NDArray[Any] | None = None
        shape = tuple(int(n) for n in self._lazy.shape)
        self.n_channels = shape[0]
        self.shape: Point = (shape[1], shape[2], shape[3])
        size = int(np.prod(shape)) * self._lazy.dtype.itemsize
        self._keeps = size <= KEEP_BYTES

    def read(self, start: Point, stop: Point) -> NDArray[Any]:
        """Read the box inside the image; both (z, y, x), stop excluded."""
        place = (slice(None), *(slice(a, b) for a, b in zip(start, stop, strict=True)))
        if self._keeps:
            if self._whole is None:
                self._whole = np.asarray(self._lazy.compute(scheduler="synchronous"))
            return self._whole[place]
        return np.asarray(self._lazy[place].compute(scheduler="synchronous"))

    def window(self, start: Point, stop: Point) -> NDArray[Any]:
        """Read a box that may reach outside; there each channel has its median."""
        inner = self.clip(start, stop)
        crop = self.read(*inner)
        if inner == (start, stop):
            return crop
        size = tuple(b - a for a, b in zip(start, stop, strict=True))
        filled = np.empty((len(crop), *size), crop.dtype)
        with np.errstate(invalid="ignore"):
            middle = np.nanmedian(crop.reshape(len(crop), -1), axis=1)
        filled[:] = np.nan_to_num(middle).astype(crop.dtype)[:, None, None, None]
        filled[(slice(None), *_place(inner, start))] = crop
        return filled

    def clip(self, start: Point, stop: Point) -> tuple[Point, Point]:
        """Return the part of a box that lies inside the image."""
        low = [min(max(0, a), n) for a, n in zip(start, self.shape, strict=True)]
        high = [max(min(b, n), 0) for b, n in zip(stop, self.shape, strict=True)]
        return (low[0], low[1], low[2]), (high[0], high[1], high[2])


def _place(inner: tuple[Point, Point], start: Point) -> tuple[slice, ...]:
    return tuple(
        slice(a - s, b - s) for a, b, s in zip(inner[0], inner[1], start, strict=True)
    )
