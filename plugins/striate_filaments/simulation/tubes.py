"""Balls along a cable into a dense box, compiled: most of the time goes here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.segmentation.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["fill_tubes"]


@compiled
def fill_tubes(
    dense: NDArray[np.float32],
    at: NDArray[np.float64],
    radius: NDArray[np.float64],
    brightness: NDArray[np.float64],
    size: NDArray[np.float64],
) -> None:
    """Paint every point as a soft-edged ball; the brightest wins.

    Parameters
    ----------
    dense
        (kinds, z, y, x), painted into; kind k takes its brightness from row k.
    at
        (n, 3) voxels.
    radius
        (n,) µm.
    brightness
        (kinds, n).
    size
        (3,) µm per voxel.
    """
    soft = float(size.min())
    for i in range(len(at)):
        # A twig thinner than a voxel still fills a part of the one it is in.
        most = min(1.0, 2 * radius[i] / soft)
        low = np.empty(3, np.int64)
        high = np.empty(3, np.int64)
        for a in range(3):
            middle = int(np.round(at[i, a]))
            reach = int(np.ceil(radius[i] / size[a] + 0.5))
            low[a] = max(0, middle - reach)
            high[a] = min(dense.shape[a + 1], middle + reach + 1)
        for z in range(low[0], high[0]):
            along_z = ((z - at[i, 0]) * size[0]) ** 2
            for y in range(low[1], high[1]):
                along_y = along_z + ((y - at[i, 1]) * size[1]) ** 2
                for x in range(low[2], high[2]):
                    square = along_y + ((x - at[i, 2]) * size[2]) ** 2
                    share = (radius[i] - np.sqrt(square)) / soft + 0.5
                    share = min(min(1.0, max(0.0, share)), most)
                    for k in range(len(dense)):
                        value = float(share * brightness[k, i])
                        if value > dense[k, z, y, x]:
                            dense[k, z, y, x] = value
