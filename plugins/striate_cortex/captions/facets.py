"""Facets: the several things one unit answers to, as clusters of its top images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Facet", "find_facets"]

_FEWEST = 3


@dataclass(frozen=True)
class Facet:
    """Places of its items among those given, nearest to its middle first; its share."""

    items: NDArray[np.int64]
    share: float


def find_facets(
    vectors: ArrayLike,
    shares: ArrayLike | None = None,
    *,
    most: int = 4,
    least: float = 0.15,
    seed: int = 0,
) -> list[Facet]:
    """Cluster top images; as many facets as the silhouette speaks for.

    Parameters
    ----------
    vectors
        (n, d) of the top images.
    shares
        (n,) how much each counts for a facet's share; None: alike.
    most
        Facets at most.
    least
        Silhouette below which all images are one facet.

    Returns
    -------
    list
        The one with the largest share first.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    v = np.asarray(vectors, np.float64)
    s = np.ones(len(v)) if shares is None else np.asarray(shares, np.float64)
    v = v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-12)
    best, labels = least, np.zeros(len(v), np.int64)
    for k in range(2, min(most, len(v) // _FEWEST) + 1):
        found = KMeans(k, n_init=5, random_state=seed).fit_predict(v)
        if len(np.unique(found)) == k and np.bincount(found).min() >= 2:
            score = float(silhouette_score(v, found))
            if score > best:
                best, labels = score, found
    facets = [_facet(v, s, np.flatnonzero(labels == k)) for k in np.unique(labels)]
    return sorted(facets, key=lambda f: -f.share)


def _facet(v: NDArray[np.float64], s: NDArray[np.float64], rows: NDArray) -> Facet:  # type: ignore[type-arg]
    near = np.argsort(-(v[rows] @ v[rows].mean(axis=0)), kind="stable")
    return Facet(rows[near], float(s[rows].sum() / max(s.sum(), 1e-12)))
