"""Is a unit's caption better than its neighbour's; how varied captions are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError
from striate_cortex.captions.accuracy import caption_accuracy, ranked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from striate.jobs.context import JobContext

__all__ = ["Diversity", "ShuffleResult", "diversity", "shuffle_test"]

_MOST = 4000
"""Units of a region that are shuffled, at most; drawn at random where it has more."""


@dataclass(frozen=True)
class ShuffleResult:
    """Accuracy of captions in a region, and when its units swap them.

    Parameters
    ----------
    units
        How many were compared.
    accuracy
        Mean accuracy of the units' own captions.
    shuffled
        (n,) the same after each shuffle; near `accuracy` where a region's units are
        all alike.
    p
        Share of shuffles, and the data, at least as good: ``(1 + k) / (1 + n)``.
    """

    units: int
    accuracy: float
    shuffled: NDArray[np.float64]
    p: float


def shuffle_test(
    caption_embeddings: ArrayLike,
    stimulus_embeddings: ArrayLike,
    activity: ArrayLike,
    regions: Mapping[str, ArrayLike],
    *,
    shuffles: int = 200,
    seed: int = 0,
    ctx: JobContext | None = None,
) -> dict[str, ShuffleResult]:
    """Swap captions between units of a region, and see what accuracy is lost.

    Parameters
    ----------
    caption_embeddings, stimulus_embeddings, activity
        See :func:`~striate_cortex.caption_accuracy`.
    regions
        Name to (v,) bool.
    shuffles, seed
        How many random orders, and of which seed.

    Returns
    -------
    dict
        A region with fewer than two units that can be scored is left out.

    Raises
    ------
    InputError
        When sizes do not match.
    """
    captions, y = np.asarray(caption_embeddings), np.asarray(activity)
    own = caption_accuracy(captions, stimulus_embeddings, y)
    told, did = ranked(captions, stimulus_embeddings, y)
    rng = np.random.default_rng(seed)
    found = {}
    for done, (name, mask) in enumerate(regions.items()):
        inside = np.asarray(mask, bool)
        if inside.shape != own.shape:
            raise InputError(
                f"The region {name} is of {inside.size:,} units and there are "
                f"{own.size:,}."
            )
        rows = np.flatnonzero(inside & np.isfinite(own))
        if len(rows) > _MOST:
            rows = np.sort(rng.choice(rows, _MOST, replace=False))
        if len(rows) > 1:
            # Every caption against every unit once; a shuffle then picks from these.
            rho = told[:, rows].T @ did[:, rows]
            there = np.arange(len(rows))
            orders = [rng.permutation(len(rows)) for _ in range(shuffles)]
            other = np.array([rho[order, there].mean() for order in orders])
            mean = float(own[rows].mean())
            p = (1 + int((other >= mean).sum())) / (1 + shuffles)
            found[name] = ShuffleResult(len(rows), mean, other, p)
        if ctx is not None:
            ctx.progress(done + 1, len(regions), "Shuffling captions")
    return found


@dataclass(frozen=True)
class Diversity:
    """How varied captions are.

    Parameters
    ----------
    words
        Different words in all of them.
    variance
        Variance of their sentence vectors, of unit length, summed over dimensions:
        0 all alike, 1 all apart.
    dimensions
        Principal components that hold 90 % of that variance.
    """

    words: int
    variance: float
    dimensions: int


def diversity(captions: Sequence[str], embeddings: ArrayLike) -> Diversity:
    """Measure how varied captions are, as LaVCa does.

    Parameters
    ----------
    captions
        One for each unit.
    embeddings
        (v, d) their sentence vectors.
    """
    from striate_cortex.captions.words import words_of

    e = np.asarray(embeddings, np.float64)
    if e.ndim != 2 or len(e) != len(captions) or not len(e):
        raise InputError(
            f"There are {len(captions):,} captions and vectors of shape {e.shape}."
        )
    e = e / np.maximum(np.linalg.norm(e, axis=1, keepdims=True), 1e-12)
    spread = np.linalg.svd(e - e.mean(axis=0), compute_uv=False) ** 2 / len(e)
    total = float(spread.sum())
    held = np.cumsum(spread) / total if total > 1e-12 else np.ones(1)
    count = int(np.searchsorted(held, 0.9 - 1e-12) + 1) if total > 1e-12 else 0
    vocabulary = {w for text in captions for w in words_of(text, keep_common=True)}
    return Diversity(len(vocabulary), total, count)
