"""What a person may choose about a semi-synthetic volume."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from striate_filaments.simulation.fitted import FITTED

__all__ = ["SimulateParams"]

Size = Annotated[int, Field(ge=8, le=8192)]
Micrometre = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
_MICROMETRES: dict[str, Any] = {"unit": "µm"}
_VOXELS: dict[str, Any] = {"unit": "voxels"}
_DEGREES: dict[str, Any] = {"unit": "°"}


class SimulateParams(BaseModel):
    """One semi-synthetic volume; the same values give the same bytes."""

    model_config = ConfigDict(extra="forbid")

    shape: tuple[Size, Size, Size] = Field(
        (128, 256, 256), title="Size (z, y, x)", json_schema_extra=_VOXELS
    )
    n_neurons: int = Field(6, title="Neurons", ge=1, le=500)
    n_channels: int = Field(3, title="Colour channels", ge=1, le=12)
    seed: int = Field(0, title="Seed", ge=0, lt=2**63)
    voxel_size: tuple[Micrometre, Micrometre, Micrometre] = Field(
        (0.44, 0.44, 0.44), title="Voxel size", json_schema_extra=_MICROMETRES
    )
    cable_length: tuple[float, float] = Field(
        (150.0, 600.0),
        title="Cable length",
        description="Shortest and longest neuron; a neuron in a small volume may "
        "stay shorter.",
        json_schema_extra=_MICROMETRES,
    )
    radius: tuple[Micrometre, Micrometre] = Field(
        FITTED.radius,
        title="Radius",
        description="Of the thinnest twig and of the thickest trunk.",
        json_schema_extra=_MICROMETRES,
    )
    beading: float = Field(
        0.25,
        title="Beading",
        description="How much the radius swells and narrows along a branch.",
        ge=0,
        le=0.8,
    )
    gap_spacing: float = Field(
        120.0,
        title="Cable between gaps",
        description="Mean length of cable from one gap in expression to the next; "
        "0 means no gaps.",
        ge=0,
        json_schema_extra=_MICROMETRES,
    )
    gap_length: float = Field(
        2.2,
        title="Gap length",
        description="Mean length of a gap in expression.",
        ge=0,
        json_schema_extra=_MICROMETRES,
    )
    dim_fraction: float = Field(
        0.27, title="Dim neurons", description="Share of all neurons.", ge=0, le=1
    )
    alike_fraction: float = Field(
        0.25,
        title="Like hues",
        description="Share of neurons whose colour is close to another's.",
        ge=0,
        le=1,
    )
    hue_separation: float = Field(
        18.0,
        title="Least hue separation",
        description="Angle between the colours of all other neurons, where there is "
        "room for it.",
        ge=0,
        le=90,
        json_schema_extra=_DEGREES,
    )
    crossing_fraction: float = Field(
        0.8,
        title="Crossing neurons",
        description="Share of neurons made to cross an earlier one.",
        ge=0,
        le=1,
    )
    alongside_fraction: float = Field(
        0.3,
        title="Neurons alongside",
        description="Share of neurons that run beside an earlier one for a while.",
        ge=0,
        le=1,
    )
    brightness: float = Field(
        1.0, title="Brightness", description="1 is the real crop's.", gt=0, le=20
    )
    noise: float = Field(
        1.0, title="Noise", description="1 is the real crop's.", ge=0, le=20
    )
    background: float = Field(
        1.0, title="Background", description="1 is the real crop's.", ge=0, le=50
    )
    bleed_through: float = Field(
        FITTED.bleed_through,
        title="Bleed-through",
        description="Share of a channel's light that shows in each neighbour.",
        ge=0,
        le=0.5,
    )
    psf_sigma: tuple[float, float, float] = Field(
        FITTED.psf_sigma, title="Blur (z, y, x)", json_schema_extra=_MICROMETRES
    )
    depth_attenuation: float = Field(
        400.0,
        title="Depth attenuation",
        description="Depth at which light has fallen to 37 %; 0 means none.",
        ge=0,
        json_schema_extra=_MICROMETRES,
    )

    @model_validator(mode="after")
    def _ranges_are_ordered(self) -> SimulateParams:
        for name in ("cable_length", "radius"):
            low, high = getattr(self, name)
            if not 0 < low <= high:
                raise ValueError(f"{name} must be (low, high) with 0 < low <= high")
        if not all(0 <= s <= 20 for s in self.psf_sigma):
            raise ValueError("psf_sigma must lie between 0 and 20 µm")
        return self
