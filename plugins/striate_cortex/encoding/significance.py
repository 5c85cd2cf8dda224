"""Whether a unit is predicted better than by chance, with many units tested at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.encoding.scores import pairs

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.encoding.model import EncodingModel

__all__ = ["false_discovery_rate", "permutation_p"]


def permutation_p(
    model: EncodingModel,
    features: ArrayLike,
    responses: Any,
    *,
    permutations: int = 1000,
    block: int = 1,
    seed: int = 0,
    ctx: JobContext | None = None,
) -> NDArray[np.float64]:
    """Test the correlation of predicted and measured responses by shuffling images.

    Parameters
    ----------
    features, responses
        (n, p) and (n, v) that the model was not fitted to.
    permutations
        Shuffles; the smallest p is 1 / (permutations + 1).
    block
        Neighbouring images that stay together: more than 1 for time courses.
    seed
        Of the shuffles.

    Returns
    -------
    ndarray
        (v,) one-sided p; NaN for units that are constant or hold NaN.

    Raises
    ------
    InputError
        When sizes do not match, or there are too few blocks to shuffle.
    """
    n = len(np.asarray(features))
    if block < 1 or n // block < 4:
        raise InputError(
            f"{n:,} images in blocks of {block} cannot be shuffled: use smaller blocks."
        )
    rng = np.random.default_rng(seed)
    orders = [_shuffled(n, block, rng) for _ in range(permutations)]
    found = np.full(len(model), np.nan)
    for units, predicted, measured in pairs(model, features, responses):
        a, b = _standard(predicted), _standard(measured)
        with np.errstate(invalid="ignore"):
            true = (a * b).sum(axis=0)
            above = sum(((a * b[o]).sum(axis=0) >= true - 1e-12) for o in orders)
        p = (1 + np.asarray(above)) / (permutations + 1)
        found[units] = np.where(np.isfinite(b).all(axis=0), p, np.nan)
        if ctx is not None:
            ctx.progress(units.stop, len(model), "Shuffling images")
    return found


def false_discovery_rate(p: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values by Benjamini and Hochberg (1995).

    Parameters
    ----------
    p
        (v,); NaN are left out.

    Returns
    -------
    ndarray
        (v,) q: of the units at or below a q, that share is expected to be false.
    """
    values = np.asarray(p, np.float64)
    found = np.full(values.shape, np.nan)
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known])]
    ranked = values[order] * len(order) / np.arange(1, len(order) + 1)
    found[order] = np.minimum.accumulate(ranked[::-1])[::-1].clip(max=1)
    return found


def _shuffled(n: int, block: int, rng: np.random.Generator) -> NDArray[np.intp]:
    if block == 1:
        return rng.permutation(n)
    pieces = np.array_split(np.arange(n), range(block, n, block))
    return np.concatenate([pieces[i] for i in rng.permutation(len(pieces))])


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = values - values.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    flat = length <= 1e-10 * (1 + np.abs(values.mean(axis=0)))
    return centred / np.where(flat, np.nan, length)
