"""From units' weights to captions, and which way each was made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from striate.errors import InputError
from striate_cortex.captions.choosing import choose_caption, name_things
from striate_cortex.captions.keywords import (
    PROMPT,
    Keyword,
    candidate_words,
    choose_among,
    sentence,
)
from striate_cortex.captions.nouns import nouns_of
from striate_cortex.captions.repeats import project_repeats
from striate_cortex.captions.vocabulary import Vocabulary, embed_vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.captions.record import How
    from striate_cortex.encoders import Encoder

    Decode = Callable[[NDArray[np.float32]], tuple[str, float]]

__all__ = ["Describer", "Method", "Source", "UnitCaption", "describe_units"]

Method = Literal["brainscuba", "lavca"]
_TOP = 50


class Source(Protocol):
    """What a library must offer; :class:`striate_cortex.library.Library` does."""

    @property
    def vectors(self) -> Any:
        """(N, d)."""

    @property
    def lengths(self) -> NDArray[np.float32]:
        """(N,) of the vectors."""
        ...

    @property
    def items(self) -> Sequence[Any]:
        """One for each vector, with ``name`` and ``captions``."""
        ...

    def items_at(self, places: ArrayLike) -> list[Any]:
        """Return the items at some places."""
        ...

    def check(self, space: str, dimension: int) -> None:
        """Refuse another encoder's space."""


@dataclass(frozen=True)
class UnitCaption:
    """What a unit is selective for, in words, and what that rests on.

    Parameters
    ----------
    caption, how, confidence
        See :class:`~striate_cortex.captions.record.UnitAnswer`.
    keywords, sentence
        Five at most, and what they make together; empty without a vocabulary.
    top, top_weights
        The library's items that share most, and their softmax weights.
    effective_n
        Items that share in it.
    vector
        (d,) the projected weights.
    """

    caption: str = ""
    how: How = "none"
    confidence: float = float("nan")
    keywords: tuple[Keyword, ...] = ()
    sentence: str = ""
    top: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    top_weights: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros(0, np.float32)
    )
    effective_n: float = float("nan")
    vector: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))

    def by(self, method: Method) -> UnitCaption:
        """Return it with the caption of a method."""
        if method == "brainscuba" or not self.keywords:
            return self
        best = self.keywords[0].cosine
        return replace(self, caption=self.sentence, how="keywords", confidence=best)


