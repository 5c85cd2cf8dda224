"""What a unit is predicted to do to a sentence, set beside other sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from striate.errors import InputError
from striate_cortex.captions.keywords import article
from striate_cortex.captions.words import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.captions.answers import Answers

__all__ = ["Effect", "Predicted", "effect_of", "predict", "reference_of"]

_REFERENCE = 256
_CONTEXTS = 16


class Predicted(BaseModel):
    """A unit's predicted response to a sentence, and where it stands.

    Parameters
    ----------
    response
        In the units of the responses the model was fitted to.
    z, percentile
        Beside the predicted responses to `count` others: deviations from their mean,
        and the share in percent that is lower.
    reference
        ``"captions"`` of the library drawn at random, sentences as this one is; or
        ``"items"`` where it has none.
    """

    model_config = ConfigDict(frozen=True)

    unit: int
    text: str
    response: float
    z: float | None
    percentile: float
    reference: Literal["captions", "items"]
    count: int


class Effect(BaseModel):
    """What a concept adds to sentences: predicted responses with and without it.

    Parameters
    ----------
    with_it, without
        Means over the pairs.
    effect
        Their difference in standard deviations of the reference of
        :class:`Predicted`; near 0 speaks against a caption that names the concept.
    pairs
        (with, without) sentences.
    """

    model_config = ConfigDict(frozen=True)

    unit: int
    concept: str
    with_it: float
    without: float
    effect: float | None
    pairs: tuple[tuple[str, str], ...]


def predict(
    answers: Answers, unit: int, text: str, ctx: JobContext | None = None
) -> Predicted:
    """Predict a unit's response to a sentence.

    Raises
    ------
    InputError
        When the sentence is empty, or there is no such unit.
    StriateError
        When the encoder cannot be opened here, or takes no texts.
    """
    if not text.strip():
        raise InputError("The sentence is empty: type what the picture should show.")
    kind, others = reference_of(answers, unit, ctx)
    (response,) = _responses(answers, unit, [text.strip()], ctx)
    spread = float(others.std())
    return Predicted(
        unit=unit,
        text=text.strip(),
        response=float(response),
        z=float((response - others.mean()) / spread) if spread > 0 else None,
        percentile=float(100 * (others < response).mean()),
        reference=kind,
        count=len(others),
    )


def effect_of(
    answers: Answers,
    unit: int,
    concept: str,
    pairs: Sequence[tuple[str, str]] = (),
    ctx: JobContext | None = None,
) -> Effect:
    """Compare sentences with and without a concept.

    Parameters
    ----------
    concept
        A word or phrase.
    pairs
        (with, without); none: captions of the library that do not name the concept,
        each with the concept added and as it is.
    """
    if not concept.strip():
        raise InputError("There is no concept to add: type a word, such as: face.")
    made = tuple(pairs) or _pairs(answers, concept.strip())
    texts = [text for pair in made for text in pair]
    found = _responses(answers, unit, texts, ctx)
    with_it, without = float(found[::2].mean()), float(found[1::2].mean())
    _, others = reference_of(answers, unit, ctx)
    spread = float(others.std())
    effect = (with_it - without) / spread if spread > 0 else None
    return Effect(
        unit=unit, concept=concept.strip(), with_it=with_it, without=without,
        effect=effect, pairs=made,
    )  # fmt: skip


def reference_of(
    answers: Answers, unit: int, ctx: JobContext | None = None
) -> tuple[Literal["captions", "items"], NDArray[np.float64]]:
    """Return the predicted responses that a sentence is set beside."""
    texts = sample_captions(answers, _REFERENCE)
    if len(texts) >= 2:
        return "captions", _predicted(answers, unit, answers.embed(tuple(texts), ctx))
    vectors = answers.library.vectors[: 64 * _REFERENCE]
    return "items", _predicted(answers, unit, np.asarray(vectors, np.float32))


def sample_captions(answers: Answers, count: int, without: str = "") -> list[str]:
    """Draw captions of different items, the same every time."""
    items = answers.library.items
    order = np.random.default_rng(0).permutation(len(items))[: 8 * count]
    found: dict[str, None] = {}
    unwanted = set(words_of(without))
    for item in answers.library.items_at(order):
        for text in item.captions[:1]:
            if not unwanted & set(words_of(text)):
                found.setdefault(text)
        if len(found) == count:
            break
    return list(found)


def _pairs(answers: Answers, concept: str) -> tuple[tuple[str, str], ...]:
    contexts = sample_captions(answers, _CONTEXTS, concept)
    contexts = contexts or ["a photo of a wall", "a photo of the ground"]
    named = f"{article(concept)} {concept}" if " " not in concept else concept
    return tuple((f"{c.rstrip('. ')} and {named}", c) for c in contexts)


def _responses(
    answers: Answers, unit: int, texts: Sequence[str], ctx: JobContext | None
) -> NDArray[np.float64]:
    return _predicted(answers, unit, answers.embed(tuple(texts), ctx))


def _predicted(
    answers: Answers, unit: int, vectors: NDArray[np.float32]
) -> NDArray[np.float64]:
    answers.check(unit)
    model = answers.model
    w = np.asarray(model.weights[unit], np.float64)
    return np.asarray(model.prepared(vectors) @ w + float(model.intercept[unit]))
