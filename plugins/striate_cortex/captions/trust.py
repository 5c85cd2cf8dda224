"""How far to trust a caption: folds, generic captions, sentences, counterfactuals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from striate_cortex.encoders import Encoder
    from striate_cortex.encoding import EncodingModel

__all__ = [
    "Counterfactual",
    "agreement",
    "counterfactual",
    "generic_scores",
    "predict_sentence",
    "rerank",
]

_LAMBDA = 0.2


def agreement(embeddings: ArrayLike) -> NDArray[np.float64]:
    """Mean cosine between captions of one unit under every two folds.

    Parameters
    ----------
    embeddings
        (k, v, d) sentence vectors of the captions of v units under k folds.

    Returns
    -------
    ndarray
        (v,) 1 where all folds say the same.
    """
    e = np.asarray(embeddings, np.float64)
    if e.ndim != 3 or len(e) < 2:
        raise InputError(
            f"Captions of folds are {e.shape}: give two folds or more by units by "
            "dimensions."
        )
    k = len(e)
    e = e / np.maximum(np.linalg.norm(e, axis=2, keepdims=True), 1e-12)
    total = np.einsum("kvd,lvd->v", e, e, optimize=True)
    return np.asarray((total - k) / (k * (k - 1)))


def generic_scores(texts: Sequence[str], background: dict[str, int]) -> Any:
    """Mean log-probability of each text's words under how common they are.

    Stands in for a language model: high for captions that could be of anything.

    Returns
    -------
    ndarray
        (n,) at most 0.
    """
    from striate_cortex.captions.words import words_of

    total = sum(background.values()) + len(background) + 1
    found = np.zeros(len(texts))
    for i, text in enumerate(texts):
        words = words_of(text)
        logs = [np.log((background.get(w, 0) + 1) / total) for w in words]
        found[i] = np.mean(logs) if logs else 0.0
    return found


def rerank(
    scores: ArrayLike, generic: ArrayLike, *, weight: float = _LAMBDA
) -> NDArray[np.int64]:
    """Order captions by pointwise mutual information (MILAN): ``s - weight * g``.

    Parameters
    ----------
    scores
        (n,) how well each fits the unit, a log-probability or a cosine.
    generic
        (n,) log-probability of each by itself.
    weight
        Lambda; 0.2 in MILAN, 0 leaves the order as it is.

    Returns
    -------
    ndarray
        (n,) places, the best first.
    """
    s, g = np.asarray(scores, np.float64), np.asarray(generic, np.float64)
    if s.shape != g.shape or s.ndim != 1:
        raise InputError(f"There are scores {s.shape} and generic ones {g.shape}.")
    return np.argsort(-(s - weight * g), kind="stable")


def predict_sentence(
    model: EncodingModel, encoder: Encoder, text: str
) -> NDArray[np.float64]:
    """Predict each unit's response to what a sentence tells of; (v,).

    Raises
    ------
    InputError
        When the text is empty, or the model is of another encoder's space.
    """
    return _responses(model, encoder, [text])[0]


@dataclass(frozen=True)
class Counterfactual:
    """Predicted responses (v,) with and without a concept in the same sentence."""

    with_it: NDArray[np.float64]
    without: NDArray[np.float64]

    @property
    def difference(self) -> NDArray[np.float64]:
        """How much the concept itself adds; near 0 speaks against the caption."""
        return self.with_it - self.without


def counterfactual(
    model: EncodingModel, encoder: Encoder, pairs: Sequence[tuple[str, str]]
) -> Counterfactual:
    """Predict responses to sentence pairs that differ in one concept, on average.

    Parameters
    ----------
    pairs
        (with, without), such as ("a man in a kitchen", "a kitchen").
    """
    if not pairs:
        raise InputError("Give at least one pair of sentences, with and without it.")
    both = _responses(model, encoder, [text for pair in pairs for text in pair])
    return Counterfactual(both[::2].mean(axis=0), both[1::2].mean(axis=0))


def _responses(
    model: EncodingModel, encoder: Encoder, texts: list[str]
) -> NDArray[np.float64]:
    space = encoder.space
    if model.space and model.space != space.name:
        raise InputError(
            f"The model is of {model.space} ({model.weights.shape[1]} features) and "
            f"the encoder is {space.name} ({space.dimension}): use the model's."
        )
    if not all(t.strip() for t in texts):
        raise InputError("The sentence is empty: type what the picture should show.")
    return np.asarray(model.predict(encoder.embed_texts(texts)), np.float64)
