"""Skeletons: a neuron's mask as a tree of nodes in physical units.

Thinning is Lee, Kashyap & Chu 1994 in the neuron's own box, which gives the same
voxels as thinning the whole volume. Radii are distances to
the mask's surface. Rings are cut where the tree of shortest steps (minimum spanning
tree) leaves them; parts of a mask that do not touch are joined by the shortest
straight links, which are recorded as bridges.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import (
    breadth_first_order,
    connected_components,
    minimum_spanning_tree,
)
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.neurons import Neuron

__all__ = ["Skeleton", "skeletonise"]

_FORWARD = [o for o in product((-1, 0, 1), repeat=3) if o > (0, 0, 0)]
_PAD = 1


@dataclass(frozen=True)
class Skeleton:
    """A rooted tree; its file is SWC.

    Parameters
    ----------
    points
        (n, 3) node positions (z, y, x) in `unit`.
    radii
        (n,) in `unit`.
    parents
        (n,) index of each node's parent, which comes before it; -1 at a root.
    unit
        ``"µm"`` or ``"px"``.
    bridges
        Indices of nodes whose link to their parent crosses a gap of the mask.
    """

    points: NDArray[np.float64]
    radii: NDArray[np.float64]
    parents: NDArray[np.int64]
    unit: str = "µm"
    bridges: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.points)

    @property
    def lengths(self) -> NDArray[np.float64]:
        """(n,) length of each node's link to its parent; 0 at a root."""
        steps = self.points - self.points[np.maximum(self.parents, 0)]
        found = np.linalg.norm(steps, axis=1)
        found[self.parents < 0] = 0
        return found

    @property
    def cable_length(self) -> float:
        """Sum of all links."""
        return float(self.lengths.sum())

    @property
    def degrees(self) -> NDArray[np.int64]:
        """(n,) number of links at each node."""
        linked = self.parents[self.parents >= 0]
        found = np.bincount(linked, minlength=len(self)).astype(np.int64)
        return found + (self.parents >= 0)

    @property
    def tips(self) -> NDArray[np.int64]:
        """Indices of nodes with one link."""
        return np.flatnonzero(self.degrees == 1)

    @property
    def branch_points(self) -> NDArray[np.int64]:
        """Indices of nodes with three links or more."""
        return np.flatnonzero(self.degrees >= 3)


def skeletonise(
    neuron: Neuron,
    voxel_size: tuple[float, float, float] = (1.0, 1.0, 1.0),
    unit: str = "µm",
    *,
    spur: float | None = None,
) -> Skeleton:
    """Thin a neuron to its centre lines.

    Parameters
    ----------
    voxel_size
        (z, y, x) in `unit`.
    spur
        Side branches that rise no more than this above the surface of the branch
        they stand on are dropped; None takes one voxel.

    Returns
    -------
    Skeleton
        Rooted at its thickest node.
    """
    voxels, radii = _thin(neuron, voxel_size)
    size = np.asarray(voxel_size)
    tree, bridged = _tree(voxels, size)
    keep = _without_spurs(
        tree, voxels * size, radii, max(voxel_size) if spur is None else spur
    )
    tree = tree[keep][:, keep]
    voxels, radii = voxels[keep], radii[keep]
    order, parents = _rooted(tree, int(np.argmax(radii)))
    points = (voxels + np.asarray(neuron.start))[order] * size
    place = np.flatnonzero(keep)
    return Skeleton(
        points,
        radii[order],
        parents,
        unit,
        _bridges(place[order], parents, bridged),
    )


