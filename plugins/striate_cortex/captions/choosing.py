"""Which of the captions that are there speaks for a unit."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from striate_cortex.captions.consensus import Consensus, agreements, compose
from striate_cortex.captions.trust import generic_scores, rerank
from striate_cortex.captions.words import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["choose_caption", "name_things"]

_TEMPERATURE = 0.05
"""Of the softmax that turns likeness into a probability, for MILAN's rule."""


def choose_caption(
    captions: Sequence[Sequence[str]],
    vectors: NDArray[np.float32],
    shares: NDArray[np.float64],
    counts: Mapping[str, int],
    *,
    pmi: float = 0.0,
) -> Consensus:
    """Pick the item most like the others, and of its captions the most shared one.

    Parameters
    ----------
    captions
        Of each item, one at least.
    vectors, shares
        (n, d) and (n,) of the items.
    counts
        How often each word is in all captions; only for `pmi`.
    pmi
        MILAN's lambda: 0 takes the item that agrees most; above it, one whose caption
        says more than any caption does.
    """
    agreement = agreements(vectors, shares)
    if not pmi:
        # Agreement alone would let an item of no weight speak for the unit.
        score = agreement + 1e-3 * shares / max(float(shares.max()), 1e-12)
        best = int(np.argmax(score))
        return Consensus(_shared(captions, best, shares), best, float(agreement[best]))
    texts = [_shared(captions, i, shares) for i in range(len(captions))]
    likely = agreement / _TEMPERATURE
    likely -= np.log(np.exp(likely - likely.max()).sum()) + likely.max()
    best = int(rerank(likely, generic_scores(texts, dict(counts)), weight=pmi)[0])
    return Consensus(texts[best], best, float(agreement[best]))


def _shared(
    captions: Sequence[Sequence[str]], place: int, shares: NDArray[np.float64]
) -> str:
    """Of one item's captions, the one whose words are most in all items'."""
    own = captions[place]
    if len(own) == 1:
        return own[0]
    terms: Counter[str] = Counter()
    for texts, share in zip(captions, shares, strict=True):
        for word in {w for text in texts for w in words_of(text)}:
            terms[word] += float(share)  # type: ignore[assignment]
    scores = [
        float(np.mean([terms[w] for w in words])) if (words := words_of(text)) else 0.0
        for text in own
    ]
    return own[int(np.argmax(scores))]


def name_things(items: Sequence[Any], shares: NDArray[np.float64]) -> str:
    """Compose a caption of items' names, where they have no captions."""
    names = [i.name.rpartition(".")[0] or i.name for i in items]
    return compose(names, shares)
