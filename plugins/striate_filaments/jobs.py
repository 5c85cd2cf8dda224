"""The workspace's jobs: params in, files out; window, terminal and notebook alike.

Each function is ``run(params, ctx) -> outcome``: it checks that its target can be
written before it works, writes whole files or none, and leaves a provenance beside
each. The first field of an outcome is the absolute path of what it made.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from striate.data import check_target, open_volume, replacing
from striate.errors import OutputError, StriateError
from striate.jobs.unfinished import going_on
from striate.provenance import Provenance
from striate_filaments.exchange.export import ExportParams, export
from striate_filaments.segmentation.params import SegmentParams
from striate_filaments.simulation.params import SimulateParams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from striate.data import Volume
    from striate.jobs.context import JobContext
    from striate_filaments.neurons import NeuronSet

__all__ = [
    "ExportJob",
    "ExportOutcome",
    "MeasureJob",
    "MeasureOutcome",
    "ScoreJob",
    "ScoreOutcome",
    "SegmentJob",
    "SegmentOutcome",
    "SimulateJob",
    "SimulateOutcome",
    "VolumeInput",
    "is_semi_synthetic",
    "run_export",
    "run_measure",
    "run_score",
    "run_segment",
    "run_simulate",
]


class VolumeInput(BaseModel):
    """A volume by its path, and what must be said where the file does not say it.

    The options are those of :func:`striate.open_volume`.
    """

    model_config = ConfigDict(extra="forbid")

    volume: Path
    dataset: str | None = None
    series: int = 0
    axes: str | None = None
    voxel_size: tuple[float, ...] | None = None

    def open(self) -> Volume:
        """Open it lazily."""
        options = self.model_dump(include={"dataset", "series", "axes", "voxel_size"})
        return open_volume(self.volume, **options)


# ---- Segment


class SegmentJob(VolumeInput):
    """Segment a volume into ``out``; None leaves the result in the job's folder."""

    out: Path | None = None
    overwrite: bool = False
    segment: SegmentParams = Field(default_factory=SegmentParams)

    def smaller(self) -> SegmentJob:
        """Return the same request with smaller blocks, for tight memory."""
        return self.model_copy(update={"segment": self.segment.smaller()})


class SegmentOutcome(BaseModel):
    """Where the neurons are, and how many."""

    neurons: Path
    count: int
    seconds: float


def run_segment(params: SegmentJob, ctx: JobContext) -> SegmentOutcome:
    """Segment the neurons of a volume."""
    from striate_filaments.segmentation import segment
    from striate_filaments.storage import check_name, write_neurons

    name = f"{params.volume.name.partition('.')[0]}.neurons.zarr"
    target = _target(params.out, name, ctx, params.overwrite)
    check_name(target)
    started = time.monotonic()
    volume = params.open()
    with going_on(ctx, "filaments.segment", _work(params), [params.volume]):
        found = segment(volume, params.segment, ctx)
        record = Provenance.record(
            "filaments.segment", params, [params.volume], seed=ctx.seed
        )
        record.notes = {**found.provenance.get("notes", {}), **ctx.notes}
        if is_semi_synthetic(volume.metadata):
            record.notes["semi_synthetic"] = True
        found.provenance |= record.model_dump(mode="json")
        write_neurons(target, found, overwrite=params.overwrite)
        record.write_beside(target)
    if not len(found):
        ctx.log(
            "No neurons were found: raise the sensitivity, or lower the shortest "
            "length.",
            "warning",
        )
    seconds = round(time.monotonic() - started, 3)
    return SegmentOutcome(neurons=target, count=len(found), seconds=seconds)


def _work(params: SegmentJob) -> dict[str, Any]:
    """What the result depends on: neither where it goes nor how it is cut up."""
    facts = params.model_dump(mode="json", exclude={"out", "overwrite"})
    facts["segment"].pop("block")
    return facts


# ---- Export


class ExportJob(ExportParams):
    """Export neurons; `neurons` may also be FISBe zarr or a label image."""

    neurons: Path
    dataset: str | None = None


class ExportOutcome(BaseModel):
    """What was written, by form, and what a label image lost to overlaps."""

    first: Path
    files: dict[str, Path]
    count: int
    overlaps: str = ""


def run_export(params: ExportJob, ctx: JobContext) -> ExportOutcome:
    """Write neurons in every form asked for: all of them or none."""
    from striate_filaments.exchange.anything import read_any

    neurons = read_any(params.neurons, dataset=params.dataset)
    made = export(neurons, params, ctx)
    record = _record("filaments.export", params, [params.neurons], neurons)
    for path in made.files.values():
        record.write_beside(path)
    return ExportOutcome(
        first=next(iter(made.files.values())),
        files=made.files,
        count=made.count,
        overlaps=made.overlaps.sentence() if made.overlaps else "",
    )


# ---- Measure


class MeasureJob(BaseModel):
    """Measure neurons into a table (.csv or .parquet); None: in the job's folder."""

    model_config = ConfigDict(extra="forbid")

    neurons: Path
    dataset: str | None = None
    ids: list[int] | None = None
    out: Path | None = None
    overwrite: bool = False


class MeasureOutcome(BaseModel):
    """Where the table is, and how many rows it has."""

    table: Path
    count: int


