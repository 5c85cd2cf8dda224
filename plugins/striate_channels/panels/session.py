"""What the panels of one viewer share: the map, the selection, the channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Signal

from striate.widgets.per_viewer import PerViewer

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["MapTable", "Session", "read_map"]


@dataclass(frozen=True)
class MapTable:
    """A profile that was read: one point for each row.

    `points` is (n, 2) float32; `columns` are the other columns by name.
    """

    folder: Path
    points: NDArray[np.float32]
    kind: str
    columns: dict[str, NDArray[Any]]
    space: str = ""

    def __len__(self) -> int:
        return len(self.points)


class Session(PerViewer):
    """Shared by the panels of one viewer; made by :meth:`of`.

    Attributes
    ----------
    map_changed
        Emitted with a :class:`MapTable`, or None.
    selected
        Emitted with the selected rows, sorted, and whoever selected them.
    channels_changed
        Emitted when the person ticks or reorders channels.
    """

    map_changed = Signal(object)
    selected = Signal(object, object)
    channels_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.map: MapTable | None = None
        self.rows: NDArray[np.int64] = np.zeros(0, np.int64)
        self.channels: dict[str, tuple[int, ...]] = {}
        self.model = ""

    def show_map(self, table: MapTable | None) -> None:
        """Take a profile in hand."""
        self.map = table
        self.rows = np.zeros(0, np.int64)
        self.map_changed.emit(table)

    def select(self, rows: NDArray[np.int64], by: object) -> None:
        """Select rows of the map; everyone but `by` follows."""
        rows = np.unique(np.asarray(rows, np.int64))
        if np.array_equal(rows, self.rows):
            return
        self.rows = rows
        self.selected.emit(rows, by)

    def choose_channels(self, source: str, channels: tuple[int, ...]) -> None:
        """Say which channels of an image are used, in which order; empty is all."""
        self.channels[source] = channels
        self.channels_changed.emit()


def read_map(folder: Path) -> MapTable:
    """Read the folder a profile was written to; may take a second: use a thread."""
    import json

    import pyarrow.parquet as pq

    table = pq.read_table(folder / "points.parquet")
    kind = "umap" if "umap1" in table.column_names else "pc"
    columns: dict[str, NDArray[Any]] = {}
    for name in table.column_names:
        values = table[name].to_pylist()
        if any(isinstance(v, list) for v in values[:50]):
            values = [", ".join(_short(v) for v in each) for each in values]
        columns[name] = np.array(values, dtype=object)
    points = np.stack(
        [table[f"{kind}{i}"].to_numpy() for i in (1, 2)], axis=1
    )  # fmt: skip
    stored = json.loads((table.schema.metadata or {}).get(b"striate", b"{}"))
    space = str(stored.get("space", {}).get("name", ""))
    return MapTable(folder, points.astype(np.float32), kind, columns, space)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
