"""Write a library piece by piece: it need never be in memory whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.data.atomic import replacing
from striate.errors import InputError
from striate_cortex.library.store import FORMAT, PIECE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_cortex.library.items import Item

    Batch = tuple[NDArray[np.float32], list[Item]]

__all__ = ["write_library"]


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
        names = _write(folder, batches)
        told = {"format": FORMAT, "space": space, "pieces": names, "facts": facts}
        (folder / "library.json").write_text(json.dumps(told, indent=1), "utf-8")
    return path


def _write(folder: Path, batches: Iterable[Batch]) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = pa.string()
    schema = pa.schema([("name", text), ("origin", text), ("image", text),
                        ("captions", pa.list_(text))])  # fmt: skip
    names: list[str] = []
    waiting: list[NDArray[np.float32]] = []
    with pq.ParquetWriter(folder / "items.parquet", schema) as table:
        for vectors, items in batches:
            _check(vectors, waiting)
            waiting.append(vectors)
            rows = [{**vars(i), "captions": list(i.captions)} for i in items]
            table.write_batch(pa.RecordBatch.from_pylist(rows, schema=schema))
            if sum(map(len, waiting)) >= PIECE:
                waiting = _save(folder, names, waiting)
        _save(folder, names, waiting)
    if not names:
        raise InputError("The library would be empty: none of its items can be used.")
    return names


def _check(vectors: NDArray[Any], waiting: list[NDArray[Any]]) -> None:
    if vectors.ndim != 2 or (waiting and vectors.shape[1] != waiting[0].shape[1]):
        raise InputError(
            f"Vectors of the shape {vectors.shape} do not go into one library with "
            "those before: they must be items by dimensions, all of one encoder."
        )
    if not np.isfinite(vectors).all():
        raise InputError("Some vectors hold values that are not finite.")


def _save(
    folder: Path, names: list[str], waiting: list[NDArray[np.float32]]
) -> list[NDArray[np.float32]]:
    if waiting and sum(map(len, waiting)):
        names.append(f"vectors-{len(names):05}.npy")
        np.save(folder / names[-1], np.concatenate(waiting).astype(np.float32))
    return []