def _thin(
    neuron: Neuron, voxel_size: tuple[float, float, float]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(n, 3) skeleton voxels in the box, and their distance to the surface."""
    import edt

    from striate_filaments.thinning import thin

    mask = np.pad(neuron.mask(), _PAD)
    voxels = thin(neuron) - np.asarray(neuron.start) + _PAD
    if len(voxels) == 0:
        # A few voxels can thin away altogether: keep the most central one.
        voxels = np.argwhere(mask)[[len(neuron) // 2]]
    distance = edt.edt(mask, anisotropy=voxel_size)
    radii = distance[tuple(voxels.T)].astype(np.float64)
    return voxels - _PAD, np.maximum(radii, min(voxel_size) / 2)


def _tree(
    voxels: NDArray[np.int64], size: NDArray[np.float64]
) -> tuple[Any, set[tuple[int, int]]]:
    """Symmetric tree over the voxels, and the links of it that bridge gaps."""
    first, second = _neighbours(voxels)
    n = len(voxels)
    weights = np.linalg.norm((voxels[first] - voxels[second]) * size, axis=1)
    graph = csr_array((weights, (first, second)), shape=(n, n))
    count, parts = connected_components(graph, directed=False)
    bridges: set[tuple[int, int]] = set()
    if count > 1:
        a, b, w = _links(voxels * size, parts, count)
        bridges = {
            (min(i, j), max(i, j)) for i, j in zip(a.tolist(), b.tolist(), strict=True)
        }
        graph = graph + csr_array((w, (a, b)), shape=(n, n))
    tree = minimum_spanning_tree(graph)
    return csr_array(tree + tree.T), bridges


def _neighbours(
    voxels: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of the 26-neighbourhood, by look-up among sorted flat indices."""
    shape = voxels.max(0) + 3
    flat = np.ravel_multi_index(tuple((voxels + 1).T), tuple(shape))
    order = np.argsort(flat)
    ranked = flat[order]
    firsts, seconds = [], []
    for offset in _FORWARD:
        step = (offset[0] * shape[1] + offset[1]) * shape[2] + offset[2]
        place = np.searchsorted(ranked, flat + step)
        place[place == len(ranked)] = 0
        hit = np.flatnonzero(ranked[place] == flat + step)
        firsts.append(hit)
        seconds.append(order[place[hit]])
    return np.concatenate(firsts), np.concatenate(seconds)


def _links(
    points: NDArray[np.float64], parts: NDArray[np.int32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Join parts to the largest by nearest points, nearest part first (Prim)."""
    sizes = np.bincount(parts, minlength=count)
    members = [np.flatnonzero(parts == p) for p in range(count)]
    home = int(np.argmax(sizes))
    best = {
        p: _nearest(points, members[home], members[p])
        for p in range(count)
        if p != home
    }
    found = []
    while best:
        part = min(best, key=lambda p: best[p][0])
        found.append(best.pop(part))
        for other in best:
            best[other] = min(
                best[other], _nearest(points, members[part], members[other])
            )
    distance, a, b = zip(*found, strict=True)
    return np.array(a), np.array(b), np.array(distance)


def _nearest(
    points: NDArray[np.float64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> tuple[float, int, int]:
    distances, places = cKDTree(points[a]).query(points[b])
    closest = int(np.argmin(distances))
    return float(distances[closest]), int(a[places[closest]]), int(b[closest])


def _without_spurs(
    tree: Any, points: NDArray[np.float64], radii: NDArray[np.float64], spur: float
) -> NDArray[np.bool_]:
    """Which nodes stay when side branches no longer than the stem is thick go."""
    degrees = np.diff(tree.indptr)
    keep = np.ones(len(points), bool)
    for tip in np.flatnonzero(degrees == 1):
        path, length, previous = [int(tip)], 0.0, -1
        while degrees[path[-1]] <= 2:
            around = tree.indices[tree.indptr[path[-1]] : tree.indptr[path[-1] + 1]]
            ahead = [int(n) for n in around if n != previous]
            if not ahead:
                break
            length += float(np.linalg.norm(points[ahead[0]] - points[path[-1]]))
            previous = path[-1]
            path.append(ahead[0])
        stem = path[-1]
        if degrees[stem] >= 3 and length <= radii[stem] + spur:
            keep[path[:-1]] = False
            degrees[stem] -= 1
    return keep


def _rooted(tree: Any, root: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order, before = breadth_first_order(tree, root, directed=False)
    place = np.empty(tree.shape[0], np.int64)
    place[order] = np.arange(len(order))
    parents = np.where(before[order] < 0, -1, place[np.maximum(before[order], 0)])
    return order.astype(np.int64), parents.astype(np.int64)


def _bridges(
    place: NDArray[np.int64], parents: NDArray[np.int64], bridged: set[tuple[int, int]]
) -> list[int]:
    if not bridged:
        return []
    pairs = ((int(place[p]), int(place[i])) for i, p in enumerate(parents))
    return [
        i
        for i, (a, b) in enumerate(pairs)
        if parents[i] >= 0 and (min(a, b), max(a, b)) in bridged
    ]
