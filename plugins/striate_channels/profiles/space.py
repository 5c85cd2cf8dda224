"""Vectors made comparable, and who is near whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["centred_by", "comparable", "nearest", "pca"]

_ROWS = 2048


def comparable(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give each dimension mean 0 and variance 1, and each vector length 1.

    The cosine of two such vectors is their dot product.
    """
    values = vectors.astype(np.float64)
    values -= values.mean(0)
    values /= values.std(0) + 1e-9
    values /= np.linalg.norm(values, axis=1, keepdims=True) + 1e-12
    return values.astype(np.float32)


def centred_by(
    vectors: NDArray[np.float32], batches: NDArray[Any]
) -> NDArray[np.float32]:
    """Subtract from each vector the mean of its batch, and add the mean of all."""
    out = vectors.astype(np.float64)
    for batch in np.unique(batches):
        own = batches == batch
        out[own] -= vectors[own].mean(0, dtype=np.float64)
    return (out + vectors.mean(0, dtype=np.float64)).astype(np.float32)


def nearest(
    vectors: NDArray[np.float32],
    k: int,
    *,
    queries: NDArray[np.float32] | None = None,
    forbidden: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Exact nearest vectors by cosine, in blocks, so that memory stays small.

    Parameters
    ----------
    vectors
        (n, D), from :func:`comparable`.
    queries
        (q, D); None asks for every vector, itself left out.
    forbidden
        (n,) group numbers; a vector's own group is left out too.

    Returns
    -------
    (q, k) indices and (q, k) cosines, nearest first; -1 where there are too few.
    """
    asked = vectors if queries is None else queries
    k = min(k, len(vectors) - (1 if queries is None else 0))
    found = np.empty((len(asked), k), np.int64)
    cosines = np.empty((len(asked), k), np.float32)
    for start in range(0, len(asked), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(asked)))
        alike = asked[rows] @ vectors.T
        if queries is None:
            alike[np.arange(len(rows)), rows] = -np.inf
        if forbidden is not None:
            alike[forbidden[rows][:, None] == forbidden[None, :]] = -np.inf
        some = np.argpartition(-alike, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(alike, some, 1)
        order = np.argsort(-values, axis=1, kind="stable")
        found[rows] = np.take_along_axis(some, order, 1)
        cosines[rows] = np.take_along_axis(values, order, 1)
    found[np.isneginf(cosines)] = -1
    return found, cosines


def pca(
    vectors: NDArray[np.float32], n: int
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Principal components, signs fixed so that a run can be repeated.

    Returns
    -------
    (rows, n) coordinates and (n,) shares of the variance.
    """
    values = vectors.astype(np.float64)
    values -= values.mean(0)
    n = min(n, *values.shape)
    covariance = values.T @ values / max(1, len(values) - 1)
    variance, axes = np.linalg.eigh(covariance)
    variance, axes = variance[::-1].clip(min=0), axes[:, ::-1]
    largest = np.abs(axes).argmax(0)
    axes = axes * np.sign(axes[largest, np.arange(axes.shape[1])])
    share = variance / max(float(variance.sum()), 1e-300)
    return (values @ axes[:, :n]).astype(np.float32), share[:n]
