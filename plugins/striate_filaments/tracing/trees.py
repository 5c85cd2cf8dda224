"""Edits of a traced tree. Each gives a new Skeleton; the old one is the undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError
from striate_filaments.skeletons import Skeleton
from striate_filaments.tracing.radii import centred, measure_radii

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from striate_filaments.tracing.paths import Window

__all__ = ["begin", "cut", "extend", "join", "nearest", "reroot", "trimmed"]


def begin(window: Window, path: NDArray[np.int64]) -> Skeleton:
    """Make a tree of a path of voxels; its first end is the root."""
    points, radii = _measured(window, path)
    parents = np.arange(len(points)) - 1
    return Skeleton(points, radii, parents, window.unit)


def extend(
    tree: Skeleton, window: Window, path: NDArray[np.int64], node: int
) -> Skeleton:
    """Add a path that begins at a node: a longer end, or a branch.

    Parameters
    ----------
    path
        (n, 3) voxels from near the node outwards.
    """
    points, radii = _measured(window, path)
    points, radii = points[1:], radii[1:]
    if len(points) == 0:
        return tree
    parents = np.arange(len(points)) + len(tree) - 1
    parents[0] = node
    return _tree(
        tree,
        np.vstack([tree.points, points]),
        np.concatenate([tree.radii, radii]),
        np.concatenate([tree.parents, parents]),
    )


def join(tree: Skeleton, node: int, other: Skeleton, other_node: int) -> Skeleton:
    """Hang another tree under a node, by one of its own nodes."""
    turned = reroot(other, other_node)
    parents = np.where(turned.parents < 0, node, turned.parents + len(tree))
    return _tree(
        tree,
        np.vstack([tree.points, turned.points]),
        np.concatenate([tree.radii, turned.radii]),
        np.concatenate([tree.parents, parents]),
    )


def reroot(tree: Skeleton, node: int) -> Skeleton:
    """Make a node the root; the shape stays."""
    parents = tree.parents.copy()
    child, parent = -1, node
    while parent >= 0:
        above = int(parents[parent])
        parents[parent] = child
        child, parent = parent, above
    return _tree(tree, tree.points, tree.radii, parents)


def cut(tree: Skeleton, node: int) -> tuple[Skeleton | None, Skeleton]:
    """Cut above a node: the rest (None at the root), and what hung there."""
    below = np.zeros(len(tree), bool)
    below[node] = True
    for i in range(node + 1, len(tree)):
        below[i] = tree.parents[i] >= 0 and below[tree.parents[i]]
    return (_some(tree, ~below) if not below.all() else None), _some(tree, below)


def trimmed(tree: Skeleton, node: int) -> Skeleton:
    """Delete a node and all that hangs under it.

    Raises
    ------
    InputError
        When nothing would be left.
    """
    rest, _ = cut(tree, node)
    if rest is None:
        raise InputError("That is the root: delete the whole trace, or choose another.")
    return rest


def nearest(tree: Skeleton, point: ArrayLike) -> tuple[int, float]:
    """Node nearest to a point (z, y, x) in the tree's unit, and its distance."""
    apart = np.linalg.norm(tree.points - np.asarray(point, float), axis=1)
    node = int(np.argmin(apart))
    return node, float(apart[node])


# ---- Private functions


def _measured(
    window: Window, path: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points in physical units, in the middle of the neuron, and radii."""
    middle = centred(window, path)
    return middle * np.asarray(window.voxel_size), measure_radii(window, middle)


def _tree(
    like: Skeleton,
    points: NDArray[np.float64],
    radii: NDArray[np.float64],
    parents: NDArray[np.int64],
) -> Skeleton:
    """Order nodes so that parents come first."""
    children: dict[int, list[int]] = {}
    for i, parent in enumerate(parents.tolist()):
        children.setdefault(parent, []).append(i)
    order, stack = [], children.get(-1, [])[::-1]
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(children.get(node, [])[::-1])
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    above = parents[order]
    moved = np.where(above < 0, -1, rank[np.maximum(above, 0)])
    return Skeleton(points[order], radii[order], moved, like.unit)


def _some(tree: Skeleton, kept: NDArray[np.bool_]) -> Skeleton:
    """The nodes that are kept; those whose parent is gone become roots."""
    rank = np.cumsum(kept) - 1
    above = tree.parents[kept]
    gone = (above < 0) | ~kept[np.maximum(above, 0)]
    parents = np.where(gone, -1, rank[np.maximum(above, 0)])
    return Skeleton(tree.points[kept], tree.radii[kept], parents, tree.unit)
