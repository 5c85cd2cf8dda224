"""How well a model predicts responses it was not fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.encoding.responses import as_responses, read_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from striate_cortex.encoding.model import EncodingModel

__all__ = ["both_scores", "correlation", "pairs", "r2_score"]

_WIDTH = 4096
_READ_BYTES = 256 << 20
"""Responses in memory at once; a file of volumes is read whole for any of its units."""


def r2_score(
    model: EncodingModel, features: ArrayLike, responses: Any
) -> NDArray[np.float64]:
    """See :meth:`striate_cortex.EncodingModel.r2`."""
    return both_scores(model, features, responses)[0]


def correlation(
    model: EncodingModel, features: ArrayLike, responses: Any
) -> NDArray[np.float64]:
    """See :meth:`striate_cortex.EncodingModel.r`; 0 where a prediction is constant."""
    return both_scores(model, features, responses)[1]


def both_scores(
    model: EncodingModel, features: ArrayLike, responses: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return R² and r, (v,) each; the responses are read once."""
    r2, r = np.full(len(model), np.nan), np.full(len(model), np.nan)
    for units, predicted, measured in pairs(model, features, responses):
        a = predicted - predicted.mean(axis=0)
        b = measured - measured.mean(axis=0)
        total = (b**2).sum(axis=0)
        rest = ((measured - predicted) ** 2).sum(axis=0)
        length = np.sqrt((a**2).sum(axis=0) * total)
        varies = _varies(measured, total)
        with np.errstate(invalid="ignore", divide="ignore"):
            r2[units] = np.where(varies, 1 - rest / total, np.nan)
            alike = np.where(length > 0, (a * b).sum(axis=0) / length, 0.0)
        r[units] = np.where(varies, alike, np.nan)
    return r2, r


def pairs(
    model: EncodingModel, features: ArrayLike, responses: Any
) -> Iterator[tuple[slice, NDArray[np.float64], NDArray[np.float64]]]:
    """Yield (units, predicted, measured), the latter (n, t) float64.

    Raises
    ------
    InputError
        When images or units do not match.
    """
    source = as_responses(responses)
    x = model.prepared(features)
    if source.shape != (len(x), len(model)):
        raise InputError(
            f"Responses are {source.shape[0]:,} images by {source.shape[1]:,} units; "
            f"there are features of {len(x):,} images and a model of {len(model):,} "
            "units."
        )
    x = x.astype(np.float64)
    wide = max(_WIDTH, _READ_BYTES // (len(x) * source.dtype.itemsize))
    for start in range(0, len(model), wide):
        stop = min(len(model), start + wide)
        read = read_whole(source, slice(start, stop))
        for first in range(start, stop, _WIDTH):
            units = slice(first, min(stop, first + _WIDTH))
            predicted = x @ model.weights[units].T.astype(np.float64)
            predicted += model.intercept[units]
            measured = read[:, first - start : units.stop - start]
            yield units, predicted, measured.astype(np.float64)


def _varies(
    measured: NDArray[np.float64], total: NDArray[np.float64]
) -> NDArray[np.bool_]:
    return np.isfinite(total) & (total > 1e-10 * (1 + measured.mean(axis=0) ** 2))
