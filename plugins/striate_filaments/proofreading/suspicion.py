"""What looks wrong with neurons when there is no ground truth to compare them with.

Each rule names a place and how much cable is at stake there: the smaller of the two
sides, times how suspicious it looks (0 to 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from striate.jobs.context import JobContext
from striate_filaments.proofreading.items import Item
from striate_filaments.skeletons import Skeleton, skeletonise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from striate.data import Volume
    from striate_filaments.neurons import Neuron, NeuronSet

__all__ = ["suspicions"]

_REACH = 8.0
"""How far, in µm (or voxels), the ends of one neuron may lie apart."""
_ALIKE = 0.97
"""Cosine between colours of one neuron."""
_TURN = 0.1
"""1 - cosine between the colours of two neurons that differ without doubt."""
_SIDE = 5.0
"""Shorter sides, in µm (or voxels), are not worth a look."""


@dataclass(frozen=True)
class _Seen:
    """A neuron, its tree, and the cable below each node."""

    neuron: Neuron
    tree: Skeleton
    below: NDArray[np.float64]

    @property
    def cable(self) -> float:
        return self.tree.cable_length

    def side(self, node: int) -> float:
        """Cable on the shorter side of the link above a node."""
        return float(min(self.below[node], self.cable - self.below[node]))


def suspicions(
    neurons: NeuronSet,
    volume: Volume | None = None,
    ids: Iterable[int] | None = None,
    ctx: JobContext | None = None,
) -> list[Item]:
    """List suspicious places, the most cable at stake first.

    Accepted neurons are left out.

    Parameters
    ----------
    volume
        The image, for changes of colour along a neuron; None skips these.
    ids
        Which neurons to look at; None looks at all.
    """
    ctx = ctx or JobContext()
    wanted = [n for n in neurons if n.state != "accepted"]
    wanted = [n for n in wanted if ids is None or n.id in set(ids)]
    seen, found = [], []
    for i, neuron in enumerate(wanted):
        ctx.check_cancelled()
        ctx.progress(i, len(wanted), f"Looking at neuron {neuron.id}")
        tree = skeletonise(neuron, neurons.voxel_size, neurons.unit)
        one = _Seen(neuron, tree, _sums(tree, tree.lengths))
        seen.append(one)
        found += [*_thin(one, neurons), *_crossings(one, neurons)]
        if volume is not None and volume.n_channels > 1:
            found += _colour_change(one, neurons, volume)
    found += [*_ends(seen, neurons), *_fragments(seen, neurons)]
    return sorted(found, key=lambda item: -item.worth)


# ---- The rules


def _thin(one: _Seen, neurons: NeuronSet) -> Iterator[Item]:
    """Gaps that were bridged, and links much thinner than the neuron is around."""
    tree = one.tree
    for node in tree.bridges:
        if one.side(node) > _SIDE:
            sentence = f"Neuron {one.neuron.id} goes over a gap: is it one neuron?"
            yield _item("gap", one, neurons, node, 0.7 * one.side(node), sentence)
    usual = float(np.median(tree.radii))
    share = tree.radii / usual
    sides = np.minimum(one.below, one.cable - one.below)
    worth = np.where((share < 0.5) & (sides > _SIDE), sides * (1 - share), 0)
    worth[tree.degrees == 1] = 0
    node = int(np.argmax(worth))
    if worth[node] > 0 and node not in tree.bridges:
        sentence = f"Neuron {one.neuron.id} is very thin here: two neurons that touch?"
        yield _item("thin", one, neurons, node, 0.6 * worth[node], sentence)


def _crossings(one: _Seen, neurons: NeuronSet) -> Iterator[Item]:
    """Places where four branches or more meet: neurons fork in two, but cross in four.

    Two forks within three radii count as one such place.
    """
    tree = one.tree
    forks = tree.branch_points
    if len(forks) == 0:
        return
    close = cKDTree(tree.points[forks])
    best: tuple[float, int] = (0.0, -1)
    for fork in forks:
        reach = max(3 * float(tree.radii[fork]), 3 * min(neurons.voxel_size))
        near = forks[close.query_ball_point(tree.points[fork], reach)]
        arms = _arms(one, set(near.tolist()))
        if len(arms) >= 4:
            best = max(best, (sorted(arms)[-3], int(fork)))
    if best[0] > _SIDE:
        sentence = (
            f"Four branches of neuron {one.neuron.id} meet: do two neurons cross?"
        )
        yield _item("crossing", one, neurons, best[1], 0.8 * best[0], sentence)


def _colour_change(one: _Seen, neurons: NeuronSet, volume: Volume) -> Iterator[Item]:
    """The link where the colours of both sides differ most."""
    tree = one.tree
    colours = _colours(one, neurons, volume)
    weight = np.maximum(tree.lengths, 1e-9)
    below = np.stack([_sums(tree, c * weight) for c in colours.T], axis=1)
    above = (colours * weight[:, None]).sum(0) - below
    turn = 1 - _cosine(below, above)
    sides = np.minimum(one.below, one.cable - one.below)
    node = int(np.argmax(np.where(sides > _SIDE, turn, -1)))
    if sides[node] > _SIDE and turn[node] > _TURN / 4:
        worth = min(turn[node] / _TURN, 1) * sides[node]
        sentence = f"The colour of neuron {one.neuron.id} changes here: two neurons?"
        yield _item("colour", one, neurons, node, worth, sentence)


def _ends(seen: list[_Seen], neurons: NeuronSet) -> Iterator[Item]:
    """Ends of two neurons of like colour that point at one another."""
    tips = [(i, int(tip)) for i, one in enumerate(seen) for tip in one.tree.tips]
    if len(tips) < 2:
        return
    points = np.array([seen[i].tree.points[tip] for i, tip in tips])
    best: dict[tuple[int, int], tuple[float, int, int]] = {}
    for a, b in cKDTree(points).query_pairs(_reach(neurons)):
        (i, tip), (j, other) = tips[a], tips[b]
        if i == j or not _like(seen[i].neuron, seen[j].neuron):
            continue
        gap = points[b] - points[a]
        facing = _facing(seen[i].tree, tip, gap) * _facing(seen[j].tree, other, -gap)
        near = 1 - float(np.linalg.norm(gap)) / _reach(neurons)
        worth = (0.3 + 0.4 * near + 0.3 * facing) * min(seen[i].cable, seen[j].cable)
        best[i, j] = max(best.get((i, j), (0.0, 0, 0)), (worth, a, b))
    for (i, j), (worth, a, b) in best.items():
        ids = (seen[i].neuron.id, seen[j].neuron.id)
        sentence = (
            f"Neurons {ids[0]} and {ids[1]} end here in like colours: one neuron?"
        )
        voxel = _voxel((points[a] + points[b]) / 2, neurons)
        yield Item("ends", ids, voxel, worth, sentence)


def _fragments(seen: list[_Seen], neurons: NeuronSet) -> Iterator[Item]:
    """Neurons far smaller than the others."""
    if len(seen) < 3:
        return
    usual = float(np.median([one.cable for one in seen]))
    for one in seen:
        if one.cable < 0.1 * usual:
            sentence = f"Neuron {one.neuron.id} is very small: join or delete it?"
            yield _item("fragment", one, neurons, 0, 0.3 * one.cable, sentence)


# ---- Along the tree


def _sums(tree: Skeleton, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) sum of each node's value and of all below it."""
    found = values.astype(float).copy()
    for node in range(len(tree) - 1, 0, -1):
        if tree.parents[node] >= 0:
            found[tree.parents[node]] += found[node]
    return found


