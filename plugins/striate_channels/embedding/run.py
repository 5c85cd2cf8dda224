"""The whole run: open, plan, stream parts, join them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from striate.data import check_target
from striate.errors import InputError, StriateError
from striate.provenance import Provenance
from striate_channels.embedders.opening import open_embedder
from striate_channels.embedding.metadata import Metadata
from striate_channels.embedding.part import PartTask, embed_part, forget
from striate_channels.embedding.parts import Parts
from striate_channels.embedding.plan import Planned, digest, make_plan
from striate_channels.preprocessing.remarks import Remarks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from striate.jobs.context import JobContext
    from striate_channels.embedders.contract import EmbeddingSpace
    from striate_channels.embedding.params import EmbedParams

__all__ = ["Embedded", "embed_files"]

PART = 256
"""Objects in a part: what is lost at most when a run is cut off."""
PART_WITH_TOKENS = 16


class Embedded(BaseModel):
    """Where the table is and what is in it."""

    embeddings: Path
    rows: int
    dimension: int
    model: str
    images: int
    resumed: int = 0
    remarks: list[str] = []


def embed_files(
    params: EmbedParams, out: str | Path, ctx: JobContext, *, overwrite: bool = False
) -> Embedded:
    """Embed into a Parquet table at `out`, whole or not at all.

    A run that was cut off leaves its parts beside the target; the same request
    goes on from there. Memory does not grow with the number of objects.

    Raises
    ------
    InputError
        One sentence, before anything is written.
    OutputError
        When the target exists, cannot be written to, or the disk is full.
    Cancelled
        The parts stay.
    """
    target = Path(out).expanduser().absolute()
    if target.suffix != ".parquet":
        raise InputError(f"{target.name} should end in .parquet.")
    check_target(target, overwrite=overwrite)
    forget()
    embedder = open_embedder(
        params.model, num_heads=params.num_heads, pooling=params.pooling, ctx=ctx
    )
    space, remarks = embedder.space, Remarks()
    ready = _sized(params, space)
    plan = make_plan(ready, space, remarks, ctx)
    _check_metadata(ready, remarks)
    facts = _facts(ready, space)
    parts = Parts(target, digest(ready, space))
    tasks = list(_tasks(ready, plan, facts, ctx.device))
    try:
        resumed = _make_parts(tasks, parts, remarks, ctx)
        rows = parts.join(len(tasks), overwrite=overwrite, checked=ctx.check_cancelled)
    except StriateError:
        # Not a cancel or a crash: the same request would fail again.
        parts.remove()
        raise
    parts.remove()
    _say(remarks, ctx)
    record = Provenance.record(
        "channels.embed", ready, [*ready.images, *ready.labels], model=space,
        remarks=remarks.lines(),
    )  # fmt: skip
    record.write_beside(target)
    return Embedded(
        embeddings=target,
        rows=rows,
        dimension=space.dimension,
        model=space.name,
        images=len(plan),
        resumed=resumed,
        remarks=remarks.lines(),
    )


def _sized(params: EmbedParams, space: EmbeddingSpace) -> EmbedParams:
    """Put the size that was meant into the preprocessing, which is what is stored."""
    if params.resize == "custom":
        return params
    size = space.size if params.resize == "model" else 0
    changed = params.preprocessing.model_copy(update={"size": size})
    return params.model_copy(update={"preprocessing": changed})


def _facts(params: EmbedParams, space: EmbeddingSpace) -> dict[str, Any]:
    return {
        "space": space.model_dump(mode="json"),
        "preprocessing": params.preprocessing.model_dump(mode="json"),
        "objects": params.objects.model_dump(mode="json"),
    }


def _tasks(
    params: EmbedParams, plan: list[Planned], facts: dict[str, Any], device: str
) -> Iterator[PartTask]:
    size = PART_WITH_TOKENS if params.tokens else PART
    for image, planned in enumerate(plan):
        for start in range(0, len(planned.items), size):
            items = planned.items[start : start + size]
            path = planned.path.absolute()
            yield PartTask(
                params, image, path, items, planned.channels, facts, device
            )  # fmt: skip


def _make_parts(
    tasks: list[PartTask], parts: Parts, remarks: Remarks, ctx: JobContext
) -> int:
    """Make what is not there yet; returns how many objects were."""
    todo = [n for n in range(len(tasks)) if not parts.has(n)]
    total = sum(len(t.items) for t in tasks)
    resumed = total - sum(len(tasks[n].items) for n in todo)
    if resumed:
        ctx.log(f"Going on after {resumed:,} of {total:,} that are there already.")
    if ctx.scheduler:
        from striate.jobs.parallel import iterate_items

        chosen = [tasks[n] for n in todo]
        for index, (table, own) in iterate_items(ctx, embed_part, chosen, "Embedding"):
            parts.write(todo[index], table)
            remarks.counts.update(own.counts)
        return resumed
    done = resumed
    ctx.progress(done, total, "Embedding")

    def said(n: int) -> None:
        nonlocal done
        done += n
        ctx.progress(done, total, "Embedding")

    for number in todo:
        table, own = embed_part(tasks[number], ctx, said)
        parts.write(number, table)
        remarks.counts.update(own.counts)
    return resumed


def _check_metadata(params: EmbedParams, remarks: Remarks) -> None:
    if params.metadata is None:
        return
    metadata = Metadata(params.metadata)
    unknown = [p.name for p in params.images if not metadata.knows(p)]
    if len(unknown) == len(params.images):
        raise InputError(
            f"{params.metadata.name} says nothing about any of the images: its column "
            f"'source' must hold their file names, such as {params.images[0].name}."
        )
    for name in unknown:
        remarks.add(f"{params.metadata.name} says nothing about {name}")


def _say(remarks: Remarks, ctx: JobContext) -> None:
    for line in remarks.lines():
        ctx.log(f"{line}.", "warning")
