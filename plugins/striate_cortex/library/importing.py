"""Vectors that someone has computed already become a library."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.library.items import Item
from striate_cortex.library.store import PIECE, Library, open_library
from striate_cortex.library.writing import add_batches, write_library

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from striate.jobs.context import JobContext

__all__ = [
    "VECTOR_FILES",
    "add_vectors",
    "import_vectors",
    "read_vectors",
    "source_fact",
]

VECTOR_FILES = (".npy", ".npz", ".parquet")

_VECTORS = ("vectors", "embeddings", "embedding", "features", "arr_0")
_CAPTIONS = ("captions", "caption", "texts", "text")
_NAMES = ("names", "name", "source", "image", "path")


def import_vectors(
    path: Path,
    out: Path,
    *,
    space: str,
    captions: Sequence[str] | None = None,
    simulated: bool = False,
    overwrite: bool = False,
    ctx: JobContext | None = None,
) -> Library:
    """Make a library of vectors in a file.

    Parameters
    ----------
    path
        ``.npy`` (n, d); ``.npz`` with ``vectors`` and perhaps ``captions`` and
        ``names``; or ``.parquet`` with such columns.
    out
        Folder to make.
    space
        Name of the encoder they are of; files do not say it.
    captions
        One for each, where the file has none.
    simulated
        Whether what they are of was made up.

    Raises
    ------
    InputError
        When the file is damaged, or vectors and captions differ in number.
    """
    if not space:
        raise InputError(
            f"{path} does not say of which encoder its vectors are: name it "
            "(--encoder)."
        )
    vectors, items = read_vectors(path, captions)
    facts = {"sources": [source_fact(path, len(items))], "simulated": simulated}
    batches = vector_batches(vectors, items, ctx)
    write_library(out, batches, space=space, facts=facts, overwrite=overwrite)
    return open_library(out)


def add_vectors(
    library: Path,
    path: Path,
    *,
    space: str,
    captions: Sequence[str] | None = None,
    ctx: JobContext | None = None,
) -> Library:
    """Add vectors in a file to a library; see :func:`import_vectors`.

    Raises
    ------
    InputError
        When they are of another encoder, or of another dimension.
    """
    there = open_library(library)
    vectors, items = read_vectors(path, captions)
    there.check(space, int(vectors.shape[1]))
    sources = [*there.facts.get("sources", []), source_fact(path, len(items))]
    facts = {**there.facts, "sources": sources}
    add_batches(library, vector_batches(vectors, items, ctx), facts)
    return open_library(library)


def source_fact(path: Path, count: int) -> dict[str, Any]:
    """Say where some of a library's items are from."""
    return {"path": str(Path(path).expanduser().absolute()), "items": count}


def vector_batches(
    vectors: Any, items: list[Item], ctx: JobContext | None = None
) -> Iterator[tuple[Any, list[Item]]]:
    """Yield vectors and their items, a piece at a time."""
    for first in range(0, len(items), PIECE):
        part = np.asarray(vectors[first : first + PIECE], np.float32)
        yield part, items[first : first + PIECE]
        if ctx is not None:
            ctx.progress(min(len(items), first + PIECE), len(items), "Copying vectors")


def read_vectors(
    path: Path, captions: Sequence[str] | None = None
) -> tuple[Any, list[Item]]:
    """Read (n, d) vectors, memory-mapped where they can be, and their items."""
    place = Path(path).expanduser().absolute()
    readers = {".npy": _npy, ".npz": _npz, ".parquet": _parquet}
    if place.suffix.lower() not in readers:
        raise InputError(
            f"{place} is of no kind that holds vectors: npy, npz, parquet."
        )
    try:
        columns = readers[place.suffix.lower()](place)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{place} is missing, damaged, or holds objects.") from error
    vectors = _first(columns, _VECTORS)
    if vectors is None or vectors.ndim != 2 or vectors.dtype.kind not in "fiu":
        raise InputError(
            f"{place} has no table of numbers, items by dimensions, called one of "
            f"{', '.join(_VECTORS[:3])}."
        )
    texts = captions if captions is not None else _first(columns, _CAPTIONS)
    names = _first(columns, _NAMES)
    for what, values in (("captions", texts), ("names", names)):
        if values is not None and len(values) != len(vectors):
            raise InputError(
                f"{place} has {len(vectors):,} vectors and there are {len(values):,} "
                f"{what}: there must be one for each."
            )
    return vectors, [
        Item(
            str(names[i]) if names is not None else f"{place.stem} {i}",
            f"{place}, row {i}",
            "",
            _several(texts[i]) if texts is not None else (),
        )
        for i in range(len(vectors))
    ]


def _several(value: Any) -> tuple[str, ...]:
    many = value if isinstance(value, list | tuple | np.ndarray) else [value]
    return tuple(str(v) for v in many if v is not None and str(v).strip())


def _first(columns: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((columns[n] for n in names if n in columns), None)


def _npy(path: Path) -> dict[str, Any]:
    return {"vectors": np.load(path, mmap_mode="r")}


def _npz(path: Path) -> dict[str, Any]:
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def _parquet(path: Path) -> dict[str, Any]:
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    columns: dict[str, Any] = {}
    for name in table.column_names:
        if name in _VECTORS:
            columns[name] = _matrix(table[name])
        elif name in _CAPTIONS + _NAMES:
            columns[name] = table[name].to_pylist()
    return columns


def _matrix(column: Any) -> Any:
    """Return a column of lists of one length as (n, d), without Python's objects."""
    values = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    whole = len(column) and not len(values) % len(column)
    return values.reshape(len(column), -1) if whole else values
