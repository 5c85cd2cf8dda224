"""Who is whose: one to one per threshold, and many to many with consumption."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.metrics.agreement import Agreement

__all__ = ["Pair", "many_to_many", "merges", "one_to_one", "splits"]

Pair = tuple[int, int]
"""A true neuron and a predicted one, counted from 1."""


def one_to_one(cldice: NDArray[np.float32], above: float) -> list[Pair]:
    """Match greedily: the highest clDice first, ties by true then predicted id.

    Parameters
    ----------
    cldice
        (true + 1, predicted + 1), row and column 0 the background.
    above
        Only pairs strictly above count.

    Returns
    -------
    Pairs, best first.
    """
    gt, pred = np.nonzero(cldice[1:, 1:] > above)
    values = cldice[1:, 1:][gt, pred]
    taken_gt: set[int] = set()
    taken_pred: set[int] = set()
    found = []
    for i in np.lexsort((pred, gt, -values)):
        g, p = int(gt[i]) + 1, int(pred[i]) + 1
        if g not in taken_gt and p not in taken_pred:
            found.append((g, p))
            taken_gt.add(g)
            taken_pred.add(p)
    return found


def many_to_many(found: Agreement, above: float) -> list[Pair]:
    """All pairs whose clRecall is above a threshold once the best have consumed.

    Without overlaps that is every pair above it. With overlaps (FISBe's algorithm 1)
    the best pair takes its prediction's voxels from the true neuron and its true
    neuron's voxels from the prediction, and the pairs that share either are valued
    anew.
    """
    gt, pred = np.nonzero(found.recall[1:, 1:] > above)
    pairs = [(int(g) + 1, int(p) + 1) for g, p in zip(gt, pred, strict=True)]
    if not found.overlaps:
        return pairs
    return _Consumption(found, pairs, above).run()


def splits(pairs: list[Pair]) -> int:
    """Count the predictions beyond the first, over all true neurons."""
    return len(pairs) - len({g for g, _ in pairs})


def merges(pairs: list[Pair]) -> int:
    """Count the true neurons beyond the first, over all predictions."""
    return len(pairs) - len({p for _, p in pairs})


class _Consumption:
    """The queue of pairs, and what is left of each neuron.

    Faithful to the official evaluator: each revaluation looks at one of the two
    leftovers only, and the later one stands; a pair one rule dropped the other may
    bring back; the pairs revalued are those that were above the threshold at first.
    """

    def __init__(self, found: Agreement, pairs: list[Pair], above: float) -> None:
        self.found, self.above, self.pairs = found, above, pairs
        self.queue = _Queue()
        self.left = {g: np.ones(len(found.gt.line(g)), bool) for g, _ in pairs}
        self.eaten: dict[int, list[int]] = {p: [] for _, p in pairs}
        for g, p in pairs:
            self.queue.push((g, p), float(found.recall[g, p]))

    def run(self) -> list[Pair]:
        matched = []
        while (pair := self.queue.pop()) is not None:
            matched.append(pair)
            g, p = pair
            self.left[g] &= ~self._of_pred(g, p)
            self.eaten[p].append(g)
            for other in (o for o in self.pairs if o[0] == g):
                self._revalue(other, self._of_pred(*other) & self.left[g])
            for other in (o for o in self.pairs if o[1] == p):
                self._revalue(other, self._of_pred(*other) & ~self._eaten(*other))
        return matched

    def _revalue(self, pair: Pair, left: NDArray[np.bool_]) -> None:
        value = float(left.sum() / (len(left) or 1.0))
        if value > self.above:
            self.queue.push(pair, value)
        else:
            self.queue.drop(pair)

    def _of_pred(self, g: int, p: int) -> NDArray[np.bool_]:
        """Which voxels of g's centre line are p's."""
        return self.found.inside(g)[p]

    def _eaten(self, g: int, p: int) -> NDArray[np.bool_]:
        """Which voxels of g's centre line other true neurons took from p."""
        line = self.found.gt.line(g)
        taken = np.zeros(len(line), bool)
        for other in self.eaten[p]:
            taken |= self.found.gt.neurons[other - 1].contains(line)
        return taken


@dataclass
class _Queue:
    """Highest value first, ties in the order of arrival; an entry may be replaced.

    Entries are known by a running version per pair. Dropping or taking a pair starts
    its versions again, so that a very old entry of a pair may count once more: the
    official queue does so, and its counts are the reference.
    """

    heap: list[tuple[float, int, int, Pair]] = field(default_factory=list)
    version: dict[Pair, int] = field(default_factory=dict)
    arrival: count[int] = field(default_factory=count)

    def push(self, pair: Pair, value: float) -> None:
        version = self.version.get(pair, 0) + 1
        self.version[pair] = version
        heapq.heappush(self.heap, (-value, next(self.arrival), version, pair))

    def drop(self, pair: Pair) -> None:
        if pair in self.version:
            self.version[pair] = -1

    def pop(self) -> Pair | None:
        while self.heap:
            _, _, version, pair = heapq.heappop(self.heap)
            if self.version.get(pair) == version:
                del self.version[pair]
                return pair
        return None
