"""Whole test sets: counts are pooled over images, then scored once.

The benchmark's rule for the combined set: S, avF1, each F1, every coverage and
clDiceTP are the plain mean of the completely and the partly labelled images' values;
counts and the shares made of them are pooled. That is what its published table does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from striate.errors import InputError
from striate.jobs.context import JobContext
from striate_filaments.metrics.presets import AVERAGED, FLYLIGHT, Preset
from striate_filaments.metrics.scoring import Score, score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from striate_filaments.metrics.instances import Source

__all__ = ["Case", "Summary", "Tally", "score_many", "summarise"]

_COVERAGES = ("C", "dim_C", "overlapping_C")
MEANS = ("S", "avF1", "clDiceTP", *_COVERAGES, *(f"F1_{t}" for t in AVERAGED))
"""What the combined set averages; the rest it pools."""


@dataclass(frozen=True)
class Case:
    """One image of a test set."""

    name: str
    pred: Source
    gt: Source
    partly: bool = False


@dataclass(frozen=True)
class Tally:
    """Counts of one image, or of several added up.

    Parameters
    ----------
    at
        (TP, FP, FN) at each averaged threshold.
    coverage, cldice
        Per true neuron, and per true positive above 0.5.
    dim, overlapping
        (number, found, coverages) of the faint and of the overlapping true neurons.
    """

    n_gt: int
    n_pred: int
    at: dict[float, tuple[int, int, int]]
    coverage: list[float]
    cldice: list[float]
    FS: int
    FM: int
    dim: tuple[int, int, list[float]] = (0, 0, [])
    overlapping: tuple[int, int, list[float]] = (0, 0, [])

    @classmethod
    def of(cls, image: Score) -> Tally:
        """Count one image."""
        gt, pred = image.agreement.gt, image.agreement.pred
        dim, both = image.dim, image.overlapping
        # The official evaluator skips faint neurons where nothing was predicted.
        faint = (len(dim.ids), dim.tp, dim.coverage if len(pred) else [])
        return cls(
            len(gt),
            len(pred),
            {
                t.threshold: (t.TP, t.FP, t.FN)
                for t in image.thresholds
                if t.threshold in AVERAGED
            },
            image.coverage,
            image.cldice,
            int(image["FS"]),
            int(image["FM"]),
            faint,
            (len(both.ids), both.tp, both.coverage),
        )

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.n_gt + other.n_gt,
            self.n_pred + other.n_pred,
            {t: _sums(self.at[t], other.at[t]) for t in self.at},
            self.coverage + other.coverage,
            self.cldice + other.cldice,
            self.FS + other.FS,
            self.FM + other.FM,
            _pool(self.dim, other.dim),
            _pool(self.overlapping, other.overlapping),
        )

    def row(self) -> dict[str, float]:
        """Score the counts: the columns of the leaderboard, and those behind them."""
        f1 = {t: 2 * a / max(1, 2 * a + b + c) for t, (a, b, c) in self.at.items()}
        avF1, C = _mean(list(f1.values())), _mean(self.coverage)
        found = len(self.cldice)
        return {
            "S": 0.5 * avF1 + 0.5 * C,
            "avF1": avF1,
            "C": C,
            "clDiceTP": _mean(self.cldice),
            "tp": found / max(1, self.n_gt),
            "FS": self.FS,
            "FM": self.FM,
            "n_gt": self.n_gt,
            "n_pred": self.n_pred,
            "TP": found,
            **{f"F1_{t}": value for t, value in f1.items()},
            **_subset("dim", *self.dim),
            **_subset("overlapping", *self.overlapping),
        }


@dataclass(frozen=True)
class Summary:
    """The scores of a test set.

    Parameters
    ----------
    images
        A row per image, by name.
    complete, partly, combined
        Rows over all images of each kind; empty where there are none.
    """

    images: dict[str, dict[str, Any]]
    complete: dict[str, float] = field(default_factory=dict)
    partly: dict[str, float] = field(default_factory=dict)
    combined: dict[str, float] = field(default_factory=dict)

    def leaderboard(self, method: str = "") -> pa.Table:
        """Rows as on the benchmark's page: set, method, S, avF1, C, clDiceTP, …."""
        sets = (("completely", self.complete), ("partly", self.partly))
        rows = [
            {
                "test set": name,
                "method": method,
                **{
                    key: row[key]
                    for key in ("S", "avF1", "C", "clDiceTP", "tp", "FS", "FM")
                },
            }
            for name, row in (*sets, ("combined", self.combined))
            if row
        ]
        return pa.Table.from_pylist(rows)

    def table(self) -> pa.Table:
        """One row per image."""
        rows = [{"image": name, **row} for name, row in self.images.items()]
        return pa.Table.from_pylist(rows)

    def to_dict(self) -> dict[str, Any]:
        """All rows, JSON-able."""
        return {
            "images": self.images,
            "complete": self.complete,
            "partly": self.partly,
            "combined": self.combined,
        }


def score_many(
    cases: Iterable[Case],
    *,
    preset: str | Preset = FLYLIGHT,
    ctx: JobContext | None = None,
    each: Callable[[str, Score], None] | None = None,
) -> Summary:
    """Score a whole test set; one image is in memory at a time.

    Parameters
    ----------
    each
        Called with the name and the score of each image, for instance to write it.

    Raises
    ------
    InputError
        When there are no cases, or one cannot be read.
    """
    ctx = ctx or JobContext()
    listed = list(cases)
    tallies = {}
    for i, case in enumerate(listed):
        ctx.check_cancelled()
        ctx.progress(i, len(listed), f"Scoring {case.name}")
        image = score(case.pred, case.gt, partly=case.partly, preset=preset)
        if each is not None:
            each(case.name, image)
        tallies[case.name] = (Tally.of(image), case.partly)
    return summarise(tallies)


def summarise(tallies: dict[str, tuple[Tally, bool]]) -> Summary:
    """Score pooled counts; each with whether its image is partly labelled.

    Raises
    ------
    InputError
        When there are none.
    """
    if not tallies:
        raise InputError("There is no image to score.")
    images = {
        name: {"partly": partly, **tally.row()}
        for name, (tally, partly) in tallies.items()
    }
    complete = _pooled([tally for tally, partly in tallies.values() if not partly])
    partly = _pooled([tally for tally, partly in tallies.values() if partly])
    return Summary(
        images,
        complete.row() if complete else {},
        partly.row() if partly else {},
        _combined(complete, partly) if complete and partly else {},
    )


def _combined(complete: Tally, partly: Tally) -> dict[str, float]:
    a, b, pooled = complete.row(), partly.row(), (complete + partly).row()
    return {**pooled, **{name: (a[name] + b[name]) / 2 for name in MEANS}}


def _pooled(tallies: list[Tally]) -> Tally | None:
    if not tallies:
        return None
    first, *rest = tallies
    for tally in rest:
        first = first + tally
    return first


def _subset(name: str, n: int, found: int, covered: list[float]) -> dict[str, float]:
    return {
        f"{name}_n": n,
        f"{name}_found": found,
        f"{name}_tp": found / max(1, n),
        f"{name}_C": _mean(covered),
    }


def _sums(a: tuple[int, int, int], b: tuple[int, int, int]) -> tuple[int, int, int]:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def _pool(
    a: tuple[int, int, list[float]], b: tuple[int, int, list[float]]
) -> tuple[int, int, list[float]]:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else 0.0
