"""Crossings of neurites whose hues cannot tell them apart: what goes straight on.

Where exactly four arms meet and go on straight in two pairs, two neurites cross:
each keeps its own two arms. Three arms are a branch point and stay together, and
so do four that are joined by another way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]
    Tree = list[list[int]]

__all__ = ["Crossing", "find_crossings", "part_crossings", "spanning_tree"]

_TWIG = 8.0
_NODE = 9.0
_ARM = 16.0
_SHORT_ARM = 9.0
_PAIRINGS = ((0, 1, 2, 3), (0, 2, 1, 3), (0, 3, 1, 2))


@dataclass(frozen=True)
class Crossing:
    """One crossing.

    Parameters
    ----------
    core
        Pieces in which both neurites lie.
    arms
        Four pieces, the first of each arm: 0 goes on to 1, and 2 to 3.
    ends
        As far as each arm was followed.
    """

    core: tuple[int, ...]
    arms: tuple[int, int, int, int]
    ends: tuple[int, int, int, int]


def spanning_tree(place: Doubles, edges: Ints) -> tuple[Ints, Doubles]:
    """Shortest trees through the graph: their edges (m, 2) and lengths (m,)."""
    count = len(place)
    apart = np.linalg.norm(place[edges[:, 0]] - place[edges[:, 1]], axis=1)
    # The sparse graph reads 0 as no edge.
    graph = coo_array((np.maximum(apart, 1e-6), edges.T), (count, count))
    tree = minimum_spanning_tree(graph.tocsr()).tocoo()
    return np.stack([tree.row, tree.col], axis=1).astype(np.int64), tree.data


def find_crossings(place: Doubles, tree_edges: Ints, straight: float) -> list[Crossing]:
    """Look for crossings in trees through the pieces at (K, 3) `place`.

    `straight` is the least cosine of the turn each of the two neurites may take.
    """
    tree = _neighbours(len(place), tree_edges)
    for _ in range(2):
        _prune(tree, place)
    found = []
    for cluster in _clusters(tree, place):
        crossing = _crossing(cluster, tree, place, straight)
        if crossing:
            found.append(crossing)
    return found


def part_crossings(
    place: Doubles, edges: Ints, crossings: list[Crossing]
) -> tuple[Ints, Ints]:
    """Name the connected pieces once each crossing is undone.

    Returns
    -------
    (name (K,) of each piece's part, (m, 2) pieces that go straight on across)
    """
    kept = np.ones(len(edges), dtype=bool)
    tree = cKDTree(place)
    for c in crossings:
        middle = place[list(c.core)].mean(axis=0)
        near = np.asarray(tree.query_ball_point(middle, _ARM), dtype=np.int64)
        side = np.full(len(place), -1)
        side[near] = _side(place[near], place, c)
        a, b = side[edges].T
        kept &= (a < 0) | (b < 0) | (a == b)
    straight = np.array(
        [pair for c in crossings for pair in (c.arms[:2], c.arms[2:])], dtype=np.int64
    ).reshape(-1, 2)
    joined = np.concatenate([edges[kept], straight])
    graph = coo_array((np.ones(len(joined)), joined.T), (len(place),) * 2)
    _, name = connected_components(graph, directed=False)
    return name.astype(np.int64), straight


def _side(points: Doubles, place: Doubles, crossing: Crossing) -> Ints:
    """Which of the two neurites of a crossing each point is nearer to, 0 or 1."""
    apart = []
    for i, j in ((0, 1), (2, 3)):
        ends, arms = crossing.ends, crossing.arms
        stops = place[[ends[i], arms[i], arms[j], ends[j]]]
        apart.append(np.min([_to_line(points, *s) for s in pairwise(stops)], axis=0))
    return np.argmin(apart, axis=0)


def _to_line(points: Doubles, start: Doubles, stop: Doubles) -> Doubles:
    """(n,) distance of points to the straight line from start to stop."""
    way = stop - start
    share = ((points - start) @ way) / max(float(way @ way), 1e-9)
    foot = start + np.clip(share, 0, 1)[:, None] * way
    return np.asarray(np.linalg.norm(points - foot, axis=1))


def _neighbours(count: int, edges: Ints) -> Tree:
    found: Tree = [[] for _ in range(count)]
    for a, b in edges.tolist():
        found[a].append(b)
        found[b].append(a)
    return found


def _prune(tree: Tree, place: Doubles) -> None:
    """Cut side twigs shorter than ``_TWIG``: pieces beside the axis, not arms."""
    for leaf in [i for i, near in enumerate(tree) if len(near) == 1]:
        path, length = [leaf], 0.0
        while len(tree[path[-1]]) < 3 and length < _TWIG:
            onward = [n for n in tree[path[-1]] if len(path) < 2 or n != path[-2]]
            if not onward:
                break
            length += float(np.linalg.norm(place[onward[0]] - place[path[-1]]))
            path.append(onward[0])
        if len(tree[path[-1]]) >= 3 and length < _TWIG:
            tree[path[-1]].remove(path[-2])
            for piece in path[:-1]:
                tree[piece] = []


def _clusters(tree: Tree, place: Doubles) -> list[list[int]]:
    """Branch points, those close to one another along the tree together."""
    branching = [i for i, near in enumerate(tree) if len(near) > 2]
    seen: set[int] = set()
    found = []
    for start in branching:
        if start in seen:
            continue
        cluster, paths = [start], [[start]]
        seen.add(start)
        while paths:
            path = paths.pop()
            for onward in tree[path[-1]]:
                if onward in cluster or onward in path:
                    continue
                if np.linalg.norm(place[onward] - place[path[0]]) > _NODE:
                    continue
                if len(tree[onward]) > 2 and onward not in seen:
                    cluster += [p for p in path if p not in cluster] + [onward]
                    seen.add(onward)
                    paths.append([onward])
                elif len(tree[onward]) == 2:
                    paths.append([*path, onward])
        found.append(cluster)
    return found


def _crossing(
    cluster: list[int], tree: Tree, place: Doubles, least: float
) -> Crossing | None:
    arms = [
        (piece, onward)
        for piece in cluster
        for onward in tree[piece]
        if onward not in cluster
    ]
    if len(arms) != 4:
        return None
    ends = [_arm_end(piece, first, tree, place) for piece, first in arms]
    first = [f for _, f in arms]
    way = place[ends] - place[first]
    length = np.linalg.norm(way, axis=1)
    if length.min() < _SHORT_ARM:
        return None
    way /= length[:, None]
    best, sure = None, least
    for a, b, c, d in _PAIRINGS:
        straight = min(-float(way[a] @ way[b]), -float(way[c] @ way[d]))
        if straight > sure:
            best, sure = (a, b, c, d), straight
    if best is None:
        return None
    a, b, c, d = best
    return Crossing(
        tuple(cluster),
        (first[a], first[b], first[c], first[d]),
        (ends[a], ends[b], ends[c], ends[d]),
    )


def _arm_end(root: int, first: int, tree: Tree, place: Doubles) -> int:
    """Follow an arm until it branches, ends, or is long enough."""
    before, here = root, first
    while np.linalg.norm(place[here] - place[first]) < _ARM and len(tree[here]) == 2:
        before, here = here, next(n for n in tree[here] if n != before)
    return here
