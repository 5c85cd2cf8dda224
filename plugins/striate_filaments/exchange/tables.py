"""Measurement tables as CSV or Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from striate.data import replacing
from striate.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["write_table"]


def write_table(path: str | Path, table: pa.Table, *, overwrite: bool = False) -> Path:
    """Write a table by its suffix, ``.csv`` or ``.parquet``.

    Raises
    ------
    InputError
        For another suffix.
    """
    target = Path(path)
    if target.suffix not in (".csv", ".parquet"):
        raise InputError(f"{target.name}: tables are written as .csv or .parquet.")
    with replacing(target, overwrite=overwrite) as part:
        if target.suffix == ".csv":
            from pyarrow.csv import write_csv

            write_csv(table, str(part))
        else:
            from pyarrow.parquet import write_table as write_parquet

            write_parquet(table, str(part))
    return target
