"""The rows of the Neurons table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from striate.widgets.tables import Column

if TYPE_CHECKING:
    from striate_filaments.panels.neurons_view import NeuronsView

__all__ = ["WIDTHS", "columns", "record", "records"]

WIDTHS = (24, 46, 98, 84, 62)
"""Of all columns but the last one in pixels: a dock is narrow."""

_SUPERSCRIPT = {"µm": "µm³", "px": "px³"}
_LENGTHS = ("cable_length_um", "cable_length_px")


def columns(view: NeuronsView | None) -> list[Column]:
    """Columns of the table; the cable length once the neurons were measured."""
    unit = view.neurons.unit if view else "µm"
    cable = Column("length", "Cable", unit, decimals=1, help="Length of all branches")
    sure = Column(
        "confidence",
        "Confidence",
        decimals=2,
        help="How sure the segmentation is. Measure for the cable length.",
    )
    return [
        Column("shown", "", help="Whether it is drawn", checkable=True),
        Column("id", "Id", help="The number in label images", swatch="colour"),
        Column("volume", "Volume", _SUPERSCRIPT.get(unit, ""), help="Of its voxels"),
        cable if view and view.measurements else sure,
        Column("state", "State", help="auto, edited or accepted"),
        Column("name", "Name", help="Select one neuron to name it below"),
    ]


def records(view: NeuronsView) -> list[dict[str, Any]]:
    """One record per neuron."""
    lengths = _measured(view)
    return [record(view, id, lengths.get(id)) for id in view.neurons.ids]


def record(view: NeuronsView, id: int, length: float | None = None) -> dict[str, Any]:
    """Return what the table shows of one neuron."""
    neuron = view.neurons[id]
    z, y, x = view.neurons.voxel_size
    return {
        "shown": view.is_shown(id),
        "id": id,
        "colour": view.colour(id),
        "name": neuron.name,
        "volume": float(len(neuron) * z * y * x),
        "length": length,
        "confidence": neuron.metadata.get("confidence"),
        "state": neuron.state,
    }


def _measured(view: NeuronsView) -> dict[int, float]:
    return {
        int(row["id"]): float(row[key])
        for row in view.measurements
        for key in _LENGTHS
        if row.get(key) is not None
    }
