"""Where true and predicted neurons agree: clPrecision, clRecall, clDice.

Matrices are (true + 1, predicted + 1) float32, row and column 0 the background, as
in the official evaluator, because thresholds are compared in that precision.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from striate.jobs.context import JobContext
from striate_filaments.metrics.centrelines import centreline
from striate_filaments.neurons import Neuron

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from striate_filaments.metrics.instances import Instances

__all__ = ["Agreement", "agreement", "owners"]

Owners = dict[int, "NDArray[np.bool_]"]


@dataclass(frozen=True)
class Agreement:
    """How the true neurons and the predicted ones lie on each other.

    Parameters
    ----------
    gt, pred
        The instances.
    precision
        ``[g, p]``: share of p's centre line inside g; row 0: in no true neuron.
    recall
        ``[g, p]``: share of g's centre line inside p; column 0: in none.
    """

    gt: Instances
    pred: Instances
    precision: NDArray[np.float32]
    recall: NDArray[np.float32]
    _inside: dict[int, Owners] = field(default_factory=dict, repr=False)

    @cached_property
    def cldice(self) -> NDArray[np.float32]:
        """Harmonic mean of both; 0 where both are 0."""
        both = self.precision + self.recall
        product = 2 * self.precision * self.recall
        return np.divide(product, both, out=np.zeros_like(both), where=both > 0)

    @cached_property
    def shared_gt(self) -> NDArray[np.int64]:
        """C-order indices of voxels that several true neurons own."""
        return self.gt.shared()

    @cached_property
    def shared_pred(self) -> NDArray[np.int64]:
        """C-order indices of voxels that several predicted neurons own."""
        return self.pred.shared()

    @property
    def overlaps(self) -> bool:
        """Whether any two neurons overlap, in truth or in the prediction."""
        return len(self.shared_gt) > 0 or len(self.shared_pred) > 0

    @cached_property
    def overlapping(self) -> list[int]:
        """Ids of true neurons that share a voxel with another."""
        if len(self.shared_gt) == 0:
            return []
        points = _points(self.shared_gt, self.gt.shape)
        return [n.id for n in self.gt.neurons if n.contains(points).any()]

    @cached_property
    def recall_apart(self) -> NDArray[np.float32]:
        """``recall`` after voxels that several true neurons own were deleted."""
        found = self.recall.copy()
        for id in self.overlapping:
            found[id] = 0
            line = _line_apart(self.gt.neurons[id - 1], self.shared_gt, self.gt)
            if len(line):
                found[id] = _shares(line, self.pred.neurons)[0]
        return found

    def inside(self, id: int) -> Owners:
        """For the centre line of true neuron `id`: which voxels each prediction has."""
        if id not in self._inside:
            self._inside[id] = owners(self.gt.line(id), self.pred.neurons)
        return self._inside[id]

    @property
    def home(self) -> NDArray[np.int64]:
        """(predicted + 1,) true neuron with each one's highest clPrecision, or 0."""
        return np.argmax(self.precision, axis=0)


def agreement(
    pred: Instances, gt: Instances, ctx: JobContext | None = None
) -> Agreement:
    """Compare two sets of instances of one volume."""
    ctx = ctx or JobContext()
    total = len(gt) + len(pred)
    precision = np.zeros((len(gt) + 1, len(pred) + 1), np.float32)
    recall = np.zeros_like(precision)
    found = Agreement(gt, pred, precision, recall)
    for p in range(1, len(pred) + 1):
        ctx.progress(
            p - 1, total, f"Centre line of predicted neuron {pred.given[p - 1]}"
        )
        line = pred.line(p)
        if len(line):
            precision[:, p] = _shares(line, gt.neurons)[0]
    for g in range(1, len(gt) + 1):
        ctx.progress(
            len(pred) + g - 1, total, f"Centre line of true neuron {gt.given[g - 1]}"
        )
        line = gt.line(g)
        if len(line):
            recall[g], found._inside[g] = _shares(line, pred.neurons)
    return found


def owners(line: NDArray[np.int64], neurons: Sequence[Neuron]) -> Owners:
    """Tell which voxels of a line each neuron owns; only of those that own any."""
    if len(line) == 0 or len(neurons) == 0:
        return {}
    low, high = line.min(0), line.max(0)
    starts = np.array([n.start for n in neurons])
    stops = np.array([n.stop for n in neurons])
    near = np.flatnonzero(np.all((starts <= high) & (stops > low), axis=1))
    found = {}
    for i in near.tolist():
        mask = neurons[i].contains(line)
        if mask.any():
            found[neurons[i].id] = mask
    return found


def _shares(
    line: NDArray[np.int64], neurons: Sequence[Neuron]
) -> tuple[NDArray[np.float64], Owners]:
    """Share of a line in the background and in neurons 1, 2, …, and who owns what."""
    own = owners(line, neurons)
    shares = np.zeros(len(neurons) + 1)
    covered = np.zeros(len(line), bool)
    for id, mask in own.items():
        shares[id] = mask.sum() / len(line)
        covered |= mask
    shares[0] = (~covered).sum() / len(line)
    return shares, own


def _line_apart(
    neuron: Neuron, shared: NDArray[np.int64], gt: Instances
) -> NDArray[np.int64]:
    points = neuron.coordinates()
    flat = np.ravel_multi_index(tuple(points.T), gt.shape)
    left = points[~np.isin(flat, shared, assume_unique=True)]
    if len(left) == 0:
        return left
    return centreline(Neuron.from_coordinates(neuron.id, left), flat=gt.flat)


def _points(flat: NDArray[np.int64], shape: tuple[int, int, int]) -> NDArray[np.int64]:
    return np.stack(np.unravel_index(flat, shape), axis=1)
