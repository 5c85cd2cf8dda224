"""From a subject, a model and a library to answers about units."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from striate_cortex.captions.answers import AnswerParams, Answers
from striate_cortex.captions.writers import open_writers
from striate_cortex.unit_choice import library_for

if TYPE_CHECKING:
    from striate.jobs.context import JobContext
    from striate_cortex.encoding import EncodingModel
    from striate_cortex.library import Library
    from striate_cortex.subjects import Subject

__all__ = ["open_answers"]


def open_answers(
    subject: Subject,
    model: EncodingModel,
    library: Library | Path | str | None = None,
    *,
    name: str = "",
    params: AnswerParams | None = None,
    decode: str = "auto",
    ctx: JobContext | None = None,
) -> Answers:
    """Get ready to answer about the units of a model; no network is loaded.

    Parameters
    ----------
    library
        A library or its folder; None: the one that fits the subject and is here.
    name
        Of the model, for the person.
    decode
        Whether CLIPCap says the captions of complete answers; see
        :func:`~striate_cortex.captions.decoding.open_decoder`.

    Raises
    ------
    InputError
        When there is no library, or it is of another encoder's space.
    """
    if library is None or isinstance(library, str | Path):
        library = library_for(
            None if library is None else Path(library), subject, model.space
        )
    chosen = params or AnswerParams()
    writers = open_writers(model.space, chosen, decode=decode, ctx=ctx)
    return Answers(subject, model, library, name=name, params=chosen, writers=writers)
