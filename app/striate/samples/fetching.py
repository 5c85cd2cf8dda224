"""Have a sample on this machine: find it, paint it, or download and unpack it.

What is painted or downloaded lies in ``<data folder>/samples/<name>``, whole or not
at all; beside it ``<name>.json`` says what it was made from and what to open. A
download that was cut off waits in ``<data folder>/samples/downloads`` and goes on.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from striate import __version__, resources
from striate.errors import StriateError
from striate.provenance import relocate
from striate.samples.catalogue import find
from striate.settings import data_dir

if TYPE_CHECKING:
    from striate.jobs.context import JobContext
    from striate.workspace import Sample

__all__ = ["fetch", "ready_path"]


def fetch(sample: str | Sample, ctx: JobContext | None = None) -> Path:
    """Return the path to open of a sample, after painting or downloading it if need be.

    Parameters
    ----------
    sample
        The sample, or its name.
    ctx
        Hears progress, and may cancel.

    Raises
    ------
    InputError
        When there is no such sample, or what came is not what was expected.
    OfflineError
        When it cannot be downloaded; names the file to place by hand.
    OutputError
        When the data folder cannot be written to or the disk is full.
    Cancelled
        When the user asked to stop; a download goes on from there the next time.
    """
    from striate.jobs.context import JobContext
    from striate.models.locking import only_one

    wanted = find(sample) if isinstance(sample, str) else sample
    ready = ready_path(wanted)
    if ready is not None:
        return ready
    context = ctx or JobContext()
    with only_one(_folder(wanted), context):
        # Another process may have fetched it while we waited.
        return ready_path(wanted) or _get(wanted, context)


def ready_path(sample: Sample) -> Path | None:
    """Return the path to open when the sample is on this machine, else None.

    Raises
    ------
    StriateError
        When it should have shipped and is missing.
    """
    if sample.path:
        return _shipped(sample)
    try:
        note = json.loads(_note(sample).read_text("utf-8"))
        path = _folder(sample) / note["opens"]
        made_from = note["made_from"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return path if made_from == _source(sample) and path.exists() else None


# ---- Where things lie


def _shipped(sample: Sample) -> Path:
    try:
        return resources.path(f"samples/{sample.path}")
    except FileNotFoundError as error:
        raise StriateError(str(error)) from None


def _folder(sample: Sample) -> Path:
    return data_dir() / "samples" / sample.name


def _note(sample: Sample) -> Path:
    return data_dir() / "samples" / f"{sample.name}.json"


def _source(sample: Sample) -> dict[str, Any]:
    """Return what decides the content: a newer painter paints anew."""
    if sample.maker:
        return {"maker": sample.maker, "version": __version__}
    return {"files": [[file.url, file.sha256, file.md5] for file in sample.files]}


# ---- Getting it


def _get(sample: Sample, ctx: JobContext) -> Path:
    from striate.data.atomic import replacing
    from striate.samples.remote import load

    folder = _folder(sample)
    with replacing(folder, overwrite=True) as part:
        part.mkdir(parents=True)
        if sample.maker:
            opens = _paint(sample, part, ctx)
            relocate(part, folder)
        else:
            opens = load(sample, _downloads(sample), part, ctx)
    note = {"opens": opens.as_posix(), "made_from": _source(sample)}
    with replacing(_note(sample), overwrite=True) as file:
        file.write_text(json.dumps(note, indent=1), "utf-8")
    shutil.rmtree(_downloads(sample), ignore_errors=True)
    return folder / opens


def _paint(sample: Sample, folder: Path, ctx: JobContext) -> PurePosixPath:
    from striate.jobs.kind import load_object

    made = Path(load_object(sample.maker)(folder, ctx))
    return PurePosixPath(made.relative_to(folder).as_posix())


def _downloads(sample: Sample) -> Path:
    return data_dir() / "samples" / "downloads" / sample.name
