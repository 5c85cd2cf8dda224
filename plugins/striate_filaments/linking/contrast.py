"""The colour of a piece by what rises in it, not by all the light that is there.

Light of the background and of bright neighbours lies over a neurite, smoothly: it
moves the hue of a dim one by many degrees. What a neurite adds goes up and down with
the finder's score from its edge to its crest. So the covariance of both inside a
piece, freed of what changes evenly in any direction, has the neurite's own colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.segmentation.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.segmentation.colour import Palette

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]

__all__ = ["Contrast"]

_FAINTEST = 0.1
_SURE = 1.0
"""Squared voxels added to how far a piece reaches, lest a small one have no way."""


@dataclass(frozen=True)
class Contrast:
    """What rises inside of each piece; all of it adds up as pieces join.

    Parameters
    ----------
    total, variance
        (K, C) covariance of signal and log score, times the voxels, and the variance
        of that by the noise.
    relief
        (K,) the squares of the log score that are left.
    """

    total: Doubles
    variance: Doubles
    relief: Doubles

    @classmethod
    def of(
        cls, label: Ints, count: int, palette: Palette, score: Floats, points: Ints
    ) -> Contrast:
        """Work it out for `count` pieces from voxels at (n, 3) `points`."""
        channels = palette.signal.shape[1]
        level = np.log(np.maximum(score, 0) + _FAINTEST).astype(np.float64)
        size = np.maximum(np.bincount(label, minlength=count), 1.0)
        values = (*points.T, level, *palette.signal.T)
        sums = [np.bincount(label, v, minlength=count) for v in values]
        mean = np.stack(sums, axis=1) / size[:, None]
        ways = np.zeros((count, 3, 3))
        slopes = np.zeros((count, 3, 1 + channels))
        both, noise = np.zeros((count, 1 + channels)), np.zeros((count, channels))
        _squares(
            label, points, level, palette.signal, palette.noise, mean, ways, slopes,
            both, noise,
        )  # fmt: skip
        ways += _SURE * np.eye(3)
        evenly = np.linalg.solve(ways, slopes[:, :, :1])[:, :, 0]
        both -= np.einsum("ki,kic->kc", evenly, slopes)
        relief = np.maximum(both[:, 0], 0.0)
        each = noise / size[:, None]
        correlated = np.minimum(size, palette.correlated)
        variance = each * (relief * correlated)[:, None]
        return cls(both[:, 1:], variance, relief)


@compiled
def _squares(
    label: Ints,
    points: Ints,
    level: Doubles,
    signal: Floats,
    noise: Floats,
    mean: Doubles,
    ways: Doubles,
    slopes: Doubles,
    both: Doubles,
    spread: Doubles,
) -> None:
    """Sums of products, less the means, of places, level and signal."""
    at, channels = np.empty(3), signal.shape[1]
    for v in range(len(label)):
        k = label[v]
        q = level[v] - mean[k, 3]
        both[k, 0] += q * q
        for i in range(3):
            at[i] = points[v, i] - mean[k, i]
            slopes[k, i, 0] += at[i] * q
        for i in range(3):
            for j in range(3):
                ways[k, i, j] += at[i] * at[j]
        for c in range(channels):
            s = signal[v, c] - mean[k, 4 + c]
            both[k, 1 + c] += q * s
            spread[k, c] += noise[v, c] * noise[v, c]
            for i in range(3):
                slopes[k, i, 1 + c] += at[i] * s
