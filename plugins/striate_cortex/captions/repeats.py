"""Projection onto several random parts of a library, averaged (BrainSCUBA)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate_cortex.captions.projection import Projection, project

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from striate.jobs.context import JobContext

__all__ = ["project_repeats"]

_PART = 0.5


def project_repeats(
    weights: ArrayLike,
    library: Any,
    *,
    repeats: int = 5,
    tau: float = 1 / 150,
    top: int = 10,
    lengths: ArrayLike | None = None,
    seed: int = 0,
    ctx: JobContext | None = None,
) -> Projection:
    """Project onto random halves of a library, and average what comes of them.

    Parameters
    ----------
    weights, library, tau, top, lengths
        See :func:`~striate_cortex.captions.projection.project`.
    repeats
        How many halves; 1: the whole library, once.
    seed
        Of the halves.

    Returns
    -------
    Projection
        Vectors and effective numbers are means; an item's share is its mean over all
        repeats, 0 where it was not drawn.
    """
    n = len(library)
    if repeats <= 1 or n < 4:
        return project(weights, library, tau=tau, top=top, lengths=lengths, ctx=ctx)
    rng = np.random.default_rng(seed)
    known = None if lengths is None else np.asarray(lengths)
    found = []
    for _ in range(repeats):
        rows = np.sort(rng.choice(n, max(1, int(_PART * n)), replace=False))
        part = _Part(library, rows)
        own = None if known is None else known[rows]
        one = project(weights, part, tau=tau, top=top, lengths=own, ctx=ctx)
        found.append((one, rows[one.top]))
    places, shares = _merged(found, min(top, n))
    return Projection(
        np.mean([one.vectors for one, _ in found], axis=0, dtype=np.float32),
        np.mean([one.effective_n for one, _ in found], axis=0, dtype=np.float32),
        places,
        shares,
    )


class _Part:
    """Some rows of a library, read where they are asked for."""

    def __init__(self, library: Any, rows: NDArray[np.int64]) -> None:
        self._library, self._rows = library, rows
        self.shape = (len(rows), int(library.shape[1]))

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, where: slice) -> NDArray[Any]:
        return np.asarray(self._library[self._rows[where]])


def _merged(
    found: list[tuple[Projection, NDArray[np.int64]]], top: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the items with the highest mean share of each unit, and these."""
    units = len(found[0][1])
    count = min(top, min(rows.shape[1] for _, rows in found))
    places = np.zeros((units, count), np.int64)
    shares = np.zeros((units, count), np.float32)
    for k in range(units):
        total: dict[int, float] = {}
        for one, rows in found:
            for place, share in zip(rows[k].tolist(), one.top_weights[k], strict=True):
                total[place] = total.get(place, 0.0) + float(share) / len(found)
        best = sorted(total, key=lambda p, t=total: (-t[p], p))[:count]  # type: ignore[misc]
        places[k] = best
        shares[k] = [total[p] for p in best]
    return places, shares
