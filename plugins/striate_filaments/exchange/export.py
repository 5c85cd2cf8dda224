"""Write neurons in several forms at once: all of them, or none."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from striate.data import check_target, replacing
from striate.data.atomic import plain_error
from striate.errors import InputError, OutputError
from striate.jobs.context import JobContext
from striate_filaments.exchange.fisbe import write_fisbe
from striate_filaments.exchange.folders import check_folder
from striate_filaments.exchange.labels import OverlapReport, OverlapRule, write_labels
from striate_filaments.exchange.meshes import write_mesh_folder
from striate_filaments.exchange.swc import write_swc_folder
from striate_filaments.exchange.tables import write_table
from striate_filaments.neurons import NeuronSet

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FORMS", "ExportParams", "Exported", "export"]

FORMS = ("labels", "fisbe", "swc", "table", "mesh")
"""In the order they are written; each is a field of :class:`ExportParams`."""

_FOLDERS = ("swc", "mesh")
_SUFFIXES = {
    "labels": (".tif", ".tiff", ".zarr", ".h5", ".hdf5"),
    "fisbe": (".zarr",),
    "table": (".csv", ".parquet"),
}


class ExportParams(BaseModel):
    """Which forms to write, and where; None leaves a form out."""

    model_config = ConfigDict(extra="forbid")

    labels: Path | None = Field(
        None,
        title="Label image",
        description="One number per voxel: .tif, .zarr (OME-Zarr) or .h5.",
    )
    fisbe: Path | None = Field(
        None,
        title="FISBe zarr",
        description="One channel per neuron, so that overlaps are kept: .zarr.",
    )
    swc: Path | None = Field(
        None, title="SWC folder", description="One skeleton per neuron, in µm."
    )
    table: Path | None = Field(
        None, title="Table", description="Measurements: .csv or .parquet."
    )
    mesh: Path | None = Field(
        None, title="Mesh folder", description="One surface per neuron, in µm."
    )
    mesh_kind: Literal["ply", "obj"] = Field("ply", title="Mesh format")
    overlap_rule: OverlapRule = Field(
        "smaller",
        title="Overlaps in labels",
        description="Which neuron keeps a voxel that several own, as a label image "
        "holds one number per voxel.",
    )
    ids: list[int] | None = Field(
        None, title="Neurons", description="Only these; otherwise all."
    )
    overwrite: bool = Field(False, title="Overwrite")

    def targets(self) -> dict[str, Path]:
        """Where to write each form asked for, as absolute paths."""
        given = {form: getattr(self, form) for form in FORMS}
        return {f: p.expanduser().absolute() for f, p in given.items() if p}


@dataclass
class Exported:
    """What was written.

    Parameters
    ----------
    files
        Path of each form, absolute.
    count
        How many neurons.
    overlaps
        What a label image lost; None when none was written.
    """

    files: dict[str, Path] = field(default_factory=dict)
    count: int = 0
    overlaps: OverlapReport | None = None


def export(
    neurons: NeuronSet, params: ExportParams, ctx: JobContext | None = None
) -> Exported:
    """Write neurons in every form that `params` names a place for.

    Each form is made complete in a hidden folder beside its target; only when all
    are there are they moved into place.

    Raises
    ------
    InputError
        When no form is asked for, two share a place, a suffix does not fit, or an
        id is not there.
    OutputError
        When a target exists, cannot be written to, or the disk is full.
    """
    ctx = ctx or JobContext()
    targets = _checked(params)
    chosen = _chosen(neurons, params.ids)
    done = Exported(targets, len(chosen))
    with contextlib.ExitStack() as stack:
        staged = {
            form: stack.enter_context(_beside(target)) / target.name
            for form, target in targets.items()
        }
        for i, (form, path) in enumerate(staged.items()):
            ctx.progress(i, len(staged), f"Writing {form}")
            with _said_of(path, targets[form]):
                _write(form, path, chosen, params, done, ctx)
        for form, path in staged.items():
            with replacing(targets[form], overwrite=True) as part:
                path.rename(part)
    if done.overlaps and done.overlaps.voxels:
        ctx.log(done.overlaps.sentence(), "warning")
    if not len(chosen):
        ctx.log("There are no neurons: what was written is empty.", "warning")
    return done


def _checked(params: ExportParams) -> dict[str, Path]:
    targets = params.targets()
    if not targets:
        raise InputError(f"Say what to write: one or more of {', '.join(FORMS)}.")
    if len(set(targets.values())) < len(targets):
        raise InputError("Two forms would be written to one place: name another.")
    for form, target in targets.items():
        suffixes = _SUFFIXES.get(form)
        if suffixes and target.suffix.lower() not in suffixes:
            raise InputError(
                f"{target.name}: the {form} form is written as {', '.join(suffixes)}."
            )
    for form, target in targets.items():
        check = check_folder if form in _FOLDERS else check_target
        check(target, overwrite=params.overwrite)
    return targets


def _chosen(neurons: NeuronSet, ids: list[int] | None) -> NeuronSet:
    if ids is None:
        return neurons
    missing = [id for id in ids if id not in neurons]
    if missing:
        raise InputError(f"There is no neuron {missing[0]} in this set.")
    return NeuronSet(
        neurons.shape,
        neurons.voxel_size,
        neurons.unit,
        [neurons[id] for id in dict.fromkeys(ids)],
        channels=neurons.channels,
        provenance=neurons.provenance,
    )


def _write(
    form: str,
    path: Path,
    neurons: NeuronSet,
    params: ExportParams,
    done: Exported,
    ctx: JobContext,
) -> None:
    if form == "labels":
        done.overlaps = write_labels(path, neurons, rule=params.overlap_rule, ctx=ctx)
    elif form == "fisbe":
        write_fisbe(path, neurons)
    elif form == "swc":
        write_swc_folder(path, neurons, ctx=ctx)
    elif form == "mesh":
        write_mesh_folder(path, neurons, kind=params.mesh_kind, ctx=ctx)
    else:
        from striate_filaments.measurements import measure

        write_table(path, measure(neurons, ctx=ctx))


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A hidden folder on the target's own disk, removed at the end."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise plain_error(error, target) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _said_of(staged: Path, target: Path) -> Iterator[None]:
    """Let an error name the target and not the hidden place beside it."""
    try:
        yield
    except OutputError as error:
        raise OutputError(str(error).replace(str(staged), str(target))) from error
