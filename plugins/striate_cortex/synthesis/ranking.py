"""Where a predicted response stands among those to a library's natural images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Standing", "keep_top", "standing"]

_PIECE = 65_536


@dataclass(frozen=True)
class Standing:
    """Responses (n,) as z-scores, and as percentiles 0 to 100, of the library's."""

    z: NDArray[np.float64]
    percentile: NDArray[np.float64]


def standing(
    responses: ArrayLike,
    weights: ArrayLike,
    library: Any,
    *,
    normalised: bool = False,
) -> Standing:
    """Compare responses with those predicted to every item of a library.

    Parameters
    ----------
    responses
        (n,) without intercept.
    weights
        (d,) of the unit.
    library
        (N, d) vectors, read in pieces.
    normalised
        Whether the model brings vectors to unit length first.

    Returns
    -------
    Standing
        z is NaN where the library's responses are all alike. The percentile counts
        items below, and half of those equal.

    Raises
    ------
    InputError
        When the library is empty or of other dimensions.
    """
    w, r = np.asarray(weights, np.float32), np.asarray(responses, np.float64)
    if len(library.shape) != 2 or not len(library) or library.shape[1:] != w.shape:
        raise InputError(
            f"The library is {tuple(library.shape)} and the weights {w.shape}: a "
            "standing needs items of the same encoder."
        )
    pieces = (library[k : k + _PIECE] for k in range(0, len(library), _PIECE))
    found = [_predicted(np.asarray(part), w, normalised) for part in pieces]
    known = np.sort(np.concatenate(found)).astype(np.float64)
    deviation = float(known.std())
    z = (r - known.mean()) / (deviation if deviation > 0 else np.nan)
    below = np.searchsorted(known, r, "left") + np.searchsorted(known, r, "right")
    return Standing(z, 50 * below / len(known))


def _predicted(
    vectors: NDArray[Any], w: NDArray[np.float32], normalised: bool
) -> NDArray[Any]:
    length = np.linalg.norm(vectors, axis=1) if normalised else np.ones(1)
    return np.asarray(vectors @ w / np.maximum(length, 1e-12))


def keep_top(scores: ArrayLike, share: float = 0.2) -> NDArray[np.int64]:
    """Return places of the best share of images, one at least, the best first."""
    s = np.asarray(scores, np.float64)
    if not len(s) or not 0 < share <= 1:
        raise InputError("Give at least one score, and a share above 0 and up to 1.")
    count = max(1, round(share * len(s)))
    return np.argsort(-s, kind="stable")[:count]
