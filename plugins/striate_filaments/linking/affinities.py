"""What a network says about pieces: who belongs together, and where there are two.

Without a network, and between pieces that it never compared, everything is 0: neither
for nor against.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.learned.config import OFFSETS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.segmentation.foreground import Voxels
    from striate_filaments.segmentation.sparse import Grid

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["AFFINITY", "Affinities", "several"]

AFFINITY = ("alike_near", "voted_near", "alike_far", "voted_far")
"""Mean affinity less one half of voxels 3 apart, and of those farther; and how many
(log)."""
_SEVERAL, _FIRST = 0, 2
_NEAR = 3


def several(voxels: Voxels, label: Ints, count: int) -> Doubles:
    """(K,) voxels of each piece that the network takes for several neurons'."""
    if voxels.extra is None:
        return np.zeros(count)
    found = np.bincount(label, voxels.extra[:, _SEVERAL], minlength=count)
    return found.astype(np.float64)


@dataclass(frozen=True)
class Affinities:
    """Sums over all compared voxels of every two pieces.

    Parameters
    ----------
    key
        (m,) sorted: the smaller label times `count` plus the larger.
    told
        (m, 4) as named in ``AFFINITY``.
    count
        Number of pieces.
    """

    key: Ints
    told: Doubles
    count: int

    @classmethod
    def of(cls, voxels: Voxels, grid: Grid, label: Ints, count: int) -> Affinities:
        """Sum up what the network said of voxels, if there was one."""
        if voxels.extra is None or voxels.extra.shape[1] < _FIRST + len(OFFSETS):
            return cls(np.zeros(0, np.int64), np.zeros((0, 4)), count)
        points = grid.coordinates()
        keys, values, far = [], [], []
        for i, offset in enumerate(OFFSETS):
            other = grid.position(points + np.asarray(offset))
            here = np.flatnonzero((other >= 0) & (label[other] != label))
            ends = np.sort(np.stack([label[here], label[other[here]]], axis=1), axis=1)
            keys.append(ends[:, 0] * count + ends[:, 1])
            values.append(voxels.extra[here, _FIRST + i].astype(np.float64) - 0.5)
            far.append(np.full(len(here), max(offset) > _NEAR))
        key, inverse = np.unique(np.concatenate(keys), return_inverse=True)
        value, away = np.concatenate(values), np.concatenate(far)
        told = np.zeros((len(key), 4))
        for first, chosen in ((0, ~away), (2, away)):
            votes = np.bincount(inverse[chosen], minlength=len(key))
            total = np.bincount(inverse[chosen], value[chosen], minlength=len(key))
            told[:, first] = total / np.maximum(votes, 1)
            told[:, first + 1] = np.log1p(votes)
        return cls(key.astype(np.int64), told, count)

    def between(self, pairs: Ints) -> Doubles:
        """(m, 4) what was told of (m, 2) pieces."""
        if len(self.key) == 0:
            return np.zeros((len(pairs), 4))
        ends = np.sort(pairs, axis=1)
        key = ends[:, 0] * self.count + ends[:, 1]
        place = np.minimum(np.searchsorted(self.key, key), len(self.key) - 1)
        known = self.key[place] == key
        return np.where(known[:, None], self.told[place], 0.0)
