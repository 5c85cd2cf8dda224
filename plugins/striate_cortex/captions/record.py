"""What is known of one unit, as plain values: the answer to a click."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from striate_cortex.captions.keywords import Keyword

__all__ = ["AnswerFacet", "How", "TopItem", "UnitAnswer"]

How = Literal["clipcap", "consensus", "keywords", "concepts", "none"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TopItem(_Record):
    """One of the library's items that a unit's weights point to.

    Parameters
    ----------
    place
        Its row in the library.
    name, origin, image, captions
        See :class:`striate_cortex.library.Item`; `image` is a path, or empty.
    share
        Its softmax weight.
    cosine
        Between the unit's weights and the item's vector.
    """

    place: int
    name: str
    origin: str
    image: str
    captions: tuple[str, ...]
    share: float
    cosine: float


class AnswerFacet(_Record):
    """One of the things a unit answers to: a cluster of its top items.

    Parameters
    ----------
    caption
        Of this facet alone.
    share
        Of the cosines of all items that are near enough to be looked at.
    items
        Places in the library, the most typical first.
    """

    caption: str
    share: float
    items: tuple[int, ...]


class UnitAnswer(_Record):
    """What a unit is selective for, what that rests on, and how far to trust it.

    Parameters
    ----------
    unit, model, space, library
        Which unit, of which model in which encoder's space, read with which library.
    simulated
        Whether the subject or the library is made up.
    ceiling, scores
        Noise ceiling in percent of variance (None: not known) and the model's scores.
    reliable
        Whether the ceiling is above the floor; None where no ceiling is known.
    caption
        Empty where nothing can be said.
    how
        ``"clipcap"``: decoded from the projected weights; ``"consensus"``: of the
        library's captions, the one that speaks best for the top items;
        ``"keywords"``: the sentence of them; ``"concepts"``: composed of the names of
        the top items, which have no captions; ``"none"``.
    confidence
        -1 to 1: share-weighted mean cosine between the top items and the one whose
        caption it is; of clipcap the mean log-probability of a token.
    keywords, sentence
        Five at most, after LaVCa, and the sentence they make. Empty until the words of
        the library are embedded (:meth:`~striate_cortex.captions.Answers.prepare`).
    top, effective_n
        Twelve items at most, the largest share first; ``1 / sum(s²)`` of all shares.
    facets
        Only of a complete answer; one for a unit that answers to one thing.
    agreement, fold_captions
        Only of a complete answer: mean cosine of captions under weights that were
        fitted without one fold of the trials, and these captions; None where there
        are no responses or weights of folds.
    concept, concept_effect
        Only of a complete answer: the first keyword, and by how many standard
        deviations of predicted responses it raises a caption that it is added to.
    models
        Ids of the cards of models that wrote some of it.
    note
        One sentence for the person; empty where all is well.
    complete
        Whether the slow parts are there.
    """

    unit: int
    model: str = ""
    space: str = ""
    library: str = ""
    simulated: bool = False
    ceiling: float | None = None
    scores: dict[str, float] = {}
    reliable: bool | None = None
    caption: str = ""
    how: How = "none"
    confidence: float | None = None
    keywords: tuple[Keyword, ...] = ()
    sentence: str = ""
    top: tuple[TopItem, ...] = ()
    effective_n: float | None = None
    facets: tuple[AnswerFacet, ...] = ()
    agreement: float | None = None
    fold_captions: tuple[str, ...] = ()
    concept: str = ""
    concept_effect: float | None = None
    models: tuple[str, ...] = ()
    note: str = ""
    complete: bool = False

    def by(self, method: Literal["brainscuba", "lavca"]) -> UnitAnswer:
        """Return it with the caption of a method: lavca's is that of the keywords."""
        if method == "brainscuba" or not self.keywords:
            return self
        best = self.keywords[0].cosine
        return self.model_copy(
            update={"caption": self.sentence, "how": "keywords", "confidence": best}
        )
