"""Coverage: how much of each true neuron its own predictions hold together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from striate_filaments.metrics.agreement import Agreement, owners
from striate_filaments.metrics.matching import one_to_one

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Subset", "coverage", "subset"]


def coverage(found: Agreement) -> list[float]:
    """Take the clRecall of each true neuron by all predictions that belong to it.

    A prediction belongs to the true neuron, or the background, with its highest
    clPrecision. Predictions that overlap are joined before they are compared where
    true neurons overlap too; otherwise their shares are added, as the official
    evaluator does (so a value above 1 is possible).
    """
    joined = len(found.shared_gt) > 0 and len(found.shared_pred) > 0
    home = found.home
    values = []
    for g in range(1, len(found.gt) + 1):
        own = np.flatnonzero(home == g)
        if joined:
            values.append(_joined(found, g, own))
        else:
            values.append(float(np.sum(found.recall[g, own])))
    return values


@dataclass(frozen=True)
class Subset:
    """The score of some of the true neurons: the dim ones, or those that overlap."""

    ids: list[int]
    tp: int
    coverage: list[float]

    def to_dict(self) -> dict[str, Any]:
        """JSON-able numbers; shares are 0 where the subset is empty."""
        n = len(self.ids)
        return {
            "n": n,
            "found": self.tp,
            "tp": self.tp / n if n else 0.0,
            "C": float(np.mean(self.coverage)) if self.coverage else 0.0,
            "coverage": self.coverage,
            "ids": self.ids,
        }


def subset(found: Agreement, ids: list[int]) -> Subset:
    """Score the true neurons `ids` as if they were all there is."""
    if not ids:
        return Subset([], 0, [])
    part = found.gt.subset(ids)
    rows = [0, *ids]
    precision = found.precision[rows]
    for p in range(1, len(found.pred) + 1):
        line = found.pred.line(p)
        if len(line):
            held = np.zeros(len(line), bool)
            for mask in owners(line, part.neurons).values():
                held |= mask
            precision[0, p] = (~held).sum() / len(line)
    few = Agreement(part, found.pred, precision, found.recall[rows])
    tp = len(one_to_one(few.cldice, 0.5))
    return Subset([found.gt.given[i - 1] for i in ids], tp, coverage(few))


def _joined(found: Agreement, g: int, own: NDArray[np.int64]) -> float:
    line = found.gt.line(g)
    held = np.zeros(len(line), bool)
    for p in own:
        held |= found.inside(g).get(int(p), False)
    return float(held.sum() / len(line)) if len(line) else 0.0
