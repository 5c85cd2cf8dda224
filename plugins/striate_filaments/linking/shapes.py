"""Which way the neurite goes through each piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.segmentation.graph import Pieces

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["Axes"]


@dataclass(frozen=True)
class Axes:
    """The long axis of each piece.

    Parameters
    ----------
    way
        (K, 3) unit vectors; the sign means nothing.
    length
        (K,) how clearly they are long: 0 a ball, 1 a line.
    """

    way: Doubles
    length: Doubles

    @classmethod
    def of(cls, pieces: Pieces, points: Doubles) -> Axes:
        """Measure the second moments of voxels at (n, 3) `points`."""
        values, way = np.linalg.eigh(_moments(pieces, points))
        values = np.maximum(values, 0.0)
        length = 1.0 - np.sqrt(values[:, 1] / np.maximum(values[:, 2], 1e-9))
        return cls(np.ascontiguousarray(way[:, :, 2]), np.asarray(length))

    def turns(self, pairs: Ints, place: Doubles) -> Doubles:
        """(m, 3) cosines from 0 to 1, the last two with the lesser first.

        How parallel two pieces are, and how much the line between them runs along
        the axis of each.
        """
        a, b = self.way[pairs[:, 0]], self.way[pairs[:, 1]]
        line = place[pairs[:, 1]] - place[pairs[:, 0]]
        line = line / np.maximum(np.linalg.norm(line, axis=1, keepdims=True), 1e-9)
        along = np.abs(np.stack([(a * line).sum(axis=1), (b * line).sum(axis=1)], 1))
        parallel = np.abs((a * b).sum(axis=1, keepdims=True))
        return np.concatenate([parallel, np.sort(along, axis=1)], axis=1)


def _moments(pieces: Pieces, points: Doubles) -> Doubles:
    """(K, 3, 3) second moments of the voxels of each piece about their mean."""
    count, label = len(pieces), pieces.label
    size = np.maximum(pieces.size, 1.0)
    mean = np.stack(
        [np.bincount(label, p, minlength=count) / size for p in points.T], axis=1
    )
    away = points - mean[label]
    out = np.empty((count, 3, 3))
    for i in range(3):
        for j in range(i + 1):
            sums = np.bincount(label, away[:, i] * away[:, j], minlength=count)
            out[:, i, j] = out[:, j, i] = sums / size
    return out
