"""Jobs that make libraries and add to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from striate.data.atomic import check_target
from striate.errors import InputError
from striate.provenance import Provenance

if TYPE_CHECKING:
    from striate.jobs.context import JobContext
    from striate_cortex.library.store import Library

__all__ = [
    "LibraryAddJob",
    "LibraryJob",
    "LibraryOutcome",
    "run_library",
    "run_library_add",
]


class _Sources(BaseModel):
    """What goes into a library.

    Parameters
    ----------
    sources
        Pictures, folders of them, captions as COCO JSON, CSV or TXT; or one file of
        ready vectors (npy, npz, parquet).
    images
        Folder of the pictures that caption files name.
    encoder
        See :func:`striate_cortex.open_encoder`; of ready vectors, the name of the
        encoder they are of. Empty: starter, or the library's own.
    captions
        TXT with a line for each of the ready vectors.
    index
        Build an index for fast search; needs faiss.
    """

    model_config = ConfigDict(extra="forbid")

    sources: tuple[Path, ...] = Field(min_length=1)
    images: Path | None = None
    encoder: str = ""
    captions: Path | None = None
    index: bool = False


class LibraryJob(_Sources):
    """Make a library."""

    out: Path | None = None
    overwrite: bool = False


class LibraryAddJob(_Sources):
    """Add to a library."""

    library: Path


class LibraryOutcome(BaseModel):
    """Where the library is, what it holds, and of which encoder.

    Parameters
    ----------
    recall
        What the index finds of the exact answers; None without one.
    """

    path: Path
    items: int
    captioned: int
    space: str
    dimension: int
    recall: float | None = None


def run_library(params: LibraryJob, ctx: JobContext) -> LibraryOutcome:
    """Embed or copy sources into a new library."""
    from striate_cortex.encoders import open_encoder
    from striate_cortex.library.building import build_library
    from striate_cortex.library.importing import import_vectors

    target = (params.out or ctx.folder / "library").expanduser().absolute()
    check_target(target, overwrite=params.overwrite)
    ready = _ready(params)
    if ready is not None:
        import_vectors(
            ready, target, space=params.encoder, captions=_lines(params.captions),
            overwrite=params.overwrite, ctx=ctx,
        )  # fmt: skip
    else:
        encoder = open_encoder(params.encoder, ctx=ctx)
        build_library(
            params.sources, target, encoder, images=params.images,
            overwrite=params.overwrite, ctx=ctx,
        )  # fmt: skip
    return _told(target, params, ctx)


def run_library_add(params: LibraryAddJob, ctx: JobContext) -> LibraryOutcome:
    """Embed or copy sources into a library that is there."""
    from striate_cortex.encoders import open_encoder
    from striate_cortex.library.building import add_to_library
    from striate_cortex.library.importing import add_vectors
    from striate_cortex.library.store import open_library

    path = params.library.expanduser().absolute()
    library = open_library(path)
    ready = _ready(params)
    name = params.encoder or library.space
    if ready is not None:
        add_vectors(path, ready, space=name, captions=_lines(params.captions), ctx=ctx)
    else:
        encoder = open_encoder(name, ctx=ctx)
        add_to_library(path, params.sources, encoder, images=params.images, ctx=ctx)
    return _told(path, params, ctx)


def _ready(params: _Sources) -> Path | None:
    from striate_cortex.library.importing import VECTOR_FILES

    ready = [p for p in params.sources if p.suffix.lower() in VECTOR_FILES]
    if ready and len(params.sources) > 1:
        raise InputError(
            f"{ready[0].name} holds ready vectors: give it alone, and add the others "
            "after (library add)."
        )
    if params.captions is not None and not ready:
        raise InputError(
            "--captions goes with ready vectors: captions of pictures are sources."
        )
    return ready[0] if ready else None


def _lines(path: Path | None) -> list[str] | None:
    if path is None:
        return None
    try:
        return path.expanduser().read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as text ({error}).") from error


def _told(path: Path, params: _Sources, ctx: JobContext) -> LibraryOutcome:
    from striate_cortex.library.index import build_index
    from striate_cortex.library.store import open_library

    library = open_library(path)
    recall = build_index(library, ctx=ctx).recall if params.index else None
    record = Provenance.record("cortex.library", params, params.sources)
    record.notes["encoder"] = library.facts.get("encoder", library.space)
    record.write_beside(path)
    return LibraryOutcome(
        path=path, items=len(library), captioned=_captioned(library),
        space=library.space, dimension=library.dimension, recall=recall,
    )  # fmt: skip


def _captioned(library: Library) -> int:
    items: Any = library.items
    return sum(bool(item.captions) for item in items)
