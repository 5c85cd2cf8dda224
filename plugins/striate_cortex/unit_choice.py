"""Which model, units and library a job about units is of, and where it writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict

from striate.data.atomic import check_target
from striate.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.library import Library
    from striate_cortex.subjects import Subject

__all__ = ["UnitsJob", "choose_units", "library_for", "number", "target_of"]


class UnitsJob(BaseModel):
    """Which model and units, and where the result goes.

    Parameters
    ----------
    model
        An encoding model, or a subject's folder for its first model.
    subject
        Whose it is; None where the model or its folder says it.
    units
        ``3``, ``3,8,20-24``, or the name of a region.
    library
        Folder of a library; None: what the subject's features are of, where its
        folder has captions.txt.
    """

    model_config = ConfigDict(extra="forbid")

    model: Path
    subject: Path | None = None
    units: str
    library: Path | None = None
    out: Path | None = None
    overwrite: bool = False


def choose_units(text: str, subject: Subject, count: int) -> NDArray[np.int64]:
    """Turn ``3,8,20-24``, a region's name, a drawn region or ``all`` into units.

    A drawn region is one ``.label`` file that the Regions panel saved, or FreeSurfer's
    own, or one for each hemisphere with a comma between: ``lh.NAME.label`` is of the
    left one.

    Raises
    ------
    InputError
        When it is neither, or names units that are not there.
    """
    regions = subject.units.rois
    if text in regions:
        rows = np.flatnonzero(regions[text])
    elif text == "all":
        rows = np.arange(count)
    elif text.endswith(".label"):
        found = [_drawn(Path(part.strip()), subject) for part in text.split(",")]
        rows = np.concatenate(found)
    else:
        try:
            parts = [p.split("-") for p in text.split(",")]
            rows = np.concatenate([np.arange(int(p[0]), int(p[-1]) + 1) for p in parts])
        except ValueError:
            known = ", ".join(regions) or "none"
            raise InputError(
                f"{text!r} are no units: give numbers such as 3,8,20-24, a .label "
                f"file, or a region (there are: {known})."
            ) from None
    if not len(rows) or rows.min() < 0 or rows.max() >= count:
        raise InputError(f"{text!r}: this model has units 0 to {count - 1:,}.")
    return rows.astype(np.int64)


def _drawn(path: Path, subject: Subject) -> NDArray[np.int64]:
    """Return the units whose vertices are in a label file of one hemisphere."""
    from striate_cortex.reading.labels import read_labels

    side = path.name[:2]
    if side not in ("lh", "rh"):
        raise InputError(
            f"{path.name} does not say which hemisphere it is of: call it "
            "lh.NAME.label or rh.NAME.label."
        )
    units = subject.units
    n = units.n_vertices[side == "rh"]
    start = units.n_vertices[0] if side == "rh" else 0
    inside = np.zeros(sum(units.n_vertices) + 1, bool)
    for region in read_labels(path.expanduser(), n).values():
        inside[start : start + n] |= region
    # A unit without a vertex has -1, which is the last and never inside.
    return np.flatnonzero(inside[units.vertex])


def library_for(path: Path | None, subject: Subject, space: str = "") -> Library:
    """Open a library, or the one that fits a subject where none is named.

    Parameters
    ----------
    space
        Of the model; see :func:`striate_cortex.library.default_library`.
    """
    from striate_cortex.library import default_library, open_library

    return open_library(path) if path is not None else default_library(subject, space)


def target_of(params: UnitsJob, name: str, ctx: JobContext) -> Path:
    """Return where to write, checked before the work begins."""
    target = (params.out or ctx.folder / name).expanduser().absolute()
    check_target(target, overwrite=params.overwrite)
    return target


def number(value: float) -> float | None:
    """Return a number that JSON can hold: None for what is not finite."""
    return float(value) if np.isfinite(value) else None
