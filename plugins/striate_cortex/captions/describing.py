"""From units' weights to captions, and which way each was made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from striate.errors import InputError
from striate_cortex.captions.consensus import compose, consensus
from striate_cortex.captions.keywords import (
    Keyword,
    candidate_words,
    choose_keywords,
    sentence,
)
from striate_cortex.captions.projection import project
from striate_cortex.captions.words import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.encoders import Encoder

__all__ = ["Method", "Source", "UnitCaption", "describe_units"]

Method = Literal["brainscuba", "lavca"]
_TOP = 50


class Source(Protocol):
    """What a library must offer; :class:`striate_cortex.library.Library` does."""

    @property
    def vectors(self) -> Any:
        """(N, d)."""

    @property
    def items(self) -> Sequence[Any]:
        """One for each vector, with ``name`` and ``captions``."""
        ...

    def check(self, space: str, dimension: int) -> None:
        """Refuse another encoder's space."""


@dataclass(frozen=True)
class UnitCaption:
    """What a unit is selective for, in words, and what that rests on.

    Parameters
    ----------
    caption
        Empty where nothing can be said.
    how
        ``"consensus"`` of captions of its top images, ``"keywords"`` from them,
        ``"concepts"`` composed from names where the library has no captions, or
        ``"none"``: its weights are zero or not finite.
    confidence
        -1 to 1: how far the top captions agree, or the best keyword's cosine.
    keywords
        Five at most; of lavca, empty otherwise.
    top, top_weights
        The library's items that share most, and their softmax weights.
    effective_n
        Items that share in it.
    """

    caption: str
    how: Literal["consensus", "keywords", "concepts", "none"]
    confidence: float = float("nan")
    keywords: tuple[Keyword, ...] = ()
    top: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    top_weights: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros(0, np.float32)
    )
    effective_n: float = float("nan")


def describe_units(
    weights: ArrayLike,
    library: Source,
    encoder: Encoder,
    *,
    method: Method = "brainscuba",
    tau: float = 1 / 150,
    top: int = _TOP,
    ctx: JobContext | None = None,
) -> list[UnitCaption]:
    """Caption units from the items of a library that their weights point to.

    Parameters
    ----------
    weights
        (u, d).
    library
        Of the encoder's space.
    encoder
        That the weights are for; it must take texts.
    method
        ``"brainscuba"``: the consensus of the top items' captions; ``"lavca"``:
        keywords by class-based TF-IDF, chosen by the weights, and a sentence of them.
        Without captions, both compose the names of the strongest items.
    tau, top
        Temperature of the projection, and how many items to look at.

    Raises
    ------
    InputError
        When the library is of another space.
    """
    w = np.asarray(weights, np.float32)
    if method not in ("brainscuba", "lavca"):
        raise InputError(f"{method!r} is no method: brainscuba or lavca.")
    library.check(encoder.space.name, w.shape[-1])
    found = project(w, library.vectors, tau=tau, top=top)
    background = _background(library) if method == "lavca" else Counter()
    made = []
    for k in range(len(w)):
        facts = {
            "top": found.top[k], "top_weights": found.top_weights[k],
            "effective_n": float(found.effective_n[k]),
        }  # fmt: skip
        if not np.isfinite(found.effective_n[k]):
            made.append(UnitCaption("", "none"))
        else:
            items = [library.items[int(i)] for i in found.top[k]]
            told = _told(w[k], items, found.top_weights[k], encoder, background)
            made.append(UnitCaption(**told, **facts))
        if ctx is not None:
            ctx.progress(k + 1, len(w), "Captioning units")
    return made


def _background(library: Source) -> Counter[str]:
    """How often each word is in all captions of the library."""
    return Counter(
        w for i in library.items for text in i.captions for w in words_of(text)
    )


def _told(
    w: NDArray[np.float32],
    items: list[Any],
    shares: NDArray[np.float32],
    encoder: Encoder,
    background: Counter[str],
) -> dict[str, Any]:
    told = [(i.captions, float(s)) for i, s in zip(items, shares, strict=True)]
    told = [(texts, s) for texts, s in told if texts]
    if not told:
        names = [i.name.rpartition(".")[0] or i.name for i in items]
        return {"caption": compose(names, shares), "how": "concepts"}
    if background:
        ranked = candidate_words([t for t, _ in told], [s for _, s in told], background)
        words = choose_keywords(w, [r[0] for r in ranked], encoder.embed_texts)
        if words:
            text = sentence([k.word for k in words])
            return {"caption": text, "how": "keywords", "keywords": tuple(words),
                    "confidence": words[0].cosine}  # fmt: skip
    texts = [text for each, _ in told for text in each]
    each_share = [s / len(each) for each, s in told for _ in each]
    best = consensus(texts, encoder.embed_texts(texts), each_share)
    return {"caption": best.text, "how": "consensus", "confidence": best.agreement}
