"""What a person may choose when segmenting: few things, in micrometres."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Roi", "SegmentParams", "read_roi"]

Roi = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
"""First voxel and one past the last along z, y and x."""


def read_roi(text: str) -> Roi | None:
    """Read ``z0:z1,y0:y1,x0:x1``; None when it is anything else."""
    try:
        z, y, x = (part.split(":") for part in text.split(","))
        (a, b), (c, d), (e, f) = z, y, x
        return (int(a), int(b)), (int(c), int(d)), (int(e), int(f))
    except ValueError:
        return None


_MICRONS: dict[str, Any] = {"unit": "µm"}


class SegmentParams(BaseModel):
    """How to segment. Zero means: choose it from the data.

    Lengths are in micrometres; in a volume without a voxel size they are in
    voxels, and the log says so.
    """

    model_config = ConfigDict(extra="forbid")

    method: Literal["colour", "learned"] = Field(
        "colour",
        title="Method",
        description="colour finds ridges and joins them by hue; learned does both by "
        "what known neurons taught.",
    )
    model: str = Field(
        "",
        title="Model",
        description="Of the learned method, by its id, folder or file. Empty: the one "
        "that ships with Striate.",
    )
    sensitivity: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        title="Sensitivity",
        description="Higher finds dimmer neurites and more background with them.",
    )
    thickness: float = Field(
        0.0,
        ge=0.0,
        le=50.0,
        title="Neurite thickness",
        description="Typical diameter of a neurite. 0: twice the voxel size.",
        json_schema_extra=_MICRONS,
    )
    gap: float = Field(
        0.0,
        ge=0.0,
        le=100.0,
        title="Gap to bridge",
        description="Widest break in a neurite that is closed when colour and "
        "direction agree. 0: ten thicknesses.",
        json_schema_extra=_MICRONS,
    )
    colour_tolerance: float = Field(
        0.0,
        ge=0.0,
        le=90.0,
        title="Colour tolerance",
        description="Hue angle within which two pieces may be one neuron. "
        "0: from how much the hue varies along single neurites.",
        json_schema_extra={"unit": "°"},
    )
    minimum_length: float = Field(
        0.0,
        ge=0.0,
        le=10_000.0,
        title="Shortest neuron",
        description="Shorter cable is dropped. 0: fifty thicknesses, or two "
        "fifths of the longest side of a small volume.",
        json_schema_extra=_MICRONS,
    )
    block: int = Field(
        128,
        ge=32,
        le=1024,
        title="Block size",
        description="Edge of the pieces held in memory at a time.",
        json_schema_extra={"unit": "voxels"},
    )
    roi: Roi | None = Field(
        None,
        title="Region",
        description="Only this part: z, y and x ranges in voxels.",
    )

    @model_validator(mode="after")
    def _roi_is_not_empty(self) -> SegmentParams:
        if self.roi and any(not 0 <= a < b for a, b in self.roi):
            raise ValueError(f"The region {self.roi} is empty or starts below zero.")
        return self

    def smaller(self) -> SegmentParams:
        """Return the same request with blocks half as wide, for tight memory."""
        return self.model_copy(update={"block": max(32, self.block // 2)})
