"""Neurons as files a job can read, and saved where a person wants them."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from striate_filaments.panels.neurons_view import NeuronsView

__all__ = ["home_of", "neurons_file", "with_suffix"]


def neurons_file(view: NeuronsView, folder: Path) -> Path:
    """Return a file that holds the neurons as they are now.

    That is their own file, or a copy in `folder` when they were never saved or were
    changed since. Slow for many: call it in a thread.

    Raises
    ------
    OutputError
        When the copy cannot be written.
    """
    from striate_filaments.storage import write_neurons

    if view.path is not None and not view.unsaved and view.path.exists():
        return view.path
    return write_neurons(
        folder / f"neurons-{uuid.uuid4().hex[:8]}.neurons.zarr", view.neurons
    )


def home_of(view: NeuronsView, jobs: Path) -> Path | None:
    """Return where a person keeps these neurons; None while only a job's folder does.

    Results of jobs are cleared away some day, so they are no place to save to.
    """
    if view.path is None or jobs.absolute() in view.path.absolute().parents:
        return None
    return view.path


def with_suffix(path: str | Path) -> Path:
    """Return the path with the ending that neurons have."""
    place = Path(path)
    if place.name.endswith(".neurons.zarr"):
        return place
    stem = place.name.removesuffix(".zarr").removesuffix(".neurons")
    return place.with_name(f"{stem}.neurons.zarr")
