"""Several feature spaces at once, each with a penalty of its own: banded ridge.

Solved by himalaya (Dupré la Tour et al. 2022): random search over the shares of the
spaces, one choice for each unit. It tells which space explains a unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError, MissingDependencyError
from striate_cortex.encoding.model import EncodingModel
from striate_cortex.encoding.penalties import (
    checked_alphas,
    checked_features,
    warn_of_idle_units,
)
from striate_cortex.encoding.responses import as_responses, read_whole
from striate_cortex.encoding.scores import pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from striate.jobs.context import JobContext

__all__ = ["fit_banded", "r2_of_bands"]

_WIDTH = 2048


def fit_banded(
    features: Mapping[str, NDArray[Any]],
    responses: Any,
    *,
    alphas: Sequence[float] | NDArray[Any],
    folds: int = 5,
    draws: int = 50,
    seed: int = 0,
    facts: Mapping[str, Any] | None = None,
    ctx: JobContext | None = None,
) -> EncodingModel:
    """Fit feature spaces together, with a penalty for each space and unit.

    Parameters
    ----------
    features
        Space to (n, p_i).
    responses
        (n, v).
    alphas
        Penalties to choose from, for all spaces together.
    folds
        Of neighbouring images.
    draws
        Shares of the spaces that are tried.
    seed
        Of the draws.

    Returns
    -------
    EncodingModel
        Its features are the spaces side by side; ``bands`` say which are whose.
        ``alpha`` is NaN: there is one for each space, ``scores["r2_cv"]`` what the
        folds left out say.

    Raises
    ------
    MissingDependencyError
        When himalaya is not installed.
    InputError
        When there are fewer than two spaces, or images do not match.
    """
    try:
        from himalaya.backend import set_backend
        from himalaya.ridge import GroupRidgeCV
    except ImportError as error:
        raise MissingDependencyError(
            'Several feature spaces need himalaya: pip install "striate[banded]".'
        ) from error
    if len(features) < 2:
        raise InputError("Banded ridge is for two feature spaces or more: use ridge.")
    set_backend("numpy")
    source = as_responses(responses)
    spaces = {
        k: checked_features(x, source.shape, normalise=False)
        for k, x in features.items()
    }
    means = {k: x.mean(axis=0) for k, x in spaces.items()}
    groups = [(spaces[k] - means[k]).astype(np.float32) for k in spaces]
    settings = {
        "alphas": checked_alphas(alphas), "n_iter": draws, "progress_bar": False,
        "diagonalize_method": "svd",
    }  # fmt: skip
    v, p = source.shape[1], sum(x.shape[1] for x in groups)
    weights, intercept = np.zeros((v, p), np.float32), np.zeros(v, np.float32)
    score, idle = np.full(v, np.nan, np.float32), 0
    for first in range(0, v, _WIDTH):
        units = slice(first, min(v, first + _WIDTH))
        y = read_whole(source, units).astype(np.float32)
        mean = y.mean(axis=0)
        with np.errstate(invalid="ignore"):
            good = np.isfinite(mean) & (y.std(axis=0) > 1e-6 * (1 + np.abs(mean)))
        idle += int((~good).sum())
        here = np.arange(v)[units][good]
        intercept[units] = np.nan_to_num(mean)
        if len(here):
            solver = GroupRidgeCV(
                groups="input", cv=folds, random_state=seed, fit_intercept=False,
                solver_params=settings,
            ).fit(groups, y[:, good] - mean[good])  # fmt: skip
            weights[here] = np.asarray(solver.coef_).T
            score[here] = np.asarray(solver.cv_scores_).max(axis=0)
            middle = np.concatenate(list(means.values()))
            intercept[here] -= (weights[here] @ middle).astype(np.float32)
        if ctx is not None:
            ctx.progress(units.stop, v, "Fitting units (banded ridge)")
    warn_of_idle_units(idle, v)
    ends = np.cumsum([0, *(x.shape[1] for x in groups)])
    bands = {k: (int(ends[i]), int(ends[i + 1])) for i, k in enumerate(spaces)}
    return EncodingModel(
        weights, intercept, np.full(v, np.nan), space="+".join(spaces),
        scores={"r2_cv": score}, bands=bands,
        facts={**(facts or {}), "method": "banded", "images": source.shape[0]},
    )  # fmt: skip


def r2_of_bands(
    model: EncodingModel, features: NDArray[Any], responses: Any
) -> dict[str, NDArray[np.float32]]:
    """Share the variance explained among the spaces of a banded model.

    Parameters
    ----------
    features, responses
        (n, p), spaces side by side, and (n, v), not fitted.

    Returns
    -------
    dict
        ``"r2.<space>"`` to (v,); they add up to R² (product measure: the part of the
        prediction from a space, times what all parts leave unexplained or explain).
    """
    x = model.prepared(features).astype(np.float64)
    found = {k: np.full(len(model), np.nan, np.float32) for k in model.bands}
    for units, predicted, measured in pairs(model, features, responses):
        y = measured - measured.mean(axis=0)
        whole = predicted - measured.mean(axis=0)
        total = (y**2).sum(axis=0)
        offset = (whole - _part(model, x, units, None)).mean(axis=0)
        for name, band in model.bands.items():
            part = _part(model, x, units, band) + offset / len(model.bands)
            with np.errstate(invalid="ignore", divide="ignore"):
                found[name][units] = (part * (2 * y - whole)).sum(axis=0) / total
    return {f"r2.{k}": v for k, v in found.items()}


def _part(
    model: EncodingModel,
    x: NDArray[np.float64],
    units: slice,
    band: tuple[int, int] | None,
) -> NDArray[np.float64]:
    columns = slice(None) if band is None else slice(*band)
    return np.asarray(x[:, columns] @ model.weights[units, columns].T.astype(float))
