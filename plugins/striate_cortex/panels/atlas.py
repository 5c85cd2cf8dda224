"""An atlas as it is read and coloured; no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from striate_cortex.maps import CortexMap, ramp
from striate_cortex.maps.layers import REGION_COLOURS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["AtlasTable", "atlas_files", "colours_by", "read_tables", "topic_map"]

_GREY = 140
_NAMED = {"topic_name": "Topic", "regions": "Region", "how": "Way of captioning"}
_NUMBERS = {
    "r2": "R²", "r2_gcv": "R² (cross-validated)", "ceiling": "Noise ceiling",
    "confidence": "Confidence", "effective_n": "Items that count",
    "accuracy": "Caption accuracy",
}  # fmt: skip

Named = list[tuple[str, str, "NDArray[np.int64]"]]


@dataclass(frozen=True)
class AtlasTable:
    """Units in a plane.

    Parameters
    ----------
    rows
        One record for each unit: unit, x, y, caption, topic_name and more.
    whole
        What is true of all: topics, library, whether it is simulated.
    nouns
        Region to its facts of the captions' table; empty where that is not there.
    """

    rows: list[dict[str, Any]]
    whole: dict[str, Any]
    nouns: dict[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def points(self) -> NDArray[np.float32]:
        """(n, 2)."""
        return np.array([[r["x"], r["y"]] for r in self.rows], np.float32)

    @cached_property
    def units(self) -> NDArray[np.int64]:
        """(n,) the unit of each row."""
        return np.array([r["unit"] for r in self.rows], np.int64)

    def columns(self) -> dict[str, str]:
        """Return what points can be coloured by, with titles."""
        known = {key for row in self.rows[:200] for key, v in row.items() if v not in
                 (None, "")}  # fmt: skip
        return {k: t for k, t in (_NAMED | _NUMBERS).items() if k in known}


def atlas_files(view: CortexView, model: str) -> tuple[Path, Path]:
    """Return where a model's atlas and table of captions are kept."""
    from striate_cortex.captions.store import store_of

    place = store_of(view.subject).path
    safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in model)
    return (
        place.with_name(f"{place.stem}-{safe}-atlas.parquet"),
        place.with_name(f"{place.stem}-{safe}-captions.parquet"),
    )


def read_tables(view: CortexView, model: str) -> AtlasTable | None:
    """Read a model's atlas, for a thread; None where there is none yet."""
    from striate_cortex.atlas_job import read_atlas
    from striate_cortex.captions.tables import read_caption_table

    atlas, captions = atlas_files(view, model)
    if not atlas.is_file():
        return None
    rows, whole = read_atlas(atlas)
    nouns: dict[str, dict[str, Any]] = {}
    if captions.is_file():
        nouns = read_caption_table(captions)[1].get("regions", {})
    # Another model may have had this name before.
    rows = [row for row in rows if row["unit"] < len(view.units)]
    return AtlasTable(rows, whole, nouns)


def colours_by(table: AtlasTable, column: str) -> tuple[NDArray[np.uint8], Named]:
    """Colour points (n, 3) by a column, and say what the colours mean."""
    values = [row.get(column) for row in table.rows]
    if column in _NUMBERS:
        return _by_number(values)
    names = [str(v) if v else "" for v in values]
    if column == "topic_name":
        order = [t["name"] for t in table.whole.get("topics", [])]
    else:
        kinds, counts = np.unique([n for n in names if n], return_counts=True)
        order = [str(k) for k in kinds[np.argsort(-counts, kind="stable")]]
    text = np.array(names, object)
    colours = np.full((len(names), 3), _GREY, np.uint8)
    named: Named = []
    for i, name in enumerate(order[: len(REGION_COLOURS)]):
        rows = np.flatnonzero(text == name)
        colours[rows] = _rgb(REGION_COLOURS[i])
        named.append((name, REGION_COLOURS[i], rows.astype(np.int64)))
    return colours, named


def topic_map(table: AtlasTable, n_units: int) -> CortexMap:
    """Colour units by the topic of their caption."""
    values = np.full((n_units, 3), np.nan, np.float32)
    colours, named = colours_by(table, "topic_name")
    values[table.units] = colours.astype(np.float32) / 255
    return CortexMap(
        "topics", "Topics of captions", values, "colour",
        help="units of one colour are told by the same words",
        legend={name: colour for name, colour, _ in named},
    )  # fmt: skip


def _by_number(values: list[Any]) -> tuple[NDArray[np.uint8], Named]:
    numbers = np.array([np.nan if v is None else float(v) for v in values])
    known = numbers[np.isfinite(numbers)]
    low, high = np.percentile(known, [1, 99]) if len(known) else (0.0, 1.0)
    table = np.asarray(255 * ramp("viridis")[:, :3], np.uint8)
    share = np.clip((numbers - low) / max(high - low, 1e-12), 0, 1)
    place = np.round(np.nan_to_num(share) * 255).astype(int)
    colours = table[place]
    colours[~np.isfinite(numbers)] = _GREY
    none = np.zeros(0, np.int64)
    named = [(f"{v:.3g}", _hex(table[k]), none)
             for v, k in ((high, 255), ((low + high) / 2, 128), (low, 0))]  # fmt: skip
    return colours, named


def _rgb(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _hex(colour: NDArray[np.uint8]) -> str:
    return "#" + "".join(f"{int(v):02x}" for v in colour)
