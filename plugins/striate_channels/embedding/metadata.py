"""A person's own columns, from a CSV, joined to what is embedded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

__all__ = ["Metadata"]

RESERVED = (
    "kind", "t", "z0", "z1", "y0", "y1", "x0", "x1", "voxels", "n_channels",
    "channels", "mean_intensity", "embedding", "tokens",
)  # fmt: skip


class Metadata:
    """Looks up the columns of an object.

    A row belongs to the image whose path, file name or name without its last
    suffix is in `source`, and, where there is an `object_id`, to that object alone.

    Raises
    ------
    InputError
        When the file cannot be read, has no `source`, takes one of our column
        names, or says two things about one object.
    """

    def __init__(self, path: Path) -> None:
        table = _read(path)
        names = table.column_names
        taken = sorted(set(names) & set(RESERVED))
        if "source" not in names or taken:
            wrong = f"may not have a column {taken[0]!r}" if taken else (
                "needs a column 'source' with the names of the images"
            )  # fmt: skip
            raise InputError(f"{path.name} {wrong}: its columns are {names}.")
        self.fields = [f for f in table.schema if f.name not in ("source", "object_id")]
        self._by_object = "object_id" in names
        self._rows: dict[Any, dict[str, Any]] = {}
        for row in table.to_pylist():
            key = self._key(str(row["source"]), row.get("object_id"))
            if key in self._rows:
                raise InputError(f"{path.name} has two rows for {key}: keep one.")
            self._rows[key] = row

    def row(self, source: Path, object_id: int) -> dict[str, Any]:
        """Return the columns of one object; None where nothing is said."""
        for name in (str(source), source.name, source.stem):
            found = self._rows.get(self._key(name, object_id))
            if found is not None:
                return {f.name: found[f.name] for f in self.fields}
        return {f.name: None for f in self.fields}

    def knows(self, source: Path) -> bool:
        """Whether any row is about this image."""
        names = {str(source), source.name, source.stem}
        return any((k[0] if self._by_object else k) in names for k in self._rows)

    def _key(self, source: str, object_id: Any) -> Any:
        return (source, object_id) if self._by_object else source


def _read(path: Path) -> pa.Table:
    from pyarrow import ArrowException, csv

    if not path.exists():
        raise InputError(f"{path} does not exist: check the name.")
    try:
        return csv.read_csv(path)
    except ArrowException as error:
        raise InputError(f"{path} is no readable CSV ({error}).") from error
