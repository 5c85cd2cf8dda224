"""One caption for a unit, out of those its top images already have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Consensus", "agreements", "compose", "consensus"]


@dataclass(frozen=True)
class Consensus:
    """A caption, which of the texts it is, and how far the others agree (cosine)."""

    text: str
    place: int
    agreement: float


def consensus(
    texts: Sequence[str], embeddings: ArrayLike, shares: ArrayLike | None = None
) -> Consensus:
    """Pick the text that is most like all others.

    Parameters
    ----------
    texts
        Captions of a unit's top images.
    embeddings
        (n, d) their vectors.
    shares
        (n,) how much each counts; None: alike.

    Returns
    -------
    Consensus
        `agreement` is the mean cosine with the others, weighted; 1 for a single text.

    Raises
    ------
    InputError
        When there are no texts, or sizes differ.
    """
    e = np.asarray(embeddings, np.float64)
    s = np.ones(len(texts)) if shares is None else np.asarray(shares, np.float64)
    if not len(texts) or e.shape[:1] != (len(texts),) or s.shape != (len(texts),):
        raise InputError(
            f"A consensus needs texts and a vector and a share for each: there are "
            f"{len(texts)}, {e.shape} and {s.shape}."
        )
    agreement = agreements(e, s)
    # Agreement alone would let a text of no weight speak for the unit.
    best = int(np.argmax(agreement + 1e-3 * s / max(s.max(), 1e-12)))
    return Consensus(texts[best], best, float(agreement[best]))


def agreements(embeddings: ArrayLike, shares: ArrayLike) -> NDArray[np.float64]:
    """Return each one's mean cosine with all others, by their shares.

    Parameters
    ----------
    embeddings, shares
        (n, d) and (n,).

    Returns
    -------
    ndarray
        (n,); 1 for a single one.
    """
    e, s = np.asarray(embeddings, np.float64), np.asarray(shares, np.float64)
    if len(e) == 1:
        return np.ones(1)
    e = e / np.maximum(np.linalg.norm(e, axis=1, keepdims=True), 1e-12)
    likeness = e @ e.T
    np.fill_diagonal(likeness, 0)
    return np.asarray(likeness @ s / np.maximum(s.sum() - s, 1e-12))


def compose(concepts: Sequence[str], scores: ArrayLike, *, most: int = 3) -> str:
    """Compose a caption of the strongest concepts, where there are no captions.

    Parameters
    ----------
    concepts
        Names of things, such as the classes an encoder knows.
    scores
        (n,) how strongly a unit answers to each; those below half of the strongest
        are left out.
    """
    from striate_cortex.captions.keywords import sentence

    values = np.asarray(scores, np.float64)
    order = np.argsort(-values, kind="stable")[:most]
    strong = [k for k in order if values[k] > 0 and values[k] >= values[order[0]] / 2]
    return sentence([concepts[k] for k in strong])
