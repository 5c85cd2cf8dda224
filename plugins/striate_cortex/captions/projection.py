"""Weights brought to where natural images are (Luo et al., BrainSCUBA, ICLR 2024)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from striate.jobs.context import JobContext

__all__ = ["Projection", "project"]

_UNITS = 256
_ITEMS = 16_384
_LOST = 1e-6
"""Share of a mixture, at most, that is left out for being spread too thin."""
_SPARSE = 0.02
"""Part of a piece that still counts, below which it is mixed item by item."""


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
    marked
        (u, c) what share of the mixture is of marked items; c is 0 without marks.
    """

    vectors: NDArray[np.float32]
    effective_n: NDArray[np.float32]
    top: NDArray[np.int64]
    top_weights: NDArray[np.float32]
    marked: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((0, 0), np.float32)
    )


def project(
    weights: ArrayLike,
    library: Any,
    *,
    tau: float = 1 / 150,
    top: int = 10,
    lengths: ArrayLike | None = None,
    marks: ArrayLike | None = None,
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
    lengths
        (N,) of the library's vectors, where they are known already.
    marks
        (N, c) numbers of items whose mean by share is wanted: 1 for items that show
        a person, 0 for others.

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
    known = None if lengths is None else np.asarray(lengths, np.float32)
    marked = (
        np.zeros((len(library), 0), np.float32)
        if marks is None
        else np.asarray(marks, np.float32).reshape(len(library), -1)
    )
    parts = []
    for first in range(0, len(w), _UNITS):
        rows = unit[first : first + _UNITS]
        parts.append(_project(rows, library, known, marked, tau, top, ctx))
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
    unit: NDArray[np.float32],
    library: Any,
    lengths: NDArray[np.float32] | None,
    marks: NDArray[np.float32],
    tau: float,
    top: int,
    ctx: JobContext | None,
) -> tuple[NDArray[Any], ...]:
    """One pass over the library, with the largest term so far taken out (u, …)."""
    u, d = unit.shape
    peak = np.full((u, 1), -np.inf, np.float32)
    total, squares, norm = (np.zeros((u, 1)) for _ in range(3))
    mix, marked = np.zeros((u, d)), np.zeros((u, marks.shape[1]))
    best, place = np.zeros((u, 0), np.float32), np.zeros((u, 0), np.int64)
    thin = np.float32(_LOST / len(library))
    for first in range(0, len(library), _ITEMS):
        if ctx is not None:
            ctx.check_cancelled()
        items = np.asarray(library[first : first + _ITEMS], np.float32)
        length = (
            np.linalg.norm(items, axis=1)
            if lengths is None
            else lengths[first : first + _ITEMS]
        )
        scale = (1 / np.maximum(length, 1e-12)).astype(np.float32)
        share = unit @ items.T
        share *= scale / np.float32(tau)
        best, place = _best(best, place, share, first, top)
        higher = np.maximum(peak, share.max(axis=1, keepdims=True))
        share -= higher
        np.exp(share, out=share)
        fade = np.exp((peak - higher).astype(np.float64))
        total = total * fade + share.sum(axis=1, keepdims=True)
        squares = squares * fade**2 + np.einsum("ij,ij->i", share, share)[:, None]
        norm = norm * fade + (share @ length)[:, None]
        marked = marked * fade + share @ marks[first : first + _ITEMS]
        mix = mix * fade + _mixed(share, scale, items, thin)
        peak = higher
    shares = np.exp((best - peak).astype(np.float64)) / total
    direction = mix / np.linalg.norm(mix, axis=1, keepdims=True)
    vectors = (norm / total) * direction
    effective = (total**2 / squares)[:, 0]
    return (
        vectors.astype(np.float32),
        effective.astype(np.float32),
        place,
        shares.astype(np.float32),
        (marked / total).astype(np.float32),
    )


def _mixed(
    share: NDArray[np.float32],
    scale: NDArray[np.float32],
    items: NDArray[np.float32],
    thin: np.float32,
) -> NDArray[np.float32]:
    """Sum the items' directions by share; most shares of a cold softmax are nothing."""
    counts = share > thin
    if counts.mean() > _SPARSE:
        return np.asarray((share * scale) @ items)
    from scipy.sparse import csr_array

    rows, columns = np.nonzero(counts)
    ends = np.searchsorted(rows, np.arange(len(share) + 1))
    values = share[rows, columns] * scale[columns]
    return np.asarray(csr_array((values, columns, ends), shape=share.shape) @ items)


def _best(
    best: NDArray[np.float32],
    place: NDArray[np.int64],
    logits: NDArray[np.float32],
    first: int,
    top: int,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Keep the `top` highest of those so far and those of one piece, in order."""
    count = min(top, logits.shape[1])
    if best.shape[1] < top:
        near = np.argpartition(-logits, count - 1, axis=1)[:, :count]
        found = np.take_along_axis(logits, near, 1)
    else:
        near, found = _higher_than(logits, best[:, -1:], count)
    scores = np.concatenate([best, found], axis=1)
    places = np.concatenate([place, near + first], axis=1)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    return np.take_along_axis(scores, order, 1), np.take_along_axis(places, order, 1)


def _higher_than(
    logits: NDArray[np.float32], least: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return what is above each row's least, `count` at most, filled up with -inf."""
    rows, columns = np.nonzero(logits > least)
    each = np.bincount(rows, minlength=len(logits))
    width = int(each.max(initial=0))
    slot = np.arange(len(rows)) - (np.cumsum(each) - each)[rows]
    near = np.zeros((len(logits), width), np.int64)
    found = np.full((len(logits), width), -np.inf, np.float32)
    near[rows, slot], found[rows, slot] = columns, logits[rows, columns]
    if width <= count:
        return near, found
    kept = np.argpartition(-found, count - 1, axis=1)[:, :count]
    return np.take_along_axis(near, kept, 1), np.take_along_axis(found, kept, 1)