def run_measure(params: MeasureJob, ctx: JobContext) -> MeasureOutcome:
    """Measure every neuron, or those of `ids`."""
    from striate_filaments.exchange.anything import read_any
    from striate_filaments.exchange.tables import write_table
    from striate_filaments.measurements import measure

    target = _target(params.out, "measurements.parquet", ctx, params.overwrite)
    neurons = read_any(params.neurons, dataset=params.dataset)
    table = measure(neurons, params.ids, ctx)
    write_table(target, table, overwrite=params.overwrite)
    _record("filaments.measure", params, [params.neurons], neurons).write_beside(target)
    return MeasureOutcome(table=target, count=table.num_rows)


# ---- Simulate


class SimulateJob(BaseModel):
    """Paint `count` semi-synthetic volumes, with seeds counting up, into a folder.

    They look like the raw volume `like`, if one is named; what `simulate` says goes
    before what was estimated from it.
    """

    model_config = ConfigDict(extra="forbid")

    out: Path | None = None
    count: int = Field(1, title="Volumes", ge=1, le=10_000)
    overwrite: bool = False
    like: VolumeInput | None = None
    simulate: SimulateParams = Field(default_factory=SimulateParams)


class SimulateOutcome(BaseModel):
    """The first volume, the folder, and all volumes."""

    first: Path
    folder: Path
    files: list[Path]


def run_simulate(params: SimulateJob, ctx: JobContext) -> SimulateOutcome:
    """Paint semi-synthetic volumes with exact ground truth, in FISBe's layout."""
    from striate_filaments.simulation import simulate, write_simulation

    folder = _target(params.out, "semi-synthetic", ctx, overwrite=True)
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file: name a folder.")
    chosen = _painted_like(params, ctx)
    seeds = [chosen.seed + i for i in range(params.count)]
    files = [folder / f"semi-synthetic-{seed}.zarr" for seed in seeds]
    for path in files:
        check_target(path, overwrite=params.overwrite)
    for seed, path in zip(seeds, files, strict=True):
        ctx.log(f"Painting {path.name} (semi-synthetic)")
        made = simulate(chosen.model_copy(update={"seed": seed}), ctx)
        write_simulation(path, made, overwrite=params.overwrite)
    return SimulateOutcome(first=files[0], folder=folder, files=files)


def _painted_like(params: SimulateJob, ctx: JobContext) -> SimulateParams:
    if params.like is None:
        return params.simulate
    from striate_filaments.simulation import estimate_params

    found = estimate_params(params.like.open(), ctx)
    said = params.simulate.model_dump(exclude_unset=True)
    return SimulateParams.model_validate({**found.model_dump(), **said})


# ---- Score


class ScoreJob(BaseModel):
    """Score predicted neurons against true ones; both in any form we read."""

    model_config = ConfigDict(extra="forbid")

    pred: Path
    gt: Path
    partly: bool = False
    preset: str = "flylight"
    out: Path | None = None
    report: Path | None = None
    overwrite: bool = False


class ScoreOutcome(BaseModel):
    """Where the whole score is (JSON), and its headline numbers."""

    path: Path
    numbers: dict[str, float]


def run_score(params: ScoreJob, ctx: JobContext) -> ScoreOutcome:
    """Score as FISBe does; write every number as JSON, and a report when asked."""
    from striate_filaments.metrics import score
    from striate_filaments.score_report import check_report, write_report

    target = _target(params.out, "score.json", ctx, params.overwrite)
    if params.report is not None:
        check_report(params.report)
        check_target(params.report, overwrite=params.overwrite)
    found = score(
        params.pred, params.gt, partly=params.partly, preset=params.preset, ctx=ctx
    )
    text = json.dumps(found.to_dict(), indent=1)
    with replacing(target, overwrite=params.overwrite) as part:
        part.write_text(text, "utf-8")
    record = Provenance.record("filaments.score", params, [params.pred, params.gt])
    record.write_beside(target)
    if params.report is not None:
        ctx.log(f"Drawing {params.report.name}")
        name = params.pred.name
        write_report(
            params.report,
            found,
            **_picture_of(params.gt),
            title=name,
            overwrite=params.overwrite,
        )
    return ScoreOutcome(path=target, numbers=dict(found))


def _picture_of(gt: Path) -> dict[str, Any]:
    """The image that lies with the truth, where there is one, and its voxel size."""
    from striate_filaments.storage import is_neurons

    if not gt.is_dir() or is_neurons(gt):
        return {}
    try:
        volume = open_volume(gt)
    except StriateError:
        return {}
    return {
        "volume": volume,
        "voxel_size": volume.voxel_size_zyx,
        "unit": volume.unit,
    }


# ---- Shared by all


def is_semi_synthetic(provenance: Mapping[str, Any]) -> bool:
    """Whether neurons say that they, or their volume, were painted by a program."""
    notes = provenance.get("notes") or {}
    return bool(provenance.get("semi_synthetic") or notes.get("semi_synthetic"))


def _record(
    tool: str, params: BaseModel, inputs: list[Path], neurons: NeuronSet
) -> Provenance:
    record = Provenance.record(tool, params, inputs)
    if is_semi_synthetic(neurons.provenance):
        record.notes["semi_synthetic"] = True
    return record


def _target(
    out: Path | None, name: str, ctx: JobContext, overwrite: bool = False
) -> Path:
    """Where to write, checked before the work begins."""
    if out is None:
        out = (ctx.folder or Path(tempfile.mkdtemp(prefix="striate-"))) / name
    target = out.expanduser().absolute()
    check_target(target, overwrite=overwrite)
    return target
