"""From raw counts to what the features are made of, as the colour method does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.segmentation.foreground import normalised
from striate_filaments.segmentation.ridges import blur

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from striate_filaments.segmentation.foreground import Detector

    Floats = NDArray[np.float32]

__all__ = ["in_noise_units", "levels"]


def in_noise_units(
    raw: Floats, start: Sequence[int], detector: Detector
) -> tuple[Floats, Floats]:
    """Free a box of its background.

    Parameters
    ----------
    raw
        (C, z, y, x) counts that begin at voxel `start` of the volume.

    Returns
    -------
    Smoothed counts without background, and the same in units of the background's
    spread, both (C, z, y, x)
    """
    stop = [a + n for a, n in zip(start, raw.shape[1:], strict=True)]
    noise, sigma = detector.noise, detector.optics.sigmas[0]
    counts = np.empty_like(raw)
    units = np.empty_like(raw)
    for c in range(len(raw)):
        counts[c] = blur(raw[c], sigma)
        counts[c] -= noise.at(noise.background[c, 0], start, stop)
        units[c] = counts[c] / noise.at(noise.spread[c, 0], start, stop)
    return counts, units


def levels(units: Floats, skew: NDArray[np.float64]) -> Floats:
    """Bend each channel of (..., C, z, y, x) by its `skew`, so that noise is normal."""
    out = np.empty_like(units)
    for c, s in enumerate(skew):
        out[..., c, :, :, :] = normalised(units[..., c, :, :, :], 1.0, float(s))
    return out
