"""Job that says in words what units are selective for, a few or all of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, Field

from striate.errors import InputError, StriateError
from striate.provenance import Provenance
from striate_cortex.captions.answers import AnswerParams
from striate_cortex.unit_choice import UnitsJob, choose_units, library_for, target_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.captions.answers import Answers
    from striate_cortex.captions.record import UnitAnswer
    from striate_cortex.captions.scoring import CaptionScores
    from striate_cortex.encoding import EncodingModel
    from striate_cortex.library import Library
    from striate_cortex.subjects import Subject

__all__ = [
    "CaptionJob",
    "CaptionOutcome",
    "answers_of",
    "chosen_units",
    "run_caption",
    "tell_units",
]


class CaptionJob(UnitsJob):
    """Caption units; what was done before is kept, and only the rest is done.

    Parameters
    ----------
    units
        As in :class:`UnitsJob`, or ``all``.
    above
        Only units whose ceiling or score is so high: ``ceiling=10``, ``r2=0.05``.
    method
        ``"brainscuba"``: decoded by CLIPCap where it can be, otherwise the caption
        of the library that speaks best for the unit; ``"lavca"``: the sentence that
        the unit's keywords make.
    tau, top, pmi, repeats
        See :class:`~striate_cortex.captions.AnswerParams`.
    decode
        ``"auto"``: by CLIPCap where its files are here and the model is of its CLIP;
        ``"never"``; ``"clipcap"``: or fail.
    captioner
        Model card that captions pictures without a caption; empty: none.
    keyworder
        Model card of a language model that finds keywords; empty: TF-IDF.
    stimuli
        Captions of what the subject saw, for caption accuracy; None: captions.txt.
    batch
        Units at a time; after each, what is done is stored.
    """

    units: str = "all"
    above: str = ""
    method: Literal["brainscuba", "lavca"] = "brainscuba"
    tau: float = Field(1 / 150, gt=0)
    top: int = Field(50, ge=1)
    pmi: float = Field(0.0, ge=0)
    repeats: int = Field(1, ge=1, le=20)
    decode: Literal["auto", "never", "clipcap"] = "auto"
    captioner: str = ""
    keyworder: str = ""
    stimuli: Path | None = None
    batch: int = Field(512, ge=1)

    def smaller(self) -> CaptionJob | None:
        """Return it with half as many units at a time, for when memory ran out."""
        if self.batch < 2:
            return None
        return self.model_copy(update={"batch": self.batch // 2})


class CaptionOutcome(BaseModel):
    """Where the captions are, how many, and the first of them.

    Parameters
    ----------
    known
        How many of the units had been captioned before.
    how
        Units by the way their caption was made.
    accuracy
        Median caption accuracy; None where there is nothing to score with.
    regions
        Region to its units, first nouns, share of captions with a person, accuracy.
    """

    path: Path
    units: int
    known: int
    simulated: bool
    first: str
    how: dict[str, int]
    accuracy: float | None
    regions: dict[str, dict[str, Any]]


def run_caption(params: CaptionJob, ctx: JobContext) -> CaptionOutcome:
    """Caption units and write them as JSON, CSV or Parquet."""
    from striate_cortex.captions.tables import (
        TABLES,
        caption_rows,
        write_caption_table,
    )
    from striate_cortex.mapping import find_model

    subject, model, name = find_model(params.model, params.subject)
    target = target_of(params, f"{name}-captions.json", ctx)
    if target.suffix.lower() not in TABLES:
        raise InputError(f"{target.name}: captions are written as {', '.join(TABLES)}.")
    rows = chosen_units(params, subject, model)
    library = library_for(params.library, subject, model.space)
    answers = answers_of(params, subject, model, library, name, ctx)
    told, known = tell_units(answers, rows, params, ctx)
    scores = _scored(answers, rows, told, params, ctx)
    extra = {} if scores is None else {"accuracy": scores.accuracy}
    simulated = subject.simulated or library.simulated
    regions = _regions(answers, told, scores)
    whole = {
        "method": params.method, "simulated": simulated, "model": name,
        "library": library.title, "regions": regions,
        "diversity": {} if scores is None else scores.diversity,
        "held_out": None if scores is None else scores.held_out,
    }  # fmt: skip
    write_caption_table(
        target, caption_rows(told, subject.units, extra), whole=whole, answers=told,
        overwrite=params.overwrite,
    )  # fmt: skip
    if scores is not None:
        answers.keep_layer("caption accuracy", rows, scores.accuracy)
    inputs = [params.model, *([params.library] if params.library else [])]
    record = Provenance.record("cortex.caption", params, inputs, seed=ctx.seed)
    record.notes |= {
        "simulated": simulated,
        "models": [c.model_dump(mode="json") for c in answers.writers.cards],
    }
    record.write_beside(target)
    how: dict[str, int] = {}
    for one in told:
        how[one.how] = how.get(one.how, 0) + 1
    return CaptionOutcome(
        path=target, units=len(rows), known=known, simulated=simulated,
        first=told[0].caption, how=how,
        accuracy=None if scores is None else _median(scores.accuracy),
        regions=regions,
    )  # fmt: skip


def chosen_units(
    params: CaptionJob, subject: Subject, model: EncodingModel
) -> NDArray[np.int64]:
    """Return the units a job is about.

    Raises
    ------
    InputError
        When there are none, or the threshold is of no known number.
    """
    rows = choose_units(params.units, subject, len(model))
    if not params.above:
        return rows
    name, _, value = params.above.partition("=")
    known = {"ceiling": subject.ceiling, **model.scores}
    try:
        least, values = float(value), np.asarray(known[name.strip()])
    except (ValueError, KeyError):
        raise InputError(
            f"--above {params.above}: give one of {', '.join(known)} and a number, "
            "such as ceiling=10."
        ) from None
    rows = rows[np.nan_to_num(values[rows], nan=-np.inf) >= least]
    if not len(rows):
        raise InputError(f"No unit has {name} of {least:g} or more.")
    return rows


def answers_of(
    params: CaptionJob,
    subject: Subject,
    model: EncodingModel,
    library: Library,
    name: str,
    ctx: JobContext,
) -> Answers:
    """Return what answers for a job's units, its library's words embedded."""
    from striate_cortex.captions.starting import open_answers

    chosen = AnswerParams(
        tau=params.tau, top=params.top, pmi=params.pmi, repeats=params.repeats,
        captioner=params.captioner, keyworder=params.keyworder,
    )  # fmt: skip
    answers = open_answers(
        subject, model, library, name=name, params=chosen, decode=params.decode, ctx=ctx
    )
    try:
        answers.prepare(ctx)
    except StriateError as error:
        if params.method == "lavca":
            raise
        ctx.log(f"There are no keywords: {error}", "warning")
    return answers


def tell_units(
    answers: Answers, rows: NDArray[np.int64], params: CaptionJob, ctx: JobContext
) -> tuple[list[UnitAnswer], int]:
    """Answer for all units, a batch at a time; how many were known before."""
    found: list[UnitAnswer] = []
    known = answers.count_known(rows.tolist(), written=True)
    if known:
        ctx.log(f"{known:,} of {len(rows):,} units were captioned before.")
    for first in range(0, len(rows), params.batch):
        some = rows[first : first + params.batch].tolist()
        found += [a.by(params.method) for a in answers.answer_many(some, written=True)]
        done = min(len(rows), first + params.batch)
        ctx.progress(done, len(rows), "Captioning units")
    return found, known


def _scored(
    answers: Answers,
    rows: NDArray[np.int64],
    told: list[UnitAnswer],
    params: CaptionJob,
    ctx: JobContext,
) -> CaptionScores | None:
    from striate_cortex.captions.scoring import score_captions, stimulus_captions

    subject = answers.subject
    stimuli = stimulus_captions(subject, params.stimuli)
    if not stimuli or subject.responses is None or not any(a.caption for a in told):
        if params.stimuli is not None:
            raise InputError(
                f"{subject.title} has no responses to score captions with."
            )
        return None
    try:
        texts = [a.caption for a in told]
        return score_captions(subject, answers.model, rows, texts, stimuli, ctx=ctx)
    except StriateError as error:
        if params.stimuli is not None:
            raise
        ctx.log(f"Captions are not scored: {error}", "warning")
        return None


def _regions(
    answers: Answers, told: list[UnitAnswer], scores: CaptionScores | None
) -> dict[str, dict[str, Any]]:
    from striate_cortex.captions.nouns import region_nouns
    from striate_cortex.captions.words import share_of_words

    units = np.array([a.unit for a in told])
    regions = {k: v[units] for k, v in answers.subject.units.rois.items()}
    regions = {k: v for k, v in regions.items() if v.any()}
    captions = [a.caption for a in told]
    nouns = region_nouns(captions, regions)
    found = {}
    for name, inside in regions.items():
        own = [captions[i] for i in np.flatnonzero(inside) if captions[i]]
        found[name] = {"units": int(inside.sum()), "nouns": nouns[name],
                       "person": share_of_words(own) if own else None}  # fmt: skip
        if scores is not None:
            found[name] |= scores.regions.get(name, {})
    return found


def _median(values: NDArray[np.float32]) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None
