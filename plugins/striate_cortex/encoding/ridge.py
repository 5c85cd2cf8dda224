"""Exact ridge with a penalty of each unit's own, in the space of the features.

One pass over the responses gives all that is needed: with n images, p features and v
units, ``XᵀX`` and ``XᵀY`` are (p, p) and (p, v), however many images there are. One
eigendecomposition then serves every unit and every penalty; the penalty is chosen by
generalised cross-validation (Golub, Heath and Wahba 1979) or by k-fold
cross-validation from the folds' own sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from striate.errors import InputError
from striate.jobs.context import JobContext
from striate_cortex.encoding.cores import all_cores
from striate_cortex.encoding.folds import FoldPlan, fold_labels
from striate_cortex.encoding.model import EncodingModel
from striate_cortex.encoding.penalties import (
    checked_alpha,
    checked_alphas,
    checked_features,
    warn_of_idle_units,
)
from striate_cortex.encoding.responses import as_responses
from striate_cortex.encoding.spectrum import Spectrum
from striate_cortex.encoding.sums import Sums, pieces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from striate_cortex.encoding.cores import Cores
    from striate_cortex.encoding.responses import Responses

__all__ = ["DEFAULT_ALPHAS", "fit_ridge"]

DEFAULT_ALPHAS = tuple(float(a) for a in np.logspace(-2, 7, 20))
_WIDTH = 8192
"""Units of which all folds are in memory at once, at most."""
_EXACT = 10**10
"""Products of images, features and units up to which float64 costs a second."""


def fit_ridge(
    features: ArrayLike,
    responses: Any,
    *,
    alphas: Sequence[float] | NDArray[Any] = DEFAULT_ALPHAS,
    alpha: float | ArrayLike | None = None,
    method: Literal["gcv", "kfold"] = "gcv",
    folds: int | ArrayLike = 5,
    keep_folds: bool = False,
    space: str = "",
    normalise: bool = False,
    facts: Mapping[str, Any] | None = None,
    ctx: JobContext | None = None,
) -> EncodingModel:
    """Fit the responses of every unit to features, with an intercept.

    Minimises ``|y - x w - b|² + alpha |w|²`` for each unit; equal to scikit-learn's
    ``Ridge`` at the same penalties. Weights have the precision of the responses,
    float64 or else float32; small problems are computed in float64 in any case.

    Parameters
    ----------
    features
        (n, p), one row per trial.
    responses
        (n, v): an array, a memory map, an HDF5 dataset, or
        :class:`~striate_cortex.encoding.SessionResponses`, of which one session is in
        memory at a time.
    alphas
        Penalties to choose from for each unit.
    alpha
        One penalty for all units, or (v,); nothing is chosen then.
    method
        ``"gcv"``, or ``"kfold"``: least squared error over the folds left out.
    folds
        Number of folds of neighbouring trials, or (n,) labels, such as runs, that
        are left out together.
    keep_folds
        Keep the weights of each fit without one fold, (k, v, p).
    space, normalise
        Name of the features' encoder; whether to bring features to unit length first.
    facts
        Kept with the model.
    ctx
        Hears progress, and may cancel.

    Returns
    -------
    EncodingModel
        ``scores`` hold ``r2_gcv`` or ``r2_cv``, the variance explained that is
        expected of new images, as the choice of penalty estimates it.

    Raises
    ------
    InputError
        When trials do not match, features are not finite, or no unit can be fitted.

    Warns
    -----
    UserWarning
        When units are constant or hold values that are not finite: their weights are
        0 and their scores NaN.
    """
    ctx = ctx or JobContext()
    source = as_responses(responses)
    x = checked_features(features, source.shape, normalise=normalise)
    wanted = checked_alphas(alphas)
    fixed = None if alpha is None else checked_alpha(alpha, source.shape[1])
    labels = fold_labels(folds, len(x)) if method == "kfold" or keep_folds else None
    if method not in ("gcv", "kfold"):
        raise InputError(f"There is no method {method!r}: use gcv or kfold.")
    fit = _Fit(x, source, wanted, fixed, method, labels, keep_folds)
    with all_cores(ctx, len(pieces(source.shape[1]))) as cores:
        fit.run(ctx, cores)
    return EncodingModel(
        weights=fit.weights.astype(source.dtype, copy=False),
        intercept=fit.intercept.astype(source.dtype, copy=False),
        alpha=fit.alpha,
        space=space,
        normalised=normalise,
        scores={fit.score_name: fit.score},
        fold_weights=None
        if fit.fold_weights is None
        else fit.fold_weights.astype(source.dtype, copy=False),
        facts={**(facts or {}), "method": "given" if fixed is not None else method,
               "images": len(x), "idle_units": fit.idle},
    )  # fmt: skip


class _Fit:
    """One fit under way: sums, then solutions, a range of units at a time."""

    def __init__(
        self,
        x: NDArray[np.float64],
        source: Responses,
        alphas: NDArray[np.float64],
        fixed: NDArray[np.float64] | None,
        method: str,
        labels: NDArray[np.intp] | None,
        keep_folds: bool,
    ) -> None:
        self.source, self.alphas, self.fixed, self.method = (
            source,
            alphas,
            fixed,
            method,
        )
        self.mean = x.mean(axis=0)
        centred = x - self.mean
        dtype = source.dtype
        if x.size * source.shape[1] <= _EXACT:
            dtype = np.dtype(np.float64)
        self.spectrum = Spectrum.of(centred.T @ centred, len(x), dtype)
        self.x = np.ascontiguousarray(centred, dtype)
        self.plan = None if labels is None else FoldPlan(centred, labels, dtype)
        (_, v), p = source.shape, x.shape[1]
        self.weights = np.zeros((v, p), dtype)
        self.intercept = np.zeros(v, dtype)
        self.alpha = np.full(v, np.nan)
        self.score = np.full(v, np.nan, np.float32)
        k = 0 if self.plan is None else len(self.plan)
        self.fold_weights = np.zeros((k, v, p), dtype) if keep_folds else None
        self.score_name = "r2_cv" if self.by_folds else "r2_gcv"
        self.idle = 0

    @property
    def by_folds(self) -> bool:
        return self.fixed is None and self.method == "kfold"

    def run(self, ctx: JobContext, cores: Cores) -> None:
        p, (n, v) = self.x.shape[1], self.source.shape
        if self.plan is None:
            width = self.source.width(p)
        else:
            width = max(64, min(_WIDTH, (256 << 20) // (n * self.x.itemsize)))
        for first in range(0, v, width):
            self._units(slice(first, min(v, first + width)), ctx, cores)
        warn_of_idle_units(self.idle, v)

    def _units(self, units: slice, ctx: JobContext, cores: Cores) -> None:
        cross = self.weights[units]
        if self.plan is None:
            sums = Sums(cross)
            mean, square = sums.read(self.x, self.source, units, ctx, cores)
        else:
            mean, square = self.plan.take(self.x, self.source, units, cores)
            cross[:] = self.plan.cross()

        def solve(part: slice) -> int:
            whole = slice(units.start + part.start, units.start + part.stop)
            return self._solve(whole, part, cross[part], mean[part], square[part])

        self.idle += sum(cores.each(solve, pieces(len(cross))))
        ctx.progress(units.stop, self.source.shape[1], "Fitting units")

    # ---- Solutions

    def _solve(
        self,
        units: slice,
        part: slice,
        cross: NDArray[Any],
        mean: NDArray[np.float64],
        square: NDArray[np.float64],
    ) -> int:
        """Choose penalties and set the weights of a piece; return the idle units."""
        good = np.isfinite(square) & np.isfinite(mean)
        good &= square > 1e-10 * (1 + np.abs(np.where(good, mean, 0))) ** 2
        rotated = self.spectrum.rotate(np.where(good[:, None], cross, 0))
        null = self.spectrum.gcv_null(square)
        if self.fixed is not None:
            chosen = self.fixed[units]
            best = self.spectrum.gcv_each(rotated, square, chosen)
        elif self.by_folds:
            assert self.plan is not None
            error, null = self.plan.errors(part, self.alphas)
            chosen, best = _least(error, self.alphas)
        else:
            error = self.spectrum.gcv(rotated, square, self.alphas)
            chosen, best = _least(error, self.alphas)
        weights = self.spectrum.solve(rotated, chosen)
        if self.fold_weights is not None:
            assert self.plan is not None
            kept = self.plan.weights(part, chosen)
            self.fold_weights[:, units] = np.where(good[:, None], kept, 0)
        self.weights[units] = weights
        centre = np.where(good, mean - weights @ self.mean, np.nan_to_num(mean))
        self.intercept[units] = centre
        self.alpha[units] = np.where(good, chosen, np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            self.score[units] = np.where(good, 1 - best / null, np.nan)
        return int((~good).sum())


def _least(
    error: NDArray[np.float64], alphas: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Take the penalty of least error for each unit; (a, t) to (t,) and (t,)."""
    index = np.where(np.isfinite(error), error, np.inf).argmin(axis=0)
    return alphas[index], error[index, np.arange(error.shape[1])]
