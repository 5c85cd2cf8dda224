"""Splitting a neuron: between seeds, or where a person points.

Between seeds, each voxel goes to the seed that reaches it along the neuron's own voxels
over the lowest barrier, and of those to the nearest. Barriers are places much thinner
than the rest, and sudden changes of colour: the cut falls on them. At a point, the
neuron falls into the parts that are left when its voxels around the point are taken
away; those then go to the nearest part.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from striate.errors import InputError
from striate_filaments.proofreading.commands import known
from striate_filaments.proofreading.delta import Change, Delta, Facts
from striate_filaments.proofreading.graph import UNITS, VoxelGraph
from striate_filaments.proofreading.voxels import voxels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from striate_filaments.neurons import NeuronSet

__all__ = ["split_apart", "split_at", "split_by_seeds"]

_THIN = (0.6, 0.4, 0.25)
"""Shares of the usual thickness below which a barrier is low, middle, high."""
_TURN = (4.0, 8.0, 16.0)
"""Multiples of the usual change of colour above which it is."""
_LEAST_TURN = 0.01
"""1 - cosine between neighbours' colours that is no change at all."""
_LEAST_PART = 0.5
"""A part smaller than this share of what was taken away is no branch but a burr."""


def split_by_seeds(
    neurons: NeuronSet,
    id: int,
    seeds: Sequence[ArrayLike],
    colours: NDArray[np.floating] | None = None,
) -> Delta:
    """Split a neuron between two groups of clicks or more.

    Parameters
    ----------
    seeds
        Per part (k, 3) voxels (z, y, x), on the neuron or near it.
    colours
        (n, channels) brightness of the neuron's own voxels, in their order.

    Returns
    -------
    Delta
        The largest part keeps id, name and facts; the others are new neurons.

    Raises
    ------
    InputError
        When there are fewer than two groups, or two on one voxel.
    """
    known(neurons, [id])
    groups = [np.asarray(s, float).reshape(-1, 3) for s in seeds]
    if len([g for g in groups if len(g)]) < 2:
        raise InputError("Click on at least two parts to split them.")
    graph = VoxelGraph.of(neurons[id], neurons.voxel_size)
    starts = _on_neuron(graph, groups)
    owner = graph.flood(starts, _barriers(graph, colours))
    text = f"Split {id} in {len(groups)}"
    return _parted(neurons, id, _completed(graph, owner), text)


def split_at(
    neurons: NeuronSet, id: int, point: ArrayLike, radius: float | None = None
) -> Delta:
    """Cut a neuron through at a voxel (z, y, x), on it or near it.

    At a branch point each branch becomes a neuron.

    Parameters
    ----------
    radius
        Reach of the cut along the neuron, in physical units; None finds the
        smallest that cuts it through.

    Raises
    ------
    InputError
        When the neuron does not fall apart there: at a tip, or in a ring.
    """
    known(neurons, [id])
    graph = VoxelGraph.of(neurons[id], neurons.voxel_size)
    here = np.full(len(graph), -1, np.int32)
    here[_nearest(graph, np.asarray(point, float)[None])] = 0
    size = float(graph.voxel_size.min())
    tried = [radius] if radius else [size * r for r in (2.5, 4.0, 6.5, 10.0, 16.0)]
    for reach in tried:
        near = graph.spread(here, limit=int(reach / size * UNITS))[0] >= 0
        edge = graph.beside(near)
        if len(np.unique(graph.parts(~edge)[edge])) < 2:
            # What is left hangs together around the point: no need to look farther.
            continue
        large = _large(graph.parts(near), edge, near.sum())
        if len(np.unique(large[large >= 0])) > 1:
            owner = graph.spread(large)[0]
            text = f"Cut {id} through"
            return _parted(neurons, id, _completed(graph, owner), text)
    raise InputError(
        f"Neuron {id} does not fall apart there: point at the bridge between two "
        "parts, or split it by seeds."
    )


def split_apart(neurons: NeuronSet, id: int, smallest: int = 1) -> Delta:
    """Make each part that touches no other a neuron of its own.

    Parameters
    ----------
    smallest
        Parts of fewer voxels stay with the largest.

    Raises
    ------
    InputError
        When the neuron is in one part.
    """
    known(neurons, [id])
    parts = VoxelGraph.of(neurons[id], neurons.voxel_size).part.copy()
    counts = np.bincount(parts)
    parts[(counts < smallest)[parts]] = int(np.argmax(counts))
    if len(np.unique(parts)) < 2:
        raise InputError(f"Neuron {id} is in one part.")
    return _parted(neurons, id, parts, f"Take the parts of {id} apart")


