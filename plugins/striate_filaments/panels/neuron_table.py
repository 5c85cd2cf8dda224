"""The rows of the Neurons table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from striate.widgets.tables import Column

if TYPE_CHECKING:
    from collections.abc import Iterable

    from striate_filaments.panels.neurons_view import NeuronsView

__all__ = ["WIDTHS", "columns", "record", "records"]

WIDTHS = (26, 54, 64, 104, 86)
"""Of all columns but the last one in pixels: a dock is narrow."""

_SUPERSCRIPT = {"µm": "µm³", "px": "px³"}


def columns(unit: str) -> list[Column]:
    """Columns of the table; `unit` is that of the neurons, ``"µm"`` or ``"px"``."""
    return [
        Column("shown", "", help="Whether it is drawn", checkable=True),
        Column("id", "Id", help="The number in label images", swatch="colour"),
        Column("name", "Name", help="Select one neuron to name it below"),
        Column("volume", "Volume", _SUPERSCRIPT.get(unit, ""), help="Of its voxels"),
        Column("length", "Cable", unit, decimals=1, help="Length of all branches"),
        Column("state", "State", help="auto, edited or accepted"),
    ]


def records(view: NeuronsView) -> list[dict[str, Any]]:
    """One record per neuron."""
    lengths = _measured(view)
    return [record(view, id, lengths.get(id)) for id in view.neurons.ids]


def record(view: NeuronsView, id: int, length: float | None = None) -> dict[str, Any]:
    """Return what the table shows of one neuron.

    The cable length is the measured one, else what the segmentation estimated.
    """
    neuron = view.neurons[id]
    z, y, x = view.neurons.voxel_size
    if length is None:
        length = neuron.metadata.get("cable_length")
    return {
        "shown": view.is_shown(id),
        "id": id,
        "colour": view.colour(id),
        "name": neuron.name,
        "volume": float(len(neuron) * z * y * x),
        "length": float(length) if length is not None else None,
        "state": neuron.state,
    }


def _measured(view: NeuronsView) -> dict[int, float]:
    return dict(_lengths(view.measurements))


def _lengths(rows: Iterable[dict[str, Any]]) -> Iterable[tuple[int, float]]:
    for row in rows:
        for key in ("cable_length_um", "cable_length_px"):
            if row.get(key) is not None:
                yield int(row["id"]), float(row[key])
