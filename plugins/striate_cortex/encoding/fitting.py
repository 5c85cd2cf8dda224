"""Fit a subject's responses and score the images held out: what people ask for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.encoding.responses import trials_where
from striate_cortex.encoding.ridge import fit_ridge
from striate_cortex.encoding.scores import both_scores
from striate_cortex.encoding.significance import false_discovery_rate, permutation_p

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.encoding.model import EncodingModel
    from striate_cortex.encoding.params import FitParams
    from striate_cortex.encoding.responses import SessionResponses
    from striate_cortex.reading.design import Design

__all__ = ["fit_and_score"]


def fit_and_score(
    features: Mapping[str, NDArray[Any]],
    responses: SessionResponses,
    params: FitParams,
    ctx: JobContext,
    *,
    facts: Mapping[str, Any],
    design: Design | None = None,
) -> EncodingModel:
    """Fit the first images, and score the last ones.

    Parameters
    ----------
    features
        Space to (n, p); more than one is fitted by banded ridge.
    responses
        (n, v).
    design
        Which image each trial showed. All trials of an image are then held out
        together, those of images that all subjects saw if there are such; and features
        may have a row for each stimulus.

    Returns
    -------
    EncodingModel
        With ``r2``, ``r`` and, where asked for, ``p`` and ``q`` of the images held
        out; with several spaces also ``r2.<space>``, the share of each.

    Raises
    ------
    InputError
        When images do not match, or too few are left to fit.
    """
    n = responses.shape[0]
    if design is not None:
        features = {k: design.of_trials(x) for k, x in features.items()}
    for name, x in features.items():
        if len(x) != n:
            shorter = "responses" if n < len(x) else "features"
            raise InputError(
                f"There are {name} features of {len(x):,} images and responses to "
                f"{n:,}: the {shorter} are too short; are all sessions there, and in "
                "order?"
            )
    held = _held_out(n, params.held_out, design)
    test = int(held.sum())
    if n - test < 10 or 0 < test < 5:
        raise InputError(
            f"{n:,} images leave {n - test:,} to fit and {test:,} to test on: hold out "
            "another share."
        )
    rest = {k: x[~held] for k, x in features.items()}
    folds = None if design is None else design.folds(params.folds)[~held]
    model = _fit(rest, trials_where(responses, ~held), params, ctx, facts, folds)
    if not test:
        return model
    x = np.concatenate([x[held] for x in features.values()], axis=1)
    return _scored(model, x, trials_where(responses, held), params, ctx)


def _held_out(n: int, share: float, design: Design | None) -> NDArray[np.bool_]:
    if design is not None:
        return design.held_out(share)
    return np.arange(n) >= n - round(n * share)


def _fit(
    features: dict[str, NDArray[Any]],
    responses: SessionResponses,
    params: FitParams,
    ctx: JobContext,
    facts: Mapping[str, Any],
    folds: NDArray[np.intp] | None,
) -> EncodingModel:
    if len(features) > 1:
        from striate_cortex.encoding.banded import fit_banded

        return fit_banded(
            features, responses, alphas=params.alphas, folds=params.folds,
            seed=ctx.seed, facts=facts, ctx=ctx,
        )  # fmt: skip
    ((space, x),) = features.items()
    return fit_ridge(
        x, responses, alphas=params.alphas, method=params.method,
        folds=params.folds if folds is None else folds, keep_folds=params.keep_folds,
        space=space, normalise=params.normalise, facts=facts, ctx=ctx,
    )  # fmt: skip


def _scored(
    model: EncodingModel,
    x: NDArray[Any],
    responses: SessionResponses,
    params: FitParams,
    ctx: JobContext,
) -> EncodingModel:
    ctx.progress(0, 1, "Predicting held-out images")
    scores = dict(model.scores)
    r2, r = both_scores(model, x, responses)
    scores |= {"r2": r2.astype(np.float32), "r": r.astype(np.float32)}
    if model.bands:
        from striate_cortex.encoding.banded import r2_of_bands

        scores |= r2_of_bands(model, x, responses)
    if params.permutations:
        p = permutation_p(
            model, x, responses, permutations=params.permutations, seed=ctx.seed,
            ctx=ctx,
        )  # fmt: skip
        scores["p"] = p.astype(np.float32)
        scores["q"] = false_discovery_rate(p).astype(np.float32)
    facts = {**model.facts, "images_held_out": len(x)}
    return dataclasses.replace(model, scores=scores, facts=facts)
