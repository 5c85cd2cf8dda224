"""The parts of an answer that take longer than a click should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import StriateError
from striate_cortex.captions.choosing import choose_caption, name_things
from striate_cortex.captions.facets import find_facets
from striate_cortex.captions.folds import fold_weights_of
from striate_cortex.captions.predicting import effect_of
from striate_cortex.captions.record import AnswerFacet, UnitAnswer
from striate_cortex.captions.trust import agreement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.captions.answers import Answers
    from striate_cortex.captions.describing import UnitCaption

__all__ = ["complete"]

_NEAR = 0.5
"""Part of the best cosine that an item must have to speak for a facet."""


def complete(answers: Answers, unit: int, ctx: JobContext | None = None) -> UnitAnswer:
    """Answer for one unit with everything; see :class:`UnitAnswer`.

    What needs an encoder that is not here is left out, and the note says why.
    """
    w = np.asarray(answers.model.weights[unit : unit + 1], np.float32)
    (told,) = answers.describer(written=True).describe(w)
    first = answers.record(unit, told, written=True)
    if first.how == "none":
        return first.model_copy(update={"complete": True})
    found: dict[str, Any] = {"facets": _facets(answers, w[0], told), "complete": True}
    try:
        if ctx is not None:
            ctx.progress(1, 3, "Captions under other folds")
        found |= _folds(answers, unit, ctx)
        if ctx is not None:
            ctx.progress(2, 3, "With and without the first keyword")
        if first.keywords:
            word = first.keywords[0].word
            effect = effect_of(answers, unit, word, ctx=ctx).effect
            found |= {"concept": word, "concept_effect": effect}
    except StriateError as error:
        found["note"] = " ".join(t for t in (first.note, str(error)) if t)
    return first.model_copy(update=found)


def _facets(
    answers: Answers, w: NDArray[np.float32], told: UnitCaption
) -> tuple[AnswerFacet, ...]:
    places = told.top
    vectors = np.asarray(answers.library.vectors[places], np.float32)
    length = np.maximum(np.linalg.norm(vectors, axis=1) * np.linalg.norm(w), 1e-12)
    # By cosine: a cold softmax leaves one item, and that has one facet.
    near = vectors @ w / length
    kept = near >= near[0] - (1 - _NEAR) * abs(near[0])
    places, vectors = places[kept], vectors[kept]
    near = np.maximum(near[kept].astype(np.float64), 1e-6)
    return tuple(
        AnswerFacet(
            caption=_caption(answers, places[f.items], vectors[f.items], near[f.items]),
            share=f.share,
            items=tuple(int(p) for p in places[f.items]),
        )
        for f in find_facets(vectors, near)
    )


def _caption(
    answers: Answers,
    places: NDArray[np.int64],
    vectors: NDArray[np.float32],
    shares: NDArray[np.float64],
) -> str:
    items = answers.library.items_at(places)
    known = np.array([bool(i.captions) for i in items])
    if not known.any():
        return name_things(items, shares)
    words = answers.vocabulary
    texts = [i.captions for i in items if i.captions]
    counts = words.counts if words is not None else {}
    pmi = answers.params.pmi
    return choose_caption(texts, vectors[known], shares[known], counts, pmi=pmi).text


def _folds(
    answers: Answers, unit: int, ctx: JobContext | None
) -> dict[str, float | tuple[str, ...] | None]:
    weights = fold_weights_of(answers.subject, answers.model, unit)
    if weights is None:
        return {}
    told = answers.describer().describe(weights)
    captions = tuple(t.caption for t in told)
    if not all(captions):
        return {"fold_captions": captions}
    e = answers.embed(captions, ctx)
    return {"agreement": float(agreement(e[:, None])[0]), "fold_captions": captions}
