"""Which of the joined are neurons, and which are background that looked like one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.linking.regions import signal_to_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.linking.fragments import Fragments
    from striate_filaments.segmentation.joining import Joined

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["KEEP", "describe"]

KEEP = (
    "cable", "size", "thickness", "signal", "score", "peak", "scatter", "gaps",
    "links", "pieces", "extent", "extent_share", "strong_share", "grain", "several",
    "real", "contrast",
)  # fmt: skip
_STRONG = 10.0
_SIDE = 176.0
"""Longest side of the volumes learned from, in half thicknesses."""


def describe(fragments: Fragments, joined: Joined, real: Doubles) -> Doubles:
    """(r, len(KEEP)) features of the joined neurons.

    `real` has how many voxels of each piece are neurite by their surroundings.
    """
    pieces, neuron = joined.pieces, joined.neuron
    count = len(joined.length)

    def added(values: Doubles) -> Doubles:
        return np.bincount(neuron, values, minlength=count).astype(np.float64)

    size = np.maximum(added(pieces.size), 1.0)
    total, variance, contrast, doubt, hue = (
        np.stack([added(c) for c in columns.T], axis=1)
        for columns in (
            pieces.total,
            pieces.variance,
            fragments.contrast.total,
            fragments.contrast.variance,
            _unit(pieces.total) * pieces.size[:, None],
        )
    )
    scatter = np.sqrt(np.maximum(0, 2 - 2 * np.linalg.norm(hue, axis=1) / size))
    crossed, bridged = _bridged(joined, count)
    extent = _extent(pieces.place, neuron, count)
    strong = added(np.where(pieces.peak > _STRONG, pieces.size, 0.0))
    more = _hidden(fragments)
    return np.column_stack(
        [
            np.log1p(more * joined.length),
            np.log(more * size),
            np.log(size / (joined.length + 3.0)),
            np.log(signal_to_noise(total, variance) + 0.1),
            np.log(added(fragments.shine) / size + 0.1),
            np.log(_most(pieces.peak, neuron, count) + 0.1),
            scatter,
            bridged / (joined.length + 3.0),
            crossed / (joined.length / 50.0 + 1.0),
            np.log(more * added(np.ones(len(pieces)))),
            np.log1p(more * extent),
            extent / (joined.length + 3.0),
            strong / size,
            np.full(count, fragments.grain),
            added(fragments.inner) / size,
            added(real) / size,
            np.log(signal_to_noise(contrast, doubt) + 0.1),
        ]
    )


def _hidden(fragments: Fragments) -> float:
    """How many times longer neurons may be than what a small volume shows of them."""
    side = float((fragments.grid.shape * fragments.voxel).max())
    return max(1.0, _SIDE / side)


def _unit(vectors: Doubles) -> Doubles:
    from striate_filaments.segmentation.colour import directions

    return directions(vectors)


def _bridged(joined: Joined, count: int) -> tuple[Doubles, Doubles]:
    """(r,) how many gaps and crossings each goes over, and how long they are."""
    a, b = joined.links.T
    apart = np.linalg.norm(joined.pieces.place[a] - joined.pieces.place[b], axis=1)
    whose = joined.neuron[a]
    times = np.bincount(whose, minlength=count).astype(np.float64)
    return times, np.bincount(whose, apart, minlength=count).astype(np.float64)


def _most(values: Doubles, neuron: Ints, count: int) -> Doubles:
    out = np.zeros(count)
    np.maximum.at(out, neuron, values)
    return out


def _extent(place: Doubles, neuron: Ints, count: int) -> Doubles:
    """(r,) diagonal of the box around the pieces of each."""
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, neuron, place)
    np.maximum.at(high, neuron, place)
    return np.asarray(np.linalg.norm(high - low, axis=1))