# ---- Private functions


def _on_neuron(
    graph: VoxelGraph, groups: list[NDArray[np.float64]]
) -> NDArray[np.int32]:
    """Seed of each voxel: clicks moved to the nearest voxels of the neuron."""
    starts = np.full(len(graph), -1, np.int32)
    for number, group in enumerate(groups):
        if len(group) == 0:
            continue
        place = _nearest(graph, group)
        if np.any((starts[place] >= 0) & (starts[place] != number)):
            raise InputError("Two clicks of different parts are on one voxel.")
        starts[place] = number
    return starts


def _nearest(graph: VoxelGraph, where: NDArray[np.float64]) -> NDArray[np.int64]:
    """The neuron's voxel nearest to each place."""
    found = []
    for place in where:
        apart = np.zeros(len(graph))
        for axis, size in enumerate(graph.voxel_size):
            apart += ((graph.voxels[:, axis] - place[axis]) * size) ** 2
        found.append(int(np.argmin(apart)))
    return np.array(found, np.int64)


def _barriers(
    graph: VoxelGraph, colours: NDArray[np.floating] | None
) -> NDArray[np.int8]:
    """(n,) from 0, no barrier, to 3."""
    usual = float(np.median(graph.thickness))
    level = np.zeros(len(graph), np.int8)
    for share in _THIN:
        level += graph.thickness < usual * share
    if colours is not None and len(colours) == len(graph):
        turns = _turns(graph, np.asarray(colours, np.float64))
        usual = max(float(np.median(turns)), _LEAST_TURN)
        sudden = np.zeros(len(graph), np.int8)
        for times in _TURN:
            sudden += turns > usual * times
        level = np.maximum(level, sudden)
    return level


def _turns(graph: VoxelGraph, colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much the colour direction turns around each voxel, 1 - cosine.

    Colours are smoothed first over neighbours, twice, against noise.
    """
    smooth = graph.smoothed(graph.smoothed(colours))
    length = np.sqrt(np.einsum("ij,ij->i", smooth, smooth))[:, None]
    return graph.turns(smooth / np.maximum(length, 1e-12))


def _large(
    parts: NDArray[np.int32], edge: NDArray[np.bool_], taken: int
) -> NDArray[np.int32]:
    """Parts at the edge of what was taken away, renumbered; -1 elsewhere, and burrs."""
    kept = parts[parts >= 0]
    if len(kept) == 0:
        return parts
    counts = np.bincount(kept)
    numbers = np.full(len(counts) + 1, -1, np.int32)
    touching = np.bincount(parts[edge], minlength=len(counts)) > 0
    large = np.flatnonzero(touching & (counts >= max(_LEAST_PART * taken, 1)))
    numbers[large] = np.arange(len(large))
    return numbers[parts]


def _completed(graph: VoxelGraph, owner: NDArray[np.int32]) -> NDArray[np.int32]:
    """Give voxels that no way leads to, to the part nearest through the air."""
    lost = owner < 0
    if not lost.any() or lost.all():
        return owner
    owner, parts = owner.copy(), graph.part
    scaled = graph.voxels * graph.voxel_size
    known = _some(np.flatnonzero(~lost), 20_000)
    tree = cKDTree(scaled[known])
    order = np.flatnonzero(lost)[np.argsort(parts[lost], kind="stable")]
    starts = np.flatnonzero(np.diff(parts[order], prepend=-1))
    for own in np.split(order, starts[1:]):
        distances, places = tree.query(scaled[_some(own, 200)])
        owner[own] = owner[known[places[int(np.argmin(distances))]]]
    return owner


def _some(places: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of them, evenly: a tree of all would take longer than a cut."""
    return places[:: max(1, -(-len(places) // most))]


def _parted(neurons: NeuronSet, id: int, owner: NDArray[np.int32], text: str) -> Delta:
    """The largest part keeps the id; the others get new ones, the larger first."""
    counts = np.bincount(owner[owner >= 0])
    first, *others = [p for p in np.argsort(-counts, kind="stable") if counts[p]]
    old, ids = neurons[id], neurons.ids
    voxels = voxels_of(old, neurons.shape)
    before = Facts.of(old, ids.index(id))
    kept = replace(before, state="edited")
    changes = [Change(id, before, kept, removed=voxels[owner != first])]
    for rank, part in enumerate(others):
        facts = replace(kept, place=len(ids) + rank, name="")
        own = voxels[owner == part]
        changes.append(Change(neurons.next_id() + rank, None, facts, added=own))
    return Delta(text, tuple(changes))
