"""Growing a neuron to a click, and bridging the gap between two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from striate.errors import InputError
from striate_filaments.proofreading.commands import kept_facts, known, merge, paint
from striate_filaments.proofreading.delta import Delta, between
from striate_filaments.proofreading.voxels import to_neuron, union, voxels_of
from striate_filaments.tracing.paths import find_path
from striate_filaments.tracing.trees import begin
from striate_filaments.tracing.tubes import tube

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from striate_filaments.neurons import Neuron, NeuronSet
    from striate_filaments.tracing.paths import Window

__all__ = ["bridge", "gap_between", "grow"]


def grow(neurons: NeuronSet, id: int, window: Window, end: ArrayLike) -> Delta:
    """Extend a neuron along the image to a voxel (z, y, x), as thick as it is there.

    Raises
    ------
    InputError
        When the click or the nearest end of the neuron is outside the window.
    """
    known(neurons, [id])
    start = _nearest(neurons[id], np.asarray(end, float), neurons.voxel_size)
    colour = neurons[id].colour
    fits = len(colour) == len(window.image)
    path = find_path(window, start, end, colour=colour if fits else None)
    added = tube(begin(window, path), neurons.shape, neurons.voxel_size)
    return Delta(f"Grow {id}", paint(neurons, id, added).changes)


def bridge(
    neurons: NeuronSet, id: int, other: int, window: Window | None = None
) -> Delta:
    """Merge two neurons and fill the gap between them.

    Parameters
    ----------
    window
        The image around the gap, to follow it; None takes the straight way.
    """
    if id == other:
        raise InputError("Choose another neuron to bridge to.")
    known(neurons, [id, other])
    a, b = gap_between(neurons, id, other)
    if window is None:
        filled = _straight(neurons, a, b)
    else:
        path = find_path(window, a, b)
        filled = tube(begin(window, path), neurons.shape, neurons.voxel_size)
    joined = merge(neurons, [id, other])
    whole = voxels_of(neurons[id], neurons.shape)
    for part in (voxels_of(neurons[other], neurons.shape), filled):
        whole = union(whole, part)
    after = joined.changes[-1].after
    colour = after.colour if after else neurons[id].colour
    facts = kept_facts(neurons[id], colour=colour)
    new = to_neuron(id, whole, neurons.shape, **facts)
    return between(f"Bridge {id} to {other}", neurons, [new], gone=[other])


def gap_between(
    neurons: NeuronSet, id: int, other: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the voxels (z, y, x) at which two neurons are nearest to one another."""
    size = np.asarray(neurons.voxel_size)
    a, b = neurons[id].coordinates(), neurons[other].coordinates()
    small, large = (a, b) if len(a) < len(b) else (b, a)
    distances, places = cKDTree(small * size).query(large * size)
    best = int(np.argmin(distances))
    pair = (small[places[best]], large[best])
    return pair if len(a) < len(b) else (pair[1], pair[0])


# ---- Private functions


def _nearest(
    neuron: Neuron, point: NDArray[np.float64], voxel_size: tuple[float, float, float]
) -> NDArray[np.int64]:
    points = neuron.coordinates()
    apart = ((points - point) * np.asarray(voxel_size)) ** 2
    return points[int(np.argmin(apart.sum(1)))]


def _straight(
    neurons: NeuronSet, a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.int64]:
    from striate_filaments.proofreading.brushes import stroke

    radius = 1.5 * min(neurons.voxel_size)
    return stroke([a, b], radius, neurons.shape, neurons.voxel_size)
