"""Colour as a direction, and how sure we are of it.

A neuron's brightness changes along its arbor, the ratio of its channels hardly
does: hue is the direction of the vector over the channels. Noise makes a
direction uncertain by (noise across it) / (length), in radians.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.segmentation.foreground import Detector, Voxels

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]

__all__ = ["Palette", "directions", "piece_colours"]

_HAZE = 0.5
"""Share of the background's spread that varies too slowly to average out."""


@dataclass(frozen=True)
class Palette:
    """Colour vectors of the voxels, channels brought to a common scale.

    Parameters
    ----------
    signal
        (n, C) scaled signal.
    noise
        (n, C) standard deviation of `signal`.
    scale
        (C,) raw counts that one unit of `signal` stands for.
    correlated
        Over how many voxels the smoothing correlates the noise.
    haze
        (C,) scaled spread of the background, which errs alike over a whole piece.
    """

    signal: Floats
    noise: Floats
    scale: Doubles
    correlated: float
    haze: Doubles

    @classmethod
    def of(cls, voxels: Voxels, detector: Detector) -> Palette:
        """Scale the channels and propagate their noise."""
        noise, optics = detector.noise, detector.optics
        channels = voxels.signal.shape[1]
        if len(voxels) == 0:
            one = np.ones(channels)
            return cls(voxels.signal, voxels.signal, one, 1.0, one)
        bright = np.percentile(voxels.signal, 95, axis=0)
        # An empty channel must not be blown up to the others' size.
        scale = np.maximum(bright, 0.2 * bright.max())
        scale = np.where(scale > 0, scale, 1.0)
        spread = np.median(noise.spread[:, 0].reshape(channels, -1), axis=1)
        photons = noise.gain * optics.shrink(0)
        variance = spread**2 + photons * np.maximum(voxels.signal, 0)
        sigma = np.sqrt(variance) / scale
        return cls(
            (voxels.signal / scale).astype(np.float32),
            sigma.astype(np.float32),
            scale,
            1.0 / optics.shrink(0),
            spread / scale,
        )


def directions(vectors: Doubles) -> Doubles:
    """Unit vectors of (n, C) vectors, negative parts dropped."""
    positive = np.maximum(vectors, 0.0)
    length = np.linalg.norm(positive, axis=-1, keepdims=True)
    return positive / np.maximum(length, 1e-12)


def piece_colours(
    palette: Palette, label: NDArray[np.int64], count: int
) -> tuple[Doubles, Doubles, Doubles]:
    """Sum up voxels into pieces.

    Returns
    -------
    (sum of signal (count, C), variance of that sum (count, C), number of
    voxels (count,))
    """
    channels = palette.signal.shape[1]
    size = np.bincount(label, minlength=count).astype(np.float64)
    correlated = np.minimum(size, palette.correlated)
    total, variance = np.empty((count, channels)), np.empty((count, channels))
    for c in range(channels):
        total[:, c] = np.bincount(label, palette.signal[:, c], minlength=count)
        squares = np.bincount(label, palette.noise[:, c] ** 2, minlength=count)
        variance[:, c] = squares * correlated + (_HAZE * palette.haze[c] * size) ** 2
    return total, variance, size
