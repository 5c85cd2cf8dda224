"""Keywords of a unit from the captions of its top images (after LaVCa, without an LLM).

Candidates come from class-based TF-IDF, a class being the captions of one unit's top
images; they are weighed by how well they fit the unit's weights.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np

from striate_cortex.captions.words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    EmbedTexts = Callable[[Sequence[str]], NDArray[np.float32]]

__all__ = [
    "Keyword",
    "article",
    "candidate_words",
    "choose_among",
    "choose_keywords",
    "sentence",
]

_CANDIDATES = 30
_TEMPERATURE = 0.05
_LEAST = 0.05
PROMPT = "a photo of a {}"


@dataclass(frozen=True)
class Keyword:
    """A word, its share of the softmax over candidates, and its cosine."""

    word: str
    share: float
    cosine: float


def candidate_words(
    captions: Sequence[Sequence[str]],
    shares: ArrayLike,
    background: Mapping[str, int],
    *,
    count: int = _CANDIDATES,
) -> list[tuple[str, float]]:
    """Rank words by class-based TF-IDF: ``tf log(1 + A / f)``.

    `tf` is a word's share among the words of this unit's captions, `f` how often it is
    in all captions, and `A` how many words a class of this size has.

    Parameters
    ----------
    captions
        Of each top item.
    shares
        (items,) how much each item counts, its softmax weight for instance.
    background
        Word to how often it is in all captions.

    Returns
    -------
    list
        (word, score) from the highest on, `count` at most; of equals, the first in
        the alphabet.
    """
    term: Counter[str] = Counter()
    size = 0
    for texts, share in zip(captions, np.asarray(shares, float), strict=True):
        found = Counter(w for text in texts for w in words_of(text))
        size += found.total()
        for word, n in found.items():
            term[word] += float(share) * n / max(1, len(texts))  # type: ignore[assignment]
    total = sum(term.values()) or 1.0
    scored = [
        (word, tf / total * log(1 + size / max(1, background.get(word, 1))))
        for word, tf in term.items()
    ]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:count]


def choose_keywords(
    weights: ArrayLike,
    candidates: Sequence[str],
    embed_texts: EmbedTexts,
    *,
    temperature: float = _TEMPERATURE,
    least: float = _LEAST,
    most: int = 5,
) -> list[Keyword]:
    """Keep the candidates that fit a unit's weights.

    Parameters
    ----------
    weights
        (d,) of the unit.
    candidates
        Words.
    embed_texts
        Of the encoder the weights are for.
    temperature, least
        Of the softmax over cosines, and the share below which a word is dropped; the
        best is always kept.
    most
        How many to keep.
    """
    if not candidates or not np.linalg.norm(weights) > 0:
        return []
    vectors = embed_texts([PROMPT.format(c) for c in candidates])
    return choose_among(
        weights, candidates, vectors, temperature=temperature, least=least, most=most
    )


def choose_among(
    weights: ArrayLike,
    candidates: Sequence[str],
    vectors: ArrayLike,
    *,
    temperature: float = _TEMPERATURE,
    least: float = _LEAST,
    most: int = 5,
) -> list[Keyword]:
    """Keep the candidates whose vectors (n, d) fit; see :func:`choose_keywords`."""
    w = np.asarray(weights, np.float64)
    length = float(np.linalg.norm(w))
    if not candidates or not length > 0:
        return []
    vectors = np.array(vectors, np.float64)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    cosine = vectors @ w / length
    share = np.exp((cosine - cosine.max()) / temperature)
    share /= share.sum()
    order = [int(k) for k in np.argsort(-share, kind="stable")]
    kept = [k for i, k in enumerate(order) if i == 0 or share[k] >= least][:most]
    return [Keyword(candidates[k], float(share[k]), float(cosine[k])) for k in kept]


def sentence(words: Sequence[str]) -> str:
    """Join words in one plain sentence; empty without words."""
    if not words:
        return ""
    named = [f"{article(w)} {w}" if not w.endswith("s") else w for w in words]
    head, last = ", ".join(named[:-1]), named[-1]
    return f"a photo of {head} and {last}" if head else f"a photo of {last}"


def article(word: str) -> str:
    """Return a or an."""
    return "an" if word[:1] in "aeiou" else "a"
