"""Maps from captions: how well they tell a unit's images, and what they speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.maps.layers import CortexMap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.encoding.model import EncodingModel
    from striate_cortex.library import Library
    from striate_cortex.subjects import Subject

__all__ = ["caption_map", "caption_map_names", "word_map"]

_HELP = {
    "caption accuracy": "how well a unit's caption tells which held-out images it "
    "answers to (Spearman's rho)",
}


def caption_map_names(subject: Subject, model: EncodingModel) -> list[str]:
    """Return the names of the maps that captioning this model left behind."""
    from striate_cortex.captions.store import model_mark, store_of

    return store_of(subject).layers(model_mark(model))


def caption_map(subject: Subject, model: EncodingModel, name: str) -> CortexMap:
    """Return a map that captioning left behind, such as ``"caption accuracy"``.

    Raises
    ------
    InputError
        When units of this model were not captioned.
    """
    from striate_cortex.captions.store import model_mark, store_of

    values = store_of(subject).layer(model_mark(model), name)
    if values is None or len(values) != len(model):
        raise InputError(
            f"There is no map of {name} for this model: caption its units first "
            "(striate cortex caption)."
        )
    title = name[:1].upper() + name[1:]
    return CortexMap(name, title, values, "signed", help=_HELP.get(name, ""))


def word_map(
    model: EncodingModel,
    library: Library,
    words: Iterable[str] = (),
    *,
    tau: float = 1 / 150,
    ctx: JobContext | None = None,
) -> CortexMap:
    """Return which share of a unit's mixture is of items told by any of some words.

    Parameters
    ----------
    words
        Empty: those for people, as BrainSCUBA counts.
    tau
        Temperature of the projection.

    Raises
    ------
    InputError
        When the library is of another space, or no caption has any of the words.
    """
    from striate_cortex.captions.projection import project
    from striate_cortex.captions.words import PERSON

    library.check(model.space, model.weights.shape[1])
    wanted = {w.strip().lower() for w in words if w.strip()} or set(PERSON)
    name = "person" if wanted == set(PERSON) else f"words:{','.join(sorted(wanted))}"
    marks = _marks(library.items, wanted)
    if not marks.any():
        raise InputError(f"No caption of {library.title} has {' or '.join(wanted)}.")
    found = project(
        model.weights, library.vectors, tau=tau, top=1, lengths=library.lengths,
        marks=marks, ctx=ctx,
    )  # fmt: skip
    title = "Person words" if name == "person" else ", ".join(sorted(wanted))
    return CortexMap(
        name, title, found.marked[:, 0],
        help=f"share of the projection onto {library.title} whose captions have "
        "such a word",
    )  # fmt: skip


def _marks(items: Any, wanted: set[str]) -> NDArray[np.float32]:
    from striate_cortex.captions.words import words_of

    return np.array(
        [any(wanted & set(words_of(text)) for text in i.captions) for i in items],
        np.float32,
    )
