"""The table of embeddings: its schema, and how it is read again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from striate_channels.embedding.metadata import Metadata

__all__ = ["Embeddings", "read_embeddings", "schema_for"]

FORMAT = "striate-embeddings"
VERSION = 1
POSITION = ("z0", "z1", "y0", "y1", "x0", "x1")


@dataclass(frozen=True)
class Embeddings:
    """A table that was read.

    Parameters
    ----------
    vectors
        (n, D) float32.
    table
        Every other column, in the same order.
    facts
        What was stored with it: space, preprocessing, version.
    """

    vectors: NDArray[np.float32]
    table: pa.Table
    facts: dict[str, Any]

    def __len__(self) -> int:
        return len(self.vectors)

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as an array.

        Raises
        ------
        InputError
            Listing the columns there are.
        """
        if name not in self.table.column_names:
            raise InputError(
                f"There is no column {name!r}: there are "
                f"{', '.join(self.table.column_names)}."
            )
        return np.asarray(self.table[name].to_pandas().to_numpy())


def schema_for(
    dimension: int, metadata: Metadata | None, *, tokens: bool, facts: dict[str, Any]
) -> pa.Schema:
    """Return the schema of a table of `dimension`-long vectors."""
    import pyarrow as pa

    vector = pa.list_(pa.float32(), dimension)
    fields = [
        pa.field("source", pa.string()),
        pa.field("object_id", pa.int64()),
        pa.field("kind", pa.string()),
        pa.field("t", pa.int32()),
        *(pa.field(name, pa.int32()) for name in POSITION),
        pa.field("voxels", pa.int64()),
        pa.field("n_channels", pa.int32()),
        pa.field("channels", pa.list_(pa.string())),
        pa.field("mean_intensity", pa.list_(pa.float32())),
        *(metadata.fields if metadata else ()),
        pa.field("embedding", vector),
    ]
    if tokens:
        fields.append(pa.field("tokens", pa.list_(vector)))
    stored = {"format": FORMAT, "version": VERSION, **facts}
    return pa.schema(fields, metadata={"striate": json.dumps(stored)})


def read_embeddings(
    path: str | Path, columns: Sequence[str] | None = None
) -> Embeddings:
    """Read a table of embeddings.

    Parameters
    ----------
    columns
        Which columns beside the embedding; None for all but the tokens.

    Raises
    ------
    InputError
        When it is no Parquet file, or has no column of embeddings.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    place = Path(path)
    if not place.exists():
        raise InputError(f"{place} does not exist: check the name.")
    try:
        schema = pq.read_schema(place)
        names = [n for n in schema.names if n not in ("tokens", "embedding")]
        kept = [n for n in names if columns is None or n in columns]
        if "embedding" not in schema.names:
            raise InputError(
                f"{place.name} has no column 'embedding': make one with `striate "
                "channels embed`."
            )
        table = pq.read_table(place, columns=[*kept, "embedding"])
    except pa.ArrowException as error:
        raise InputError(f"{place} is no readable Parquet file ({error}).") from error
    stored = (schema.metadata or {}).get(b"striate", b"{}")
    vectors = _vectors(table["embedding"], place)
    return Embeddings(vectors, table.select(kept), json.loads(stored))


def _vectors(column: pa.ChunkedArray, place: Path) -> NDArray[np.float32]:
    flat = column.combine_chunks()
    if hasattr(flat, "num_chunks"):
        flat = flat.chunk(0) if flat.num_chunks else flat
    values = np.asarray(flat.flatten(), dtype=np.float32)
    n = len(column)
    if n == 0 or column.null_count or len(values) % n:
        raise InputError(f"{place.name} holds no vectors of equal length.")
    return values.reshape(n, -1)
