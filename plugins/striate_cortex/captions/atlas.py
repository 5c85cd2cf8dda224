"""Caption atlas: units as points, alike ones near one another, topics by name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError, MissingDependencyError
from striate_cortex.captions.words import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from striate.jobs.context import JobContext

__all__ = ["Atlas", "Topic", "find_topics", "make_atlas", "search_atlas"]

_MOST = 12
_SAMPLE = 2000
_NEIGHBOURS = 15


@dataclass(frozen=True)
class Topic:
    """A cluster of units: its words, the one that tells it best first."""

    words: tuple[str, ...]
    units: int

    @property
    def name(self) -> str:
        return ", ".join(self.words[:3])


@dataclass(frozen=True)
class Atlas:
    """Where units are among the others.

    Parameters
    ----------
    places
        (u, 2) of the plane.
    topic
        (u,) number of each unit's topic.
    topics
        The largest first.
    """

    places: NDArray[np.float32]
    topic: NDArray[np.int64]
    topics: tuple[Topic, ...]


def make_atlas(
    vectors: ArrayLike,
    captions: Sequence[str],
    *,
    topics: int = 0,
    seed: int = 0,
    ctx: JobContext | None = None,
) -> Atlas:
    """Lay units out by their projected weights, and name what is near.

    Parameters
    ----------
    vectors
        (u, d) projected weights; their directions count.
    captions
        One for each, or several words.
    topics
        How many; 0: as many as the silhouette speaks for, 12 at most.
    seed
        Of UMAP and of the clusters: the same every time.

    Raises
    ------
    InputError
        When there are fewer than three units, or sizes differ.
    MissingDependencyError
        When umap-learn is not installed.
    """
    v = np.asarray(vectors, np.float32)
    if v.ndim != 2 or len(v) != len(captions) or len(v) < 3:
        raise InputError(
            f"An atlas needs three units at least, a vector and a caption for each: "
            f"there are vectors {v.shape} and {len(captions):,} captions."
        )
    v = v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-12)
    if ctx is not None:
        ctx.progress(0, 2, "Finding topics")
    labels, found = find_topics(v, captions, topics=topics, seed=seed)
    if ctx is not None:
        ctx.progress(1, 2, "Laying units out (UMAP)")
    return Atlas(_plane(v, seed), labels, found)


def find_topics(
    vectors: NDArray[np.float32],
    captions: Sequence[str],
    *,
    topics: int = 0,
    seed: int = 0,
) -> tuple[NDArray[np.int64], tuple[Topic, ...]]:
    """Cluster units, and name clusters by the words that are theirs (c-TF-IDF)."""
    labels = _clusters(vectors, topics, seed)
    order = np.argsort(-np.bincount(labels), kind="stable")
    labels = np.argsort(order)[labels]
    counts = [
        Counter(
            w for i in np.flatnonzero(labels == k) for w in words_of(captions[int(i)])
        )
        for k in range(len(order))
    ]
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    mean = sum(total.values()) / max(1, len(counts))
    found = []
    for k, one in enumerate(counts):
        size = max(1, one.total())
        score = {w: n / size * log(1 + mean / total[w]) for w, n in one.items()}
        words = sorted(score, key=lambda w, s=score: (-s[w], w))[:8]  # type: ignore[misc]
        found.append(Topic(tuple(words), int((labels == k).sum())))
    return labels.astype(np.int64), tuple(found)


def search_atlas(rows: Sequence[Mapping[str, Any]], text: str) -> list[int]:
    """Return the rows whose caption or keywords have all words of a text.

    A word also finds longer ones that begin with it: "face" finds "faces".
    """
    wanted = text.lower().split()
    if not wanted:
        return []
    found = []
    for i, row in enumerate(rows):
        words = words_of(
            f"{row['caption']} {row.get('keywords', '')}", keep_common=True
        )
        if all(any(w.startswith(part) for w in words) for part in wanted):
            found.append(i)
    return found


def _clusters(
    vectors: NDArray[np.float32], topics: int, seed: int
) -> NDArray[np.int64]:
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    def clustered(k: int) -> NDArray[np.int64]:
        made = KMeans(k, n_init=3, random_state=seed).fit(vectors)
        return np.asarray(made.labels_, np.int64)

    if topics:
        return clustered(min(topics, len(vectors)))
    rng = np.random.default_rng(seed)
    pick = rng.permutation(len(vectors))[:_SAMPLE]
    best, labels = -1.0, np.zeros(len(vectors), np.int64)
    for k in range(2, min(_MOST, len(vectors) - 1) + 1):
        found = clustered(k)
        if 1 < len(np.unique(found[pick])) < len(pick):
            score = float(silhouette_score(vectors[pick], found[pick]))
            if score > best:
                best, labels = score, found
    return labels


def _plane(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    import warnings

    try:
        from umap import UMAP
    except ImportError as error:
        raise MissingDependencyError(
            'An atlas needs umap-learn: pip install "striate[profiles]".'
        ) from error
    near = min(_NEIGHBOURS, len(vectors) - 1)
    # UMAP's spectral start needs more units than it has dimensions.
    start = "spectral" if len(vectors) > 50 else "random"
    with warnings.catch_warnings():
        # It says that a fixed seed means one core.
        warnings.simplefilter("ignore")
        made = UMAP(
            n_neighbors=max(2, near), metric="cosine", init=start, random_state=seed,
            n_jobs=1,
        ).fit_transform(vectors)  # fmt: skip
    return np.asarray(made, np.float32)
