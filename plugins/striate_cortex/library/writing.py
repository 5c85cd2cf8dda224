"""Write a library piece by piece: it need never be in memory whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.data.atomic import replacing
from striate.errors import InputError
from striate_cortex.library.store import FORMAT, PIECE, open_library

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_cortex.library.items import Item

    Batch = tuple[NDArray[np.float32], list[Item]]

__all__ = ["add_batches", "write_library"]


def write_library(
    path: Path,
    batches: Iterable[Batch],
    *,
    space: str,
    facts: dict[str, Any],
    overwrite: bool = False,
) -> Path:
    """Write batches of vectors and items as a folder, whole or not at all.

    Parameters
    ----------
    path
        The folder to make.
    batches
        ((n, d) float32, n items) each.
    space
        Name of the encoder the vectors are of.
    facts
        JSON-able, kept with it.

    Raises
    ------
    InputError
        When there is nothing to write, or dimensions change on the way.
    OutputError
        When it exists and `overwrite` is False, or cannot be written.
    """
    with replacing(path, overwrite=overwrite) as folder:
        folder.mkdir()
        names = _write(folder, batches, 0, 0)
        told = {"format": FORMAT, "space": space, **names, "facts": facts}
        (folder / "library.json").write_text(json.dumps(told, indent=1), "utf-8")
    return path


def add_batches(path: Path, batches: Iterable[Batch], facts: dict[str, Any]) -> Path:
    """Add batches to a library; it is as it was until all of them are written.

    Parameters
    ----------
    facts
        What the library's facts become.

    Raises
    ------
    InputError
        When there is nothing to add, or dimensions differ.
    """
    library = open_library(path)
    told = json.loads((path / "library.json").read_text("utf-8"))
    start = len(told["pieces"])
    names = _write(path, batches, start, library.dimension)
    whole = {**told, "facts": facts}
    for kind, added in names.items():
        whole[kind] = told[kind] + added
    with replacing(path / "library.json", overwrite=True) as part:
        part.write_text(json.dumps(whole, indent=1), "utf-8")
    return path


def _write(
    folder: Path, batches: Iterable[Batch], start: int, dimension: int
) -> dict[str, list[str]]:
    """Write pieces numbered from `start`; their names by kind."""
    names: dict[str, list[str]] = {"pieces": [], "items": [], "lengths": []}
    vectors: list[NDArray[np.float32]] = []
    items: list[Item] = []
    for some, of in batches:
        dimension = dimension or (some.shape[1] if some.ndim == 2 else 0)
        _check(some, dimension)
        vectors.append(some)
        items += of
        if len(items) >= PIECE:
            _save(folder, names, start, vectors, items)
            vectors, items = [], []
    if items:
        _save(folder, names, start, vectors, items)
    if not names["pieces"]:
        raise InputError("The library would be empty: none of its items can be used.")
    return names


def _check(vectors: NDArray[Any], dimension: int) -> None:
    if vectors.ndim != 2 or vectors.shape[1] != dimension:
        raise InputError(
            f"Vectors of the shape {vectors.shape} do not go into one library with "
            f"others of {dimension} dimensions: they must be items by dimensions, all "
            "of one encoder."
        )
    if not np.isfinite(vectors).all():
        raise InputError("Some vectors hold values that are not finite.")


def _save(
    folder: Path,
    names: dict[str, list[str]],
    start: int,
    vectors: list[NDArray[np.float32]],
    items: list[Item],
) -> None:
    import pyarrow as pa

    number = start + len(names["pieces"])
    whole = np.concatenate(vectors).astype(np.float32)
    lengths = np.linalg.norm(whole, axis=1).astype(np.float32)
    text = pa.string()
    schema = pa.schema([("name", text), ("origin", text), ("image", text),
                        ("captions", pa.list_(text))])  # fmt: skip
    rows = [{**vars(i), "captions": list(i.captions)} for i in items]
    table = pa.Table.from_pylist(rows, schema=schema)
    files = {
        "pieces": f"vectors-{number:05}.npy", "items": f"items-{number:05}.arrow",
        "lengths": f"lengths-{number:05}.npy",
    }  # fmt: skip
    np.save(folder / files["pieces"], whole)
    np.save(folder / files["lengths"], lengths)
    with pa.ipc.new_file(folder / files["items"], schema) as file:
        file.write_table(table)
    for kind, name in files.items():
        names[kind].append(name)
