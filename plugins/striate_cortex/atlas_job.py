"""Job that lays captioned units out as an atlas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from striate.errors import InputError
from striate.provenance import Provenance
from striate_cortex.selectivity import CaptionJob, chosen_units
from striate_cortex.unit_choice import library_for, target_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext

__all__ = ["AtlasJob", "AtlasOutcome", "read_atlas", "run_atlas"]


class AtlasJob(CaptionJob):
    """Lay units out by what they are selective for.

    Parameters
    ----------
    topics
        How many; 0: found from the data.
    """

    topics: int = Field(0, ge=0, le=100)


class AtlasOutcome(BaseModel):
    """Where the table is, how many units, and the topics' names and sizes."""

    path: Path
    units: int
    simulated: bool
    topics: list[dict[str, Any]]


def run_atlas(params: AtlasJob, ctx: JobContext) -> AtlasOutcome:
    """Caption units, project and lay them out; one row each, in Parquet or CSV."""
    from striate_cortex.captions.atlas import make_atlas
    from striate_cortex.captions.projection import project
    from striate_cortex.captions.tables import caption_rows, write_caption_table
    from striate_cortex.mapping import find_model
    from striate_cortex.selectivity import answers_of, tell_units

    subject, model, name = find_model(params.model, params.subject)
    target = target_of(params, f"{name}-atlas.parquet", ctx)
    if target.suffix.lower() not in (".parquet", ".csv"):
        raise InputError(f"{target.name}: an atlas is written as .parquet or .csv.")
    library = library_for(params.library, subject, model.space)
    answers = answers_of(params, subject, model, library, name, ctx)
    units = chosen_units(params, subject, model)
    told, _ = tell_units(answers, units, params, ctx)
    kept = [i for i, a in enumerate(told) if a.caption]
    told, units = [told[i] for i in kept], units[kept]
    found = project(
        model.weights[units], library.vectors, tau=params.tau, top=1,
        lengths=library.lengths, ctx=ctx,
    )  # fmt: skip
    words = [f"{a.caption} {' '.join(k.word for k in a.keywords)}" for a in told]
    atlas = make_atlas(
        found.vectors, words, topics=params.topics, seed=ctx.seed, ctx=ctx
    )
    extra: dict[str, NDArray[Any]]
    extra = {"x": atlas.places[:, 0], "y": atlas.places[:, 1], "topic": atlas.topic}
    rows = caption_rows(told, subject.units, extra)
    topics = [
        {"topic": k, "name": t.name, "words": list(t.words), "units": t.units}
        for k, t in enumerate(atlas.topics)
    ]
    for row in rows:
        row["topic"] = int(row["topic"])
        row["topic_name"] = topics[row["topic"]]["name"]
    simulated = subject.simulated or library.simulated
    whole = {"format": "striate-atlas-1", "simulated": simulated, "topics": topics,
             "model": name, "library": library.title}  # fmt: skip
    write_caption_table(target, rows, whole=whole, overwrite=params.overwrite)
    record = Provenance.record("cortex.atlas", params, [params.model], seed=ctx.seed)
    record.notes["simulated"] = simulated
    record.write_beside(target)
    return AtlasOutcome(
        path=target, units=len(rows), simulated=simulated, topics=topics
    )


def read_atlas(path: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Read an atlas: rows with unit, x, y, topic, topic_name, caption and more.

    Raises
    ------
    InputError
        When it is no atlas in Parquet.
    """
    from striate_cortex.captions.tables import read_caption_table

    rows, whole = read_caption_table(path)
    if whole.get("format") != "striate-atlas-1":
        raise InputError(f"{path} is a table of captions and no atlas.")
    return rows, whole
