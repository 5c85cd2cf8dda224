"""Weights brought to where natural images are (Luo et al., BrainSCUBA, ICLR 2024)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from striate.jobs.context import JobContext

__all__ = ["Projection", "project"]

_UNITS = 256
_ITEMS = 65_536


@dataclass(frozen=True)
class Projection:
    """Weights of u units, projected onto a library.

    Parameters
    ----------
    vectors
        (u, d) float32: direction and length mixed apart, as BrainSCUBA does.
    effective_n
        (u,) how many items share in the mixture, ``1 / sum(s²)``: 1 is the nearest
        item alone, N the mean of all.
    top, top_weights
        (u, top) the items that share most, and their shares, largest first.
    """

    vectors: NDArray[np.float32]
    effective_n: NDArray[np.float32]
    top: NDArray[np.int64]
    top_weights: NDArray[np.float32]


def project(
    weights: ArrayLike,
    library: Any,
    *,
    tau: float = 1 / 150,
    top: int = 10,
    ctx: JobContext | None = None,
) -> Projection:
    """Project weights onto the natural images of a library.

    With unit directions ``d`` and lengths ``n`` of the library's items and ``w`` a
    unit's weights, ``s = softmax(<w/|w|, d> / tau)``; the projection has the direction
    of ``sum s d`` and the length ``sum s n``.

    Parameters
    ----------
    weights
        (u, d); intercepts play no part.
    library
        (N, d) embeddings as the encoder gives them, not brought to unit length where
        that matters (CLIP). Read in pieces: it may be a memory map of millions.
    tau
        Temperature: towards 0 the nearest item, towards infinity the mean of all.
    top
        Items to name for each unit.

    Returns
    -------
    Projection
        NaN, and no shares, for units whose weights are 0 or not finite.

    Raises
    ------
    InputError
        When dimensions differ, the library is empty, or tau is not above 0.
    """
    w = np.asarray(weights, np.float32)
    if w.ndim != 2 or len(library.shape) != 2 or w.shape[1] != library.shape[1]:
        raise InputError(
            f"Weights are {w.shape} and the library {tuple(library.shape)}: both must "
            "be of the same encoder."
        )
    if not len(library) or not tau > 0 or not top >= 1:
        raise InputError(
            "A projection needs at least one item, a temperature above 0 and a top of "
            "at least 1."
        )
    length = np.linalg.norm(w, axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = np.where(length > 0, w / length, np.nan)
    parts = []
    for first in range(0, len(w), _UNITS):
        parts.append(_project(unit[first : first + _UNITS], library, tau, top))
        if ctx is not None:
            ctx.progress(min(len(w), first + _UNITS), len(w), "Projecting units")
    if not parts:
        empty = np.zeros((0, min(top, len(library))))
        return Projection(
            w, np.zeros(0, np.float32), empty.astype(np.int64), empty.astype(np.float32)
        )
    return Projection(
        *(np.concatenate(columns) for columns in zip(*parts, strict=True))
    )


def _project(
    unit: NDArray[np.float32], library: Any, tau: float, top: int
) -> tuple[NDArray[Any], ...]:
    """One pass over the library, with the largest term so far taken out (u, …)."""
    u, d = unit.shape
    peak = np.full((u, 1), -np.inf)
    total, squares, norm = (np.zeros((u, 1)) for _ in range(3))
    mix = np.zeros((u, d))
    best, place = np.zeros((u, 0)), np.zeros((u, 0), np.int64)
    for first in range(0, len(library), _ITEMS):
        items = np.asarray(library[first : first + _ITEMS], np.float32)
        length = np.linalg.norm(items, axis=1)
        direction = items / np.maximum(length, 1e-12)[:, None]
        logits = (unit @ direction.T).astype(np.float64) / tau
        higher = np.maximum(peak, logits.max(axis=1, keepdims=True))
        fade, share = np.exp(peak - higher), np.exp(logits - higher)
        total = total * fade + share.sum(axis=1, keepdims=True)
        squares = squares * fade**2 + (share**2).sum(axis=1, keepdims=True)
        norm = norm * fade + (share @ length)[:, None]
        mix = mix * fade + share @ direction
        peak = higher
        best, place = _best(best, place, logits, first, top)
    shares = np.exp(best - peak) / total
    direction = mix / np.linalg.norm(mix, axis=1, keepdims=True)
    vectors = (norm / total) * direction
    effective = (total**2 / squares)[:, 0]
    return (
        vectors.astype(np.float32),
        effective.astype(np.float32),
        place,
        shares.astype(np.float32),
    )


def _best(
    best: NDArray[np.float64],
    place: NDArray[np.int64],
    logits: NDArray[np.float64],
    first: int,
    top: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Keep the `top` highest of those so far and those of one piece, in order."""
    count = min(top, logits.shape[1])
    near = np.argpartition(-logits, count - 1, axis=1)[:, :count]
    scores = np.concatenate([best, np.take_along_axis(logits, near, 1)], axis=1)
    places = np.concatenate([place, near + first], axis=1)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    return np.take_along_axis(scores, order, 1), np.take_along_axis(places, order, 1)
