"""What is trained on: volumes with their truth, and cubes cut out of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from striate_filaments.learned.units import in_noise_units, levels
from striate_filaments.training.truth import Target, Truth, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    import dask.array as da
    from numpy.typing import NDArray

    from striate_filaments.segmentation.foreground import Detector

    Floats = NDArray[np.float32]
    Rng = np.random.Generator

__all__ = ["Crop", "Example"]

_DARK = 2.5
"""Brightness in noise units below which a voxel surely holds no neurite."""
_ON_NEURON, _ON_SEVERAL = 0.75, 0.15
"""Shares of cubes around a voxel of a neuron, and of several; the rest: anywhere."""


@dataclass(frozen=True)
class Crop:
    """One cube.

    Parameters
    ----------
    signal
        (C, e, e, e) without background, in units of its spread.
    skew
        (C,) of the background's law.
    target
        What is true there.
    """

    signal: Floats
    skew: NDArray[np.float64]
    target: Target

    @property
    def level(self) -> Floats:
        """The signal, bent so that background is normal."""
        return levels(self.signal, self.skew)


@dataclass(frozen=True)
class Example:
    """A volume, what its background is like, and what is true in it.

    Parameters
    ----------
    name
        For messages.
    array
        (C, Z, Y, X); numpy or lazy.
    partly
        Whether neurons may be there that are not labelled.
    first, last
        The region that is labelled, in voxels (z, y, x); `last` excluded.
    """

    name: str
    array: NDArray[np.generic] | da.Array
    detector: Detector
    truth: Truth
    partly: bool
    first: tuple[int, int, int]
    last: tuple[int, int, int]

    def draw(self, rng: Rng, edge: int) -> Crop:
        """Cut a cube at a random place, mostly where neurons are."""
        centre = self._somewhere(rng)
        shift = rng.integers(-edge // 4, edge // 4 + 1, 3)
        start = [
            int(np.clip(c + s - edge // 2, a, max(a, b - edge)))
            for c, s, a, b in zip(centre, shift, self.first, self.last, strict=True)
        ]
        return self.crop(start, edge)

    def crop(self, start: Sequence[int], edge: int) -> Crop:
        """Cut the cube that begins at `start`; empty where there is no volume."""
        shape, sigmas = self.truth.shape, self.detector.optics.sigmas[0]
        around = [int(np.ceil(3 * s)) for s in sigmas]
        low = [max(0, a - r) for a, r in zip(start, around, strict=True)]
        high = [
            min(n, a + edge + r) for a, r, n in zip(start, around, shape, strict=True)
        ]
        raw = _read(self.array, low, high)
        _, units = in_noise_units(raw, low, self.detector)
        here = within(start, edge, shape)
        signal = np.zeros((len(raw), edge, edge, edge), np.float32)
        taken = tuple(
            slice(a + s.start - o, a + s.stop - o)
            for a, s, o in zip(start, here, low, strict=True)
        )
        signal[(slice(None), *here)] = units[(slice(None), *taken)]
        target = self.truth.box(start, edge)
        target.known[...] &= self._labelled(start, edge)
        crop = Crop(signal, self.detector.noise.skew[:, 0], target)
        if self.partly:
            target.known[...] &= _sure(crop)
        return crop

    def _somewhere(self, rng: Rng) -> NDArray[np.int64]:
        """A voxel (z, y, x) in the labelled region."""
        dice, truth = rng.random(), self.truth
        rows = np.zeros(0, np.int64)
        if dice < _ON_NEURON and truth.count:
            rows = np.flatnonzero(truth.owner == 1 + rng.integers(truth.count))
        elif dice < _ON_NEURON + _ON_SEVERAL:
            rows = np.flatnonzero(truth.second)
        if len(rows):
            row = rows[int(rng.integers(len(rows)))]
            return np.stack(np.unravel_index(truth.index[row], truth.shape))
        return rng.integers(self.first, self.last)

    def _labelled(self, start: Sequence[int], edge: int) -> NDArray[np.bool_]:
        grid = np.ones((edge, edge, edge), bool)
        for axis in range(3):
            place = start[axis] + np.arange(edge)
            inside = (place >= self.first[axis]) & (place < self.last[axis])
            grid &= np.moveaxis(inside[:, None, None], 0, axis)
        return grid


def _sure(crop: Crop) -> NDArray[np.bool_]:
    """Voxels about which partly labelled data say something.

    Those of a neuron; dark ones; and the dim surroundings of a neuron, whose edge
    somebody has drawn.
    """
    length = np.sqrt((crop.level**2).sum(0))
    labelled = crop.target.owner > 0
    near = ndimage.binary_dilation(labelled, iterations=3)
    bright = ndimage.maximum_filter(np.where(labelled, length, 0.0), size=7)
    edge = near & (length < 0.5 * bright)
    noise = np.sqrt(0.5 * len(crop.signal))
    return np.asarray(labelled | edge | (length < noise + _DARK))


def _read(
    array: NDArray[np.generic] | da.Array, low: Sequence[int], high: Sequence[int]
) -> Floats:
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    part = array[(slice(None), *box)]
    values = part if isinstance(part, np.ndarray) else np.asarray(part.compute())
    return np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