def _arms(one: _Seen, knot: set[int]) -> list[float]:
    """Cable of each branch that leaves a knot of nodes."""
    tree = one.tree
    arms = []
    for node in knot:
        for child in np.flatnonzero(tree.parents == node).tolist():
            if child not in knot and one.below[child] > _SIDE:
                arms.append(float(one.below[child]))
    top = min(knot)
    if tree.parents[top] >= 0 and one.cable - one.below[top] > _SIDE:
        arms.append(float(one.cable - one.below[top]))
    return arms


def _facing(tree: Skeleton, tip: int, gap: NDArray[np.float64]) -> float:
    """How straight on a gap lies from a tip: 0 to 1."""
    inner, steps = tip, 0
    while tree.parents[inner] >= 0 and steps < 8:
        inner, steps = int(tree.parents[inner]), steps + 1
    if steps == 0:
        children = np.flatnonzero(tree.parents == tip)
        inner = int(children[0]) if len(children) else tip
    ahead = tree.points[tip] - tree.points[inner]
    return float(np.clip(_cosine(ahead[None], gap[None])[0], 0, 1))


def _colours(one: _Seen, neurons: NeuronSet, volume: Volume) -> NDArray[np.float64]:
    """(n, channels) colour direction at each node, background taken away."""
    a, b = one.neuron.start, one.neuron.stop
    box = tuple(slice(i, j) for i, j in zip(a, b, strict=True))
    image = np.asarray(volume.czyx()[(slice(None), *box)])
    local = np.floor(one.tree.points / np.asarray(neurons.voxel_size)).astype(int)
    local = np.clip(local - np.asarray(a), 0, np.asarray(image.shape[1:]) - 1)
    values = image[(slice(None), *local.T)].T.astype(float)
    thin = image.reshape(len(image), -1)[:, :: max(1, image[0].size // 50_000)]
    signal = np.maximum(values - np.median(thin, axis=1), 0)
    return signal / np.maximum(np.linalg.norm(signal, axis=1, keepdims=True), 1e-9)


# ---- Small things


def _cosine(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray((a * b).sum(1) / np.maximum(lengths, 1e-12))


def _like(a: Neuron, b: Neuron) -> bool:
    """Whether colours agree; unknown ones do."""
    if len(a.colour) != len(b.colour) or len(a.colour) < 2:
        return True
    first, second = np.asarray(a.colour)[None], np.asarray(b.colour)[None]
    return bool(_cosine(first, second)[0] > _ALIKE)


def _reach(neurons: NeuronSet) -> float:
    return _REACH if neurons.unit == "µm" else 2 * _REACH


def _voxel(point: NDArray[np.float64], neurons: NeuronSet) -> tuple[int, int, int]:
    z, y, x = np.floor(point / np.asarray(neurons.voxel_size)).astype(int).tolist()
    return z, y, x


def _item(
    kind: str, one: _Seen, neurons: NeuronSet, node: int, worth: float, sentence: str
) -> Item:
    voxel = _voxel(one.tree.points[node], neurons)
    return Item(kind, (one.neuron.id,), voxel, float(worth), sentence)