@dataclass(frozen=True)
class Describer:
    """Tells units in words, from a library and what is known of its words.

    Parameters
    ----------
    library
        Of the space the weights are for.
    vocabulary
        Of the library; None: no keywords are chosen.
    tau, top
        Temperature of the projection, and how many items to look at.
    pmi
        How much captions that could be of anything are held back, MILAN's lambda.
    repeats
        Random halves of the library to average over; 1: the whole, once.
    decode
        Turns projected weights into a sentence and its score, as CLIPCap does; None:
        captions are those of the library.
    write
        Captions for items, those without one included; None: what they have.
    name
        Finds keywords in captions, as a language model does; None: TF-IDF.
    embed
        Embeds words the vocabulary lacks; None: they are not considered.
    """

    library: Source
    vocabulary: Vocabulary | None = None
    tau: float = 1 / 150
    top: int = _TOP
    pmi: float = 0.0
    repeats: int = 1
    decode: Decode | None = None
    write: Callable[[Sequence[Any]], list[tuple[str, ...]]] | None = None
    name: Callable[[Sequence[str]], list[str]] | None = None
    embed: Callable[[tuple[str, ...]], NDArray[np.float32]] | None = None

    def describe(
        self, weights: ArrayLike, ctx: JobContext | None = None
    ) -> list[UnitCaption]:
        """Caption units by their weights (u, d)."""
        w = np.asarray(weights, np.float32)
        library = self.library
        found = project_repeats(
            w, library.vectors, repeats=self.repeats, tau=self.tau, top=self.top,
            lengths=library.lengths, ctx=ctx,
        )  # fmt: skip
        made = []
        for k in range(len(w)):
            facts = {
                "top": found.top[k], "top_weights": found.top_weights[k],
                "effective_n": float(found.effective_n[k]), "vector": found.vectors[k],
            }  # fmt: skip
            if np.isfinite(found.effective_n[k]):
                made.append(UnitCaption(**self._told(w[k], facts), **facts))
            else:
                made.append(UnitCaption())
            if ctx is not None:
                ctx.progress(k + 1, len(w), "Captioning units")
        return made

    def _told(self, w: NDArray[np.float32], facts: dict[str, Any]) -> dict[str, Any]:
        items = self.library.items_at(facts["top"])
        shares = np.asarray(facts["top_weights"], np.float64)
        vectors = np.asarray(self.library.vectors[facts["top"]], np.float32)
        told: dict[str, Any] = {}
        captions = self.write(items) if self.write else [i.captions for i in items]
        known = np.array([bool(c) for c in captions])
        if self.decode is not None:
            text, score = self.decode(facts["vector"])
            told |= {"caption": text, "how": "clipcap", "confidence": score}
        if not known.any():
            names = {"caption": name_things(items, shares), "how": "concepts"}
            return names | told
        captions = [c for c in captions if c]
        counts = self.vocabulary.counts if self.vocabulary is not None else {}
        best = choose_caption(
            captions, vectors[known], shares[known], counts, pmi=self.pmi
        )
        told = {"caption": best.text, "how": "consensus",
                "confidence": best.agreement} | told  # fmt: skip
        words = self._keywords(w, captions)
        text = sentence([k.word for k in words])
        return {**told, "keywords": words, "sentence": text}

    def _keywords(
        self, w: NDArray[np.float32], captions: list[tuple[str, ...]]
    ) -> tuple[Keyword, ...]:
        words = self.vocabulary
        if self.name is not None:
            names = self.name([c[0] for c in captions])
        elif words is None and self.embed is None:
            return ()
        else:
            # LaVCa reads all top images alike: a cold softmax would leave one of them.
            counts = words.counts if words is not None else {}
            ranked = candidate_words(captions, np.ones(len(captions)), counts)
            nouns = {n for texts in captions for text in texts for n in nouns_of(text)}
            names = [word for word, _ in ranked if word in nouns]
        vectors = self._vectors(names)
        names = [n for n in names if n in vectors]
        if not names:
            return ()
        return tuple(choose_among(w, names, [vectors[n] for n in names]))

    def _vectors(self, names: list[str]) -> dict[str, NDArray[np.float32]]:
        """Return vectors by word, of those that can be had."""
        words = self.vocabulary
        known = [n for n in names if words is not None and n in words]
        found = (
            dict(zip(known, words.at(known), strict=True)) if words and known else {}
        )
        others = tuple(n for n in names if n not in found)
        if others and self.embed is not None:
            made = self.embed(tuple(PROMPT.format(n) for n in others))
            found |= dict(zip(others, made, strict=True))
        return found


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
        ``"brainscuba"``: the caption that speaks best for the top items; ``"lavca"``:
        keywords by class-based TF-IDF, chosen by the weights, and a sentence of them.
        Without captions, both compose the names of the strongest items.
    tau, top
        See :class:`Describer`.

    Raises
    ------
    InputError
        When the library is of another space.
    """
    w = np.asarray(weights, np.float32)
    if method not in ("brainscuba", "lavca"):
        raise InputError(f"{method!r} is no method: brainscuba or lavca.")
    library.check(encoder.space.name, w.shape[-1])
    words = None
    if method == "lavca":
        words = embed_vocabulary(library.items, encoder, ctx=ctx)
    made = Describer(library, words, tau=tau, top=top).describe(w, ctx)
    return [one.by(method) for one in made]
