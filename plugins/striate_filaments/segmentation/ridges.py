"""How much a voxel looks like part of a neurite: tubes and blobs, not sheets.

The middle eigenvalue of the Hessian is strongly negative on a bright tube and
in a bright blob, and near zero on a sheet, in an edge and in smooth haze
(Frangi et al. 1998; Sato et al. 1998). It keeps its zero at the tube's
inflexion whatever the brightness, so bright neurites do not bloom.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from striate_filaments.segmentation.compiled import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

__all__ = ["blur", "reach", "ridge"]

_TRUNCATE = 3.0
_LEAST = 0.35


def blur(image: Floats, sigma: Sequence[float]) -> Floats:
    """Smooth (z, y, x) with a Gaussian of `sigma` voxels; tiny sigmas are skipped."""
    out = image
    for axis, s in enumerate(sigma):
        if s >= _LEAST and image.shape[axis] > 1:
            out = ndimage.gaussian_filter1d(
                out, s, axis=axis, mode="nearest", truncate=_TRUNCATE
            )
    return np.asarray(out, dtype=np.float32)


def reach(sigma: float) -> int:
    """How many voxels away `blur` still sees."""
    return int(_TRUNCATE * sigma + 0.5) if sigma >= _LEAST else 0


@compiled
def ridge(image: Floats, scale: NDArray[np.float32], least: float) -> Floats:
    """Ridge strength where `image` exceeds `least`, 0 elsewhere and at borders.

    Parameters
    ----------
    image
        (z, y, x) smoothed signal.
    scale
        (3,) width in voxels of the smoothing along each axis: second
        differences are multiplied by it, so that axes of unlike spacing compare.
    least
        Voxels at or below it are not looked at.

    Returns
    -------
    Minus the middle eigenvalue of the scaled Hessian, same shape; it may be
    negative. A plane (one z) uses the lower of its two eigenvalues.
    """
    nz, ny, nx = image.shape
    out = np.zeros(image.shape, dtype=np.float32)
    sz, sy, sx = scale[0], scale[1], scale[2]
    flat = nz == 1
    for z in range(0 if flat else 1, 1 if flat else nz - 1):
        for y in range(1, ny - 1):
            for x in range(1, nx - 1):
                here = image[z, y, x]
                if here <= least:
                    continue
                yy = image[z, y + 1, x] - 2 * here + image[z, y - 1, x]
                xx = image[z, y, x + 1] - 2 * here + image[z, y, x - 1]
                yx = image[z, y + 1, x + 1] - image[z, y + 1, x - 1]
                yx += image[z, y - 1, x - 1] - image[z, y - 1, x + 1]
                b, c, f = yy * sy * sy, xx * sx * sx, 0.25 * yx * sy * sx
                if flat:
                    spread = math.sqrt(0.25 * (b - c) * (b - c) + f * f)
                    out[z, y, x] = -(0.5 * (b + c) - spread)
                    continue
                zz = image[z + 1, y, x] - 2 * here + image[z - 1, y, x]
                zy = image[z + 1, y + 1, x] - image[z + 1, y - 1, x]
                zy += image[z - 1, y - 1, x] - image[z - 1, y + 1, x]
                zx = image[z + 1, y, x + 1] - image[z + 1, y, x - 1]
                zx += image[z - 1, y, x - 1] - image[z - 1, y, x + 1]
                out[z, y, x] = -_middle(
                    zz * sz * sz, b, c, 0.25 * zy * sz * sy, 0.25 * zx * sz * sx, f
                )
    return out


@compiled
def _middle(a: float, b: float, c: float, d: float, e: float, f: float) -> float:
    """Middle eigenvalue of the symmetric matrix [[a, d, e], [d, b, f], [e, f, c]].

    Smith 1961: the eigenvalues are three points on a circle around the mean.
    """
    off = d * d + e * e + f * f
    mean = (a + b + c) / 3.0
    p2 = (a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2 + 2.0 * off
    if p2 <= 1e-30:
        return mean
    p = math.sqrt(p2 / 6.0)
    u, v, w = (a - mean) / p, (b - mean) / p, (c - mean) / p
    g, h, k = d / p, e / p, f / p
    half = 0.5 * (u * (v * w - k * k) - g * (g * w - k * h) + h * (g * k - v * h))
    angle = math.acos(min(1.0, max(-1.0, half))) / 3.0
    high = mean + 2.0 * p * math.cos(angle)
    low = mean + 2.0 * p * math.cos(angle + 2.0943951023931953)
    return 3.0 * mean - high - low
