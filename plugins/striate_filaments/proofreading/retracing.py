"""Traces become neurons, and traces of neurons change those neurons.

What a person leaves of a neuron's skeleton keeps its own voxels; what is trimmed takes
the voxels nearest to it along; what is traced anew comes as a tube.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from striate_filaments.proofreading.commands import create, kept_facts, known
from striate_filaments.proofreading.delta import Delta, between
from striate_filaments.proofreading.voxels import points, to_neuron, union, voxels_of
from striate_filaments.skeletons import Skeleton
from striate_filaments.tracing.tubes import tube

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.neurons import NeuronSet

__all__ = ["Traced", "retraced"]


@dataclass(frozen=True)
class Traced:
    """A tree that a person works on.

    Parameters
    ----------
    tree
        As it is now.
    sources
        Ids of the neurons it was taken from, with their skeletons as they were.
    """

    tree: Skeleton
    sources: tuple[tuple[int, Skeleton], ...] = ()


def retraced(neurons: NeuronSet, traced: Traced) -> Delta:
    """Make a trace a neuron, or change the neurons it was taken from.

    Several that were joined become the first of them.

    Raises
    ------
    InputError
        When nothing would be left, or a neuron is gone.
    """
    if not traced.sources:
        return create(neurons, tube(traced.tree, neurons.shape, neurons.voxel_size))
    into, *others = known(neurons, [id for id, _ in traced.sources])
    old = [skeleton for _, skeleton in traced.sources]
    new = _new_links(traced.tree, old)
    whole = tube(new, neurons.shape, neurons.voxel_size)
    left = {tuple(point) for point in traced.tree.points}
    for id, skeleton in traced.sources:
        whole = union(whole, _kept(neurons, id, skeleton, left))
    facts = kept_facts(neurons[into])
    made = to_neuron(into, whole, neurons.shape, **facts)
    return between(f"Trace {into}", neurons, [made], gone=others)


# ---- Private functions


def _kept(
    neurons: NeuronSet, id: int, skeleton: Skeleton, left: set[tuple[float, ...]]
) -> NDArray[np.int64]:
    """Voxels of a neuron that are nearest to a node that is left."""
    own = voxels_of(neurons[id], neurons.shape)
    kept = np.array([tuple(point) in left for point in skeleton.points], bool)
    if kept.all():
        return own
    where = points(own, neurons.shape) * np.asarray(neurons.voxel_size)
    _, node = cKDTree(skeleton.points).query(where)
    return own[kept[node]]


def _new_links(tree: Skeleton, old: list[Skeleton]) -> Skeleton:
    """Links that were not there, each a tree of two nodes."""
    there = {link for skeleton in old for link in _links(skeleton)}
    child = np.flatnonzero(tree.parents >= 0)
    links = _links(tree)
    new = [
        i for i, link in zip(child.tolist(), links, strict=True) if link not in there
    ]
    both = np.array([(tree.parents[i], i) for i in new], np.int64).reshape(-1)
    parents = np.arange(len(both)) - 1
    parents[::2] = -1
    return Skeleton(tree.points[both], tree.radii[both], parents, tree.unit)


def _links(tree: Skeleton) -> list[frozenset[tuple[float, ...]]]:
    """Links by the places of their ends, whichever of them is the parent."""
    child = np.flatnonzero(tree.parents >= 0)
    ends = zip(tree.points[child], tree.points[tree.parents[child]], strict=True)
    return [frozenset((tuple(a), tuple(b))) for a, b in ends]
