"""The FISBe score of one volume.

Mais, Hirsch et al. 2024, "FISBe: a real-world benchmark dataset for instance
segmentation of long-range thin filamentous structures". The numbers equal those of
the official evaluator; they are made from sparse masks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from striate_filaments.metrics.agreement import Agreement, agreement
from striate_filaments.metrics.coverage import Subset, coverage, subset
from striate_filaments.metrics.instances import (
    Source,
    as_instances,
    prepared,
    same_size,
)
from striate_filaments.metrics.matching import (
    Pair,
    many_to_many,
    merges,
    one_to_one,
    splits,
)
from striate_filaments.metrics.presets import (
    AVERAGED,
    FLYLIGHT,
    THRESHOLDS,
    Preset,
    preset_named,
)

if TYPE_CHECKING:
    from striate.jobs.context import JobContext

__all__ = ["AtThreshold", "Score", "score"]

HEADLINE = ("S", "avF1", "C", "clDiceTP", "tp", "FS", "FM")


@dataclass(frozen=True)
class AtThreshold:
    """One-to-one matches above one clDice threshold.

    Parameters
    ----------
    splits, merges
        The official per-threshold ``false_split`` and ``false_merge``, which differ
        from FS and FM.
    """

    threshold: float
    TP: int
    FP: int
    FN: int
    splits: int
    merges: int

    @property
    def precision(self) -> float:
        return self.TP / max(1, self.TP + self.FP)

    @property
    def recall(self) -> float:
        return self.TP / max(1, self.TP + self.FN)

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def ap(self) -> float:
        return self.precision * self.recall

    def to_dict(self) -> dict[str, float]:
        """Counts and shares."""
        shares = {"precision": self.precision, "recall": self.recall}
        return {**asdict(self), **shares, "F1": self.f1, "AP": self.ap}


@dataclass(frozen=True)
class Score(Mapping[str, float]):
    """How well a prediction fits the truth.

    As a mapping it holds the numbers of the leaderboard: ``S``, ``avF1``, ``C``,
    ``clDiceTP``, ``tp``, ``FS``, ``FM``.

    Parameters
    ----------
    agreement
        Instances and matrices behind the numbers.
    partly
        Whether only some of the neurons in the image are labelled.
    preset
        What the benchmark fixes.
    thresholds
        Matches per clDice threshold, in the official order.
    matches
        Pairs of true and predicted neurons matched above 0.5, best first.
    split_pairs, merge_pairs
        Many-to-many matches that FS and FM count.
    coverage
        Per true neuron.
    dim, overlapping
        The same for the neurons that are faint, and that overlap others.
    """

    agreement: Agreement
    partly: bool
    preset: Preset
    thresholds: tuple[AtThreshold, ...]
    matches: list[Pair]
    split_pairs: list[Pair]
    merge_pairs: list[Pair]
    coverage: list[float]
    dim: Subset
    overlapping: Subset

    def __getitem__(self, name: str) -> float:
        return self._headline[name]

    def __iter__(self) -> Iterator[str]:
        return iter(HEADLINE)

    def __len__(self) -> int:
        return len(HEADLINE)

    @property
    def cldice(self) -> list[float]:
        """The clDice of the matched pairs, best first."""
        return [float(self.agreement.cldice[pair]) for pair in self.matches]

    @property
    def _headline(self) -> dict[str, float]:
        averaged = self.thresholds[: len(AVERAGED)]
        avF1 = float(np.mean([t.f1 for t in averaged]))
        C = _mean(self.coverage)
        return {
            "S": 0.5 * avF1 + 0.5 * C,
            "avF1": avF1,
            "C": C,
            "clDiceTP": _mean(self.cldice),
            "tp": len(self.matches) / max(1, len(self.agreement.gt)),
            "FS": splits(self.split_pairs),
            "FM": merges(self.merge_pairs),
        }

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON-able values; ids are those the neurons came with."""
        gt, pred = self.agreement.gt, self.agreement.pred
        return {
            **self._headline,
            "n_gt": len(gt),
            "n_pred": len(pred),
            "partly": self.partly,
            "preset": asdict(self.preset),
            "thresholds": [t.to_dict() for t in self.thresholds],
            "matches": [
                {"gt": gt.given[g - 1], "pred": pred.given[p - 1], "clDice": value}
                for (g, p), value in zip(self.matches, self.cldice, strict=True)
            ],
            "coverage": [
                {"gt": id, "coverage": value}
                for id, value in zip(gt.given, self.coverage, strict=True)
            ],
            "dim": self.dim.to_dict(),
            "overlapping": self.overlapping.to_dict(),
        }


def score(
    pred: Source,
    gt: Source,
    *,
    partly: bool = False,
    preset: str | Preset = FLYLIGHT,
    ctx: JobContext | None = None,
) -> Score:
    """Score predicted neurons against true ones.

    Parameters
    ----------
    pred, gt
        NeuronSets, paths of NeuronSets, FISBe zarr or label images, or label arrays
        (Z, Y, X) or (channel, Z, Y, X). The larger volume is cropped around its
        centre to the size of the smaller.
    partly
        Only some neurons of the image are labelled: predictions that lie mostly on
        background are not counted as false.
    preset
        ``"flylight"``, which is FISBe's, or another :class:`Preset`.

    Raises
    ------
    InputError
        When one of them holds no labels, or the sizes do not fit.
    """
    fixed = preset_named(preset)
    # The official evaluator crops before it counts the voxels of small labels.
    found, true = same_size(as_instances(pred), as_instances(gt))
    kept = prepared(found, fixed.remove_small)
    return _scored(agreement(kept, prepared(true), ctx), partly, fixed)


def _scored(found: Agreement, partly: bool, preset: Preset) -> Score:
    return Score(
        found,
        partly,
        preset,
        tuple(_at(found, threshold, partly) for threshold in THRESHOLDS),
        one_to_one(found.cldice, 0.5),
        many_to_many(found, preset.split_above),
        many_to_many(found, preset.merge_above),
        coverage(found),
        subset(found, found.gt.dim),
        subset(found, found.overlapping),
    )


def _at(found: Agreement, threshold: float, partly: bool) -> AtThreshold:
    pairs = one_to_one(found.cldice, threshold)
    matched = {p for _, p in pairs}
    unmatched = [p for p in range(1, len(found.pred) + 1) if p not in matched]
    astray = sum(1 for p in unmatched if found.home[p] > 0)
    return AtThreshold(
        threshold,
        TP=len(pairs),
        FP=astray if partly else len(unmatched),
        FN=len(found.gt) - len(pairs),
        splits=astray,
        merges=_merged(found, threshold),
    )


def _merged(found: Agreement, threshold: float) -> int:
    held = found.recall[1:, 1:] > threshold
    if found.overlaps:
        held &= found.recall_apart[1:, 1:] > threshold
    return int(np.maximum(held.sum(0) - 1, 0).sum())


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else 0.0
