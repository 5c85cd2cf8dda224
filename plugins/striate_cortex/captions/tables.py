"""Answers about many units as a table: CSV, Parquet or JSON."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.data.atomic import replacing
from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_cortex.captions.record import UnitAnswer
    from striate_cortex.units import UnitTable

__all__ = ["TABLES", "caption_rows", "read_caption_table", "write_caption_table"]

TABLES = (".json", ".csv", ".parquet")


def caption_rows(
    answers: Sequence[UnitAnswer],
    units: UnitTable,
    extra: Mapping[str, NDArray[Any]] | None = None,
) -> list[dict[str, Any]]:
    """Return a flat row for each answer.

    Parameters
    ----------
    extra
        More columns by name, a value for each answer.
    """
    rows = []
    for i, a in enumerate(answers):
        row: dict[str, Any] = {
            "unit": a.unit, "vertex": int(units.vertex[a.unit]),
            "hemisphere": "left" if units.on_left[a.unit] else "right",
            "regions": "; ".join(units.regions_of(a.unit)),
            "caption": a.caption, "how": a.how, "confidence": a.confidence,
            "keywords": "; ".join(k.word for k in a.keywords), "sentence": a.sentence,
            "effective_n": a.effective_n, "ceiling": a.ceiling, "reliable": a.reliable,
            "top_item": a.top[0].name if a.top else "",
            "top_origin": a.top[0].origin if a.top else "",
            "top_share": a.top[0].share if a.top else None,
        }  # fmt: skip
        row |= {k: float(v) for k, v in a.scores.items()}
        for name, values in (extra or {}).items():
            value = float(values[i])
            row[name] = value if np.isfinite(value) else None
        rows.append(row)
    return rows


def write_caption_table(
    path: Path,
    rows: Sequence[Mapping[str, Any]],
    *,
    whole: Mapping[str, Any],
    answers: Sequence[UnitAnswer] = (),
    overwrite: bool = False,
) -> None:
    """Write rows by the suffix of `path`, whole or not at all.

    Parameters
    ----------
    whole
        What is true of all: kept in JSON, and as the metadata of Parquet.
    answers
        For JSON, which holds all that is known of each unit.

    Raises
    ------
    InputError
        For another suffix.
    """
    kind = path.suffix.lower()
    if kind not in TABLES:
        raise InputError(f"{path.name}: captions are written as {', '.join(TABLES)}.")
    with replacing(path, overwrite=overwrite) as part:
        if kind == ".json":
            told = [a.model_dump(mode="json") for a in answers]
            text = json.dumps({**whole, "units": told}, indent=1, ensure_ascii=False)
            part.write_text(text, "utf-8")
        elif kind == ".csv":
            _write_csv(part, rows)
        else:
            _write_parquet(part, rows, whole)


def read_caption_table(path: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Read the rows of a table in Parquet, and what is true of all.

    Raises
    ------
    InputError
        When it is missing or no such table.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
        told = json.loads((table.schema.metadata or {})[b"striate"])
    except (OSError, pa.ArrowInvalid, KeyError, ValueError) as error:
        raise InputError(f"{path} is no table that Striate wrote.") from error
    return table.to_pylist(), told


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _columns(rows), restval="")
        writer.writeheader()
        writer.writerows(rows)


def _write_parquet(
    path: Path, rows: Sequence[Mapping[str, Any]], whole: Mapping[str, Any]
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {c: [row.get(c) for row in rows] for c in _columns(rows)}
    table = pa.table(columns)
    table = table.replace_schema_metadata({"striate": json.dumps(dict(whole))})
    pq.write_table(table, path)
