"""The graph of supervoxels: what they are and which of them touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.segmentation.colour import directions, piece_colours
from striate_filaments.segmentation.sparse import touching_voxels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.segmentation.colour import Palette
    from striate_filaments.segmentation.sparse import Grid

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["Contacts", "Pieces", "contacts"]

_ONE_CREST = 0.3
_LARGE = 60.0


@dataclass(frozen=True)
class Pieces:
    """The supervoxels as nodes.

    Parameters
    ----------
    label
        (n,) supervoxel of each voxel of the grid.
    total, variance, size
        Sum of signal and its variance (K, C), voxels (K,).
    peak
        (K,) strongest ridge score inside.
    place
        (K, 3) score-weighted centre in physical units.
    """

    label: Ints
    total: Doubles
    variance: Doubles
    size: Doubles
    peak: Doubles
    place: Doubles

    def __len__(self) -> int:
        return len(self.size)

    @classmethod
    def of(
        cls,
        label: Ints,
        palette: Palette,
        score: NDArray[np.float32],
        points: Doubles,
    ) -> Pieces:
        """Sum up voxels at (n, 3) `points` by their `label`."""
        count = int(label.max(initial=-1)) + 1
        total, variance, size = piece_colours(palette, label, count)
        weight = np.bincount(label, score, minlength=count)
        place = np.stack(
            [np.bincount(label, score * p, minlength=count) / weight for p in points.T],
            axis=1,
        )
        peak = np.zeros(count)
        np.maximum.at(peak, label, score)
        return cls(label, total, variance, size, peak, place)


@dataclass(frozen=True)
class Contacts:
    """Edges between touching supervoxels.

    Parameters
    ----------
    pairs
        (m, 2) supervoxels, the smaller label first.
    height
        (m,) highest ridge score on which one can walk across.
    area
        (m,) pairs of touching voxels.
    """

    pairs: Ints
    height: Doubles
    area: Doubles

    def saddles(self, pieces: Pieces) -> Doubles:
        """(m,) depth of the saddle below the lower of both crests, 0 to 1."""
        lower = pieces.peak[self.pairs].min(axis=1)
        return np.asarray(1.0 - np.minimum(1.0, self.height / lower))

    def hue_scatter(self, pieces: Pieces) -> float:
        """Typical hue angle in radians from one piece to the next of its neurite.

        NaN with one channel, or when no two pieces follow one another on a crest.
        """
        chosen = (self.saddles(pieces) < _ONE_CREST) & (
            pieces.size[self.pairs] > _LARGE
        ).all(axis=1)
        if pieces.total.shape[1] == 1 or not chosen.any():
            return float("nan")
        a, b = directions(pieces.total)[self.pairs[chosen]].transpose(1, 0, 2)
        return float(np.median(np.linalg.norm(a - b, axis=1)))


def contacts(grid: Grid, label: Ints, score: NDArray[np.float32]) -> Contacts:
    """Find all edges between touching supervoxels."""
    voxels = touching_voxels(grid, label)
    ends = np.sort(label[voxels], axis=1)
    height = score[voxels].min(axis=1)
    key = ends[:, 0] * (int(label.max(initial=0)) + 1) + ends[:, 1]
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    best = np.zeros(len(first))
    np.maximum.at(best, inverse, height)
    area = np.bincount(inverse, minlength=len(first)).astype(np.float64)
    return Contacts(ends[first], best, area)
