"""Centre lines as the metrics see them: thinned masks, voxel by voxel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.thinning import thin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.neurons import Neuron

__all__ = ["centreline"]


def centreline(neuron: Neuron, *, flat: bool = False) -> NDArray[np.int64]:
    """Thin a neuron in its own box, which gives what the whole volume would.

    Lee, Kashyap & Chu 1994 in 3-D; Zhang & Suen 1984 where the volume is one plane.

    Returns
    -------
    (n, 3) voxels (z, y, x) of the volume; none when thinning leaves nothing.
    """
    if not flat:
        return thin(neuron)
    from skimage.morphology import skeletonize

    lines = skeletonize(neuron.mask()[0])[None]
    found: NDArray[np.int64] = np.argwhere(lines) + np.asarray(neuron.start)
    return found
