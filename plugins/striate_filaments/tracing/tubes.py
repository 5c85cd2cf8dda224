"""From a traced tree to a mask: a tube of its own thickness."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError
from striate_filaments.exchange.swc import read_swc
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.proofreading.brushes import ball_offsets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from striate_filaments.skeletons import Skeleton

__all__ = ["neurons_of_swc", "tube"]


def tube(
    tree: Skeleton,
    shape: tuple[int, int, int],
    voxel_size: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> NDArray[np.int64]:
    """Voxels within the radius of a tree's links.

    Radii change evenly along a link. What is outside the volume is left out.

    Returns
    -------
    Sorted, unique C-order indices into the volume.
    """
    size = np.asarray(voxel_size)
    found = [np.empty(0, np.int64)]
    centres, radii = _dense(tree, float(size.min()))
    # Like radii share one ball, so that this is a few large steps and not many small.
    steps = np.rint(np.maximum(radii, size.min() / 2) / size.min() * 4)
    for step in np.unique(steps):
        offsets = ball_offsets(float(step) / 4 * float(size.min()), size)
        cells = np.unique(np.rint(centres[steps == step] / size).astype(int), axis=0)
        voxels = (cells[:, None] + offsets[None]).reshape(-1, 3)
        kept = np.all((voxels >= 0) & (voxels < np.asarray(shape)), axis=1)
        found.append(np.unique(np.ravel_multi_index(tuple(voxels[kept].T), shape)))
    return np.unique(np.concatenate(found))


def neurons_of_swc(
    paths: Iterable[str | Path],
    shape: tuple[int, int, int],
    voxel_size: tuple[float, float, float] = (1.0, 1.0, 1.0),
    unit: str = "µm",
    *,
    columns: str = "xyz",
) -> NeuronSet:
    """Read tracings as neurons of a volume; each file is one, named as the file.

    Raises
    ------
    InputError
        When a file is no SWC, or lies outside the volume.
    """
    found = NeuronSet(shape, voxel_size, unit)
    for path in paths:
        place = Path(path)
        voxels = tube(read_swc(place, columns=columns), shape, voxel_size)
        if len(voxels) == 0:
            raise InputError(
                f"{place.name} lies outside the volume: do its units and the volume's "
                "voxel size fit?"
            )
        points = np.stack(np.unravel_index(voxels, shape), axis=1)
        note = {"imported": str(place)}
        found.add(
            Neuron.from_coordinates(
                found.next_id(), points, name=place.stem, metadata=note
            )
        )
    return found


def _dense(
    tree: Skeleton, step: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points at most half a voxel apart along all links, with their radii."""
    child = np.flatnonzero(tree.parents >= 0)
    parent = tree.parents[child]
    counts = np.ceil(tree.lengths[child] / (step / 2)).astype(int) + 1
    link = np.repeat(np.arange(len(child)), counts)
    first = np.cumsum(counts) - counts
    share = (np.arange(len(link)) - first[link]) / np.maximum(counts - 1, 1)[link]
    a, b = parent[link], child[link]
    points = tree.points[a] + (tree.points[b] - tree.points[a]) * share[:, None]
    radii = tree.radii[a] + (tree.radii[b] - tree.radii[a]) * share
    points = np.vstack([tree.points, points])
    return points, np.concatenate([tree.radii, radii])
