"""Captions of a subject's units against responses that were held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.captions.accuracy import caption_accuracy
from striate_cortex.captions.shuffling import diversity, shuffle_test
from striate_cortex.captions.trials import split_trials

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.encoding import EncodingModel
    from striate_cortex.subjects import Subject

__all__ = ["CaptionScores", "score_captions", "stimulus_captions"]

_UNITS = 4096


@dataclass(frozen=True)
class CaptionScores:
    """How well captions tell which images their units answer to.

    Parameters
    ----------
    accuracy
        (v,) Spearman's rho; NaN without a caption.
    regions
        Region to units, accuracy, shuffled mean and p of swapping its captions.
    diversity
        Words, variance and dimensions of all captions.
    trials, held_out
        How many trials, and whether the model was fitted without them.
    """

    accuracy: NDArray[np.float32]
    regions: dict[str, dict[str, float]]
    diversity: dict[str, float]
    trials: int
    held_out: bool


def stimulus_captions(
    subject: Subject, path: Path | None = None
) -> list[tuple[str, ...]]:
    """Return the captions of what a subject saw, in the order of its features.

    Parameters
    ----------
    path
        Caption file with an image of it for each; None: captions.txt of the subject,
        one line for each. Empty where that is not there.
    """
    from striate_cortex.library.items import read_items

    if path is not None:
        return [item.captions for item in read_items(path)]
    file = subject.folder / "captions.txt"
    if not file.is_file():
        return []
    return [(line,) for line in file.read_text("utf-8").splitlines()]


def score_captions(
    subject: Subject,
    model: EncodingModel,
    units: NDArray[np.int64],
    captions: Sequence[str],
    stimuli: Sequence[tuple[str, ...]],
    *,
    shuffles: int = 100,
    ctx: JobContext | None = None,
) -> CaptionScores:
    """Compare captions of some units with what they did, by sentence vectors.

    Parameters
    ----------
    units, captions
        (v,) and one for each; empty captions are not scored.
    stimuli
        Captions of each image, in the order of the features. Trials that the model
        was not fitted to are taken, where there are some.

    Raises
    ------
    InputError
        When there are no responses, or not a caption for each trial.
    MissingDependencyError
        When the sentence model is not installed.
    """
    from striate_cortex.encoders.sentences import SentenceModel

    split = split_trials(subject, model)
    if split is None:
        raise InputError(f"{subject.title} has no responses to score captions with.")
    rows = split.rows(len(stimuli))
    if len(stimuli) <= rows.max():
        raise InputError(
            f"There are captions of {len(stimuli):,} images and responses to "
            f"{int(rows.max()) + 1:,}: there must be one for each, in order."
        )
    held = split.held_out if split.held_out.sum() >= 3 else ~split.held_out
    sentences = SentenceModel(ctx.device if ctx else "cpu")
    known = np.array([bool(c) for c in captions])
    seen = _embedded(sentences, [stimuli[i] for i in rows[held]])
    own = _one_each(sentences, [c for c in captions if c])
    activity = _activity(subject.responses, held, units[known], ctx)
    accuracy = np.full(len(units), np.nan, np.float32)
    accuracy[known] = caption_accuracy(own, seen, activity)
    regions = {k: v[units[known]] for k, v in subject.units.rois.items()}
    swapped = shuffle_test(own, seen, activity, regions, shuffles=shuffles, ctx=ctx)
    told = {
        name: {"units": r.units, "accuracy": r.accuracy,
               "shuffled": float(r.shuffled.mean()), "p": r.p}
        for name, r in swapped.items()
    }  # fmt: skip
    varied = diversity([c for c in captions if c], own)
    return CaptionScores(
        accuracy, told, dict(vars(varied)), int(held.sum()), bool(split.held_out.any())
    )


def _activity(
    responses: Any,
    held: NDArray[np.bool_],
    units: NDArray[np.int64],
    ctx: JobContext | None,
) -> NDArray[np.float32]:
    """Read responses (i, v) of some trials."""
    from striate_cortex.encoding.responses import read_whole

    width = int(responses.shape[1])
    found = np.zeros((int(held.sum()), len(units)), np.float32)
    for start in range(0, width, _UNITS):
        here = (units >= start) & (units < start + _UNITS)
        if here.any():
            block = read_whole(responses, slice(start, min(width, start + _UNITS)))
            found[:, here] = block[held][:, units[here] - start]
        if ctx is not None:
            ctx.progress(min(width, start + _UNITS), width, "Reading responses")
    return found


def _embedded(
    sentences: Any, captions: Sequence[tuple[str, ...]]
) -> NDArray[np.float32]:
    """Embed captions (i, c, d) of images; NaN where an image has fewer than others."""
    texts = [t for some in captions for t in some]
    vectors = _one_each(sentences, texts)
    most = max(1, max(len(some) for some in captions))
    found = np.full((len(captions), most, sentences.dimension), np.nan, np.float32)
    row = 0
    for i, some in enumerate(captions):
        found[i, : len(some)] = vectors[row : row + len(some)]
        row += len(some)
    return found


def _one_each(sentences: Any, texts: Sequence[str]) -> NDArray[np.float32]:
    """Embed texts, each that is repeated once."""
    names = list(dict.fromkeys(texts))
    rows = {text: i for i, text in enumerate(names)}
    vectors = sentences.embed(names)
    return np.asarray(vectors[[rows[t] for t in texts]], np.float32)
