"""What a person may choose about a semi-synthetic volume."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from striate_filaments.simulation.fitted import FITTED

__all__ = ["Morphologies", "SimulateParams"]

Size = Annotated[int, Field(ge=8, le=8192)]
Micrometre = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
Morphologies = Literal["all", "training", "held-back"]
"""Which of the traced shapes: a model that trains on some is scored on others."""
Counts = Annotated[float, Field(ge=0, le=65535, allow_inf_nan=False)]
_MICROMETRES: dict[str, Any] = {"unit": "µm"}
_VOXELS: dict[str, Any] = {"unit": "voxels"}
_COUNTS: dict[str, Any] = {"unit": "counts"}
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
    morphologies: Morphologies = Field(
        "all",
        title="Neuron shapes",
        description="All tracings, those used for training, or those held back for "
        "scoring what was trained.",
    )
    variation: float = Field(
        0.0,
        title="Variation of shapes",
        description="0 turns, scales and bends the tracings; above, they are also "
        "mirrored, pruned, stretched and made more winding.",
        ge=0,
        le=1,
    )
    soma_fraction: float = Field(
        0.0,
        title="Cell bodies",
        description="Share of neurons with a cell body in the volume.",
        ge=0,
        le=1,
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
    dim_range: tuple[float, float] = Field(
        (0.05, 0.14),
        title="Brightness of dim neurons",
        description="Dimmest and brightest of them, as a share of the others.",
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
    shallow_fraction: float = Field(
        0.0,
        title="Shallow crossings",
        description="Share of crossings in which both neurons run nearly the same way.",
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
    alongside_length: tuple[float, float] = Field(
        (20.0, 60.0),
        title="Length alongside",
        description="How far neurons run beside one another.",
        json_schema_extra=_MICROMETRES,
    )
    bundle_fraction: float = Field(
        0.0,
        title="Bundled neurons",
        description="Share of neurons alongside that join the bundle there already "
        "is, so that several run together.",
        ge=0,
        le=1,
    )
    brightness: float = Field(
        1.0, title="Brightness", description="1 is the real crop's.", gt=0, le=100
    )
    noise: float = Field(
        1.0, title="Noise", description="1 is the real crop's.", ge=0, le=20
    )
    background: float = Field(
        1.0, title="Background", description="1 is the real crop's.", ge=0, le=50
    )
    background_level: tuple[Counts, ...] = Field(
        FITTED.background_median,
        title="Background of each channel",
        description="Median counts; repeated over further channels.",
        min_length=1,
        max_length=12,
        json_schema_extra=_COUNTS,
    )
    background_contrast: tuple[float, ...] = Field(
        FITTED.background_log_sd,
        title="Contrast of the background",
        description="Log standard deviation of each channel's texture.",
        min_length=1,
        max_length=12,
    )
    autofluorescence: float = Field(
        0.0,
        title="Structured background",
        description="Cell bodies, patches and streaks that shine by themselves, as a "
        "share of a neuron's brightness.",
        ge=0,
        le=2,
    )
    offset: float = Field(
        0.0,
        title="Camera offset",
        description="Counts where there is no light.",
        ge=0,
        le=60000,
        json_schema_extra=_COUNTS,
    )
    noise_gain: float = Field(
        FITTED.noise_gain,
        title="Shot noise",
        description="Variance per count of light.",
        ge=0,
        le=10_000,
    )
    read_noise: float = Field(
        FITTED.read_noise,
        title="Read noise",
        ge=0,
        le=10_000,
        json_schema_extra=_COUNTS,
    )
    saturation: int = Field(
        4095,
        title="Brightest count",
        description="Where the detector saturates.",
        ge=1,
        le=65535,
        json_schema_extra=_COUNTS,
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
    halo: float = Field(
        0.0,
        title="Halo",
        description="Share of a neurite's light that the optics spread widely.",
        ge=0,
        le=0.9,
    )
    halo_sigma: float = Field(
        1.0,
        title="Width of the halo",
        ge=0,
        le=20,
        json_schema_extra=_MICROMETRES,
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
        for name in ("cable_length", "radius", "alongside_length", "dim_range"):
            low, high = getattr(self, name)
            if not 0 < low <= high:
                raise ValueError(f"{name} must be (low, high) with 0 < low <= high")
        if not all(0 <= s <= 10 for s in self.background_contrast):
            raise ValueError("background_contrast must lie between 0 and 10")
        if not all(0 <= s <= 20 for s in self.psf_sigma):
            raise ValueError("psf_sigma must lie between 0 and 20 µm")
        return self
