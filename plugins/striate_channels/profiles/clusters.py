"""Clusters: k-means, or Leiden communities of the neighbour graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate.errors import MissingDependencyError
from striate_channels.profiles.space import nearest, pca

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["have_leiden", "kmeans", "leiden"]

_MOST = 12
_SAMPLE = 1500
_COMPONENTS = 30


def have_leiden() -> bool:
    """Whether Leiden is installed; does not import it."""
    from importlib.util import find_spec

    return find_spec("sknetwork") is not None


def kmeans(
    vectors: NDArray[np.float32], k: int = 0, *, seed: int = 0
) -> NDArray[np.int64]:
    """k-means of comparable vectors; clusters are numbered from the largest.

    `k` 0 takes the number from 2 to 12 with the best silhouette.
    """
    from sklearn.cluster import KMeans

    reduced = pca(vectors, _COMPONENTS)[0]
    k = k or _best_k(reduced, seed)
    k = min(k, len(reduced))
    found = KMeans(k, n_init=5, random_state=seed).fit_predict(reduced)
    return _by_size(found)


def leiden(
    vectors: NDArray[np.float32],
    *,
    neighbours: int = 15,
    resolution: float = 1.0,
    seed: int = 0,
) -> NDArray[np.int64]:
    """Leiden communities (Traag et al. 2019), numbered from the largest.

    The graph joins each vector with its nearest by cosine, weighted by how many
    neighbours two vectors share.

    Raises
    ------
    MissingDependencyError
        When scikit-network is not installed.
    """
    try:
        from sknetwork.clustering import Leiden
    except ImportError as error:
        raise MissingDependencyError(
            'Leiden needs one more package: pip install "striate[profiles]". Or choose '
            "--clusters kmeans."
        ) from error
    from scipy import sparse

    near, _ = nearest(vectors, neighbours)
    n = len(vectors)
    rows = np.repeat(np.arange(n), near.shape[1])
    ones = np.ones(near.size, np.float64)
    graph = sparse.csr_matrix((ones, (rows, near.ravel())), (n, n))
    shared = (graph @ graph.T).multiply(graph + graph.T)
    weights = sparse.csr_matrix(shared + 1e-3 * (graph + graph.T))
    algorithm = Leiden(resolution=resolution, random_state=seed)
    return _by_size(np.asarray(algorithm.fit_predict(weights)))


def _best_k(reduced: NDArray[np.float32], seed: int) -> int:
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    rng = np.random.default_rng(seed)
    some = reduced
    if len(reduced) > _SAMPLE:
        some = reduced[rng.choice(len(reduced), _SAMPLE, replace=False)]
    tried = range(2, min(_MOST, len(some) - 1) + 1)
    scores: dict[int, float] = {}
    for k in tried:
        labels = KMeans(k, n_init=2, random_state=seed).fit_predict(some)
        if len(np.unique(labels)) == k:
            scores[k] = float(silhouette_score(some, labels))
    return max(scores, key=lambda k: scores[k]) if scores else 1


def _by_size(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    names, counts = np.unique(labels, return_counts=True)
    order = names[np.argsort(-counts, kind="stable")]
    place = {int(name): i for i, name in enumerate(order)}
    return np.array([place[int(v)] for v in labels], np.int64)
