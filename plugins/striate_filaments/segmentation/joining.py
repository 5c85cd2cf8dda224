"""From candidate voxels to regions that are one neuron each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from striate_filaments.segmentation.agglomerate import Regions, join
from striate_filaments.segmentation.bridges import find_bridges
from striate_filaments.segmentation.crossings import (
    find_crossings,
    part_crossings,
    spanning_tree,
)
from striate_filaments.segmentation.graph import Pieces, contacts
from striate_filaments.segmentation.sparse import Grid, label_components
from striate_filaments.segmentation.supervoxels import grow_supervoxels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_filaments.segmentation.colour import Palette
    from striate_filaments.segmentation.foreground import Voxels
    from striate_filaments.segmentation.tuning import Tuning

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["STEPS", "Joined", "Joiner", "connected", "hue_grain", "join_voxels", "part"]

STEPS = 5
"""Stages of the joining that are told to whoever waits."""


@dataclass(frozen=True)
class Joined:
    """Pieces and the neuron each belongs to.

    Parameters
    ----------
    grid
        The voxels.
    pieces
        Supervoxels; places in half thicknesses.
    neuron
        (K,) name of each piece's neuron, 0, 1, 2 and so on.
    links
        (m, 2) pieces of one neuron that a gap or a crossing parts.
    length
        (r,) cable of each neuron in half thicknesses.
    grain
        Hue angle in radians that was allowed between two pieces.
    """

    grid: Grid
    pieces: Pieces
    neuron: Ints
    links: Ints
    length: Doubles
    grain: float


class Joiner(Protocol):
    """What groups voxels into neurons; parameters as for :func:`join_voxels`."""

    def __call__(
        self,
        voxels: Voxels,
        palette: Palette,
        shape: tuple[int, ...],
        voxel: Doubles,
        gap: float,
        tolerance: float,
        tuning: Tuning,
        ctx: JobContext,
    ) -> Joined: ...


def connected(
    voxels: Voxels, shape: tuple[int, ...], high: float, least: int
) -> Voxels:
    """Keep components that reach a score of `high` and have `least` voxels."""
    if len(voxels) == 0:
        return voxels
    grid = Grid.of(voxels.index, shape)
    names = label_components(grid.index, grid.rows, grid.shape)
    highest = np.zeros(len(voxels), dtype=np.float32)
    np.maximum.at(highest, names, voxels.score)
    size = np.bincount(names, minlength=len(voxels))
    return voxels.take(((highest > high) & (size >= least))[names])


def join_voxels(
    voxels: Voxels,
    palette: Palette,
    shape: tuple[int, ...],
    voxel: Doubles,
    gap: float,
    tolerance: float,
    tuning: Tuning,
    ctx: JobContext,
) -> Joined:
    """Group voxels into neurons.

    Parameters
    ----------
    voxel
        (3,) size of a voxel in half thicknesses; `gap` is in the same unit.
    tolerance
        Hue angle in radians; 0 takes it from the data.
    """
    grid = Grid.of(voxels.index, shape)
    ctx.progress(1, STEPS, "Joining neurites: pieces")
    z, y, x = (float(max(tuning.piece / v, 1.0)) for v in voxel)
    label = grow_supervoxels(
        grid,
        voxels.score,
        palette.signal,
        palette.noise,
        (z, y, x),
        float(np.tan(np.radians(tuning.piece_hue))),
    )
    pieces = Pieces.of(label, palette, voxels.score, grid.coordinates() * voxel)
    ctx.progress(2, STEPS, "Joining neurites: touching")
    touching = contacts(grid, label, voxels.score)
    grain = tolerance or hue_grain(touching.hue_scatter(pieces), tuning)
    regions = Regions.of(pieces.total, pieces.variance, pieces.size)
    extra = tuning.saddle * touching.saddles(pieces)
    limit = np.full(len(extra), tuning.touch_limit)
    join(regions, touching.pairs, extra, limit, grain, tuning.drift * grain)
    ctx.progress(3, STEPS, "Joining neurites: over gaps")
    links = _bridge(grid, palette, pieces, regions, voxel, gap, grain, tuning)
    ctx.progress(4, STEPS, "Joining neurites: crossings")
    labels = regions.labels
    return part(grid, pieces, labels, touching.pairs, links, grain, tuning)


def _bridge(
    grid: Grid,
    palette: Palette,
    pieces: Pieces,
    regions: Regions,
    voxel: Doubles,
    gap: float,
    grain: float,
    tuning: Tuning,
) -> Ints:
    """Join regions over gaps; returns the pieces that were linked (m, 2)."""
    found = find_bridges(
        grid, palette, pieces, regions.labels, regions.size, voxel, gap
    )
    extra = tuning.emptiness * found.bare / gap + tuning.turn * found.turn
    limit = np.full(len(extra), tuning.gap_limit)
    used = join(regions, found.pairs, extra, limit, grain, tuning.drift * grain)
    return found.pairs[used]


def part(
    grid: Grid,
    pieces: Pieces,
    region: Ints,
    touching: Ints,
    links: Ints,
    grain: float,
    tuning: Tuning,
) -> Joined:
    """Undo crossings and measure what is left."""
    edges = np.concatenate([touching, links])
    edges = edges[region[edges[:, 0]] == region[edges[:, 1]]]
    tree, _ = spanning_tree(pieces.place, edges)
    # Two neurons of one hue are the rule with one channel, and rare with more.
    alike = pieces.total.shape[1] == 1
    straight_enough = tuning.straight if alike else tuning.straight_in_colour
    crossings = find_crossings(pieces.place, tree, straight_enough)
    neuron, straight = part_crossings(pieces.place, edges, crossings)
    edges = np.concatenate([edges, straight])
    edges = edges[neuron[edges[:, 0]] == neuron[edges[:, 1]]]
    tree, apart = spanning_tree(pieces.place, edges)
    count = int(neuron.max(initial=-1)) + 1
    length = np.zeros(count)
    np.add.at(length, neuron[tree[:, 0]], apart)
    return Joined(
        grid, pieces, neuron, np.concatenate([links, straight]), length, grain
    )


def hue_grain(scatter: float, tuning: Tuning) -> float:
    """Hue angle in radians by which pieces may differ, from their `scatter`."""
    if not np.isfinite(scatter):
        return float(np.radians(tuning.grain))
    low, high = np.radians(tuning.grain * 2 / 3), np.radians(tuning.grain * 5 / 3)
    return float(np.clip(tuning.grain_factor * scatter, low, high))
