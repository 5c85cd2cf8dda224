"""What may be chosen on the way from counts to a network; stored with the result."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Background", "Normalise", "Preprocessing", "Projection"]

Projection = Literal["max", "mean", "middle", "slices", "views"]
Background = Literal["none", "median", "low"]
Normalise = Literal["channel", "percentile", "minmax", "none"]


class Preprocessing(BaseModel):
    """Every choice, in the order in which the steps are taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channels: tuple[int, ...] = Field(
        (),
        title="Channels",
        description="Which channels in which order, from 0; empty means all. The "
        "order matters to a joint model.",
    )
    projection: Projection = Field(
        "max",
        title="Stacks",
        description="max, mean and middle give one picture; slices embeds planes one "
        "by one and averages; views does so with projections along z, y and x.",
    )
    n_slices: int = Field(
        8,
        ge=1,
        le=512,
        title="Planes",
        description="At most so many, evenly spaced, when stacks are taken by slices.",
    )
    background: Background = Field(
        "none",
        title="Background",
        description="Subtract the median or the 1st percentile of each channel; "
        "what is below becomes 0.",
    )
    normalise: Normalise = Field(
        "channel",
        title="Normalise",
        description="channel: mean 0 and variance 1 per channel; percentile: 1st to "
        "99.8th to 0..1; minmax: to 0..1; none: counts as they are.",
    )
    scope: Literal["crop", "image"] = Field(
        "crop",
        title="Normalise over",
        description="crop forgets how bright a cell is; image keeps it relative to "
        "the others in its image.",
    )
    size: int = Field(
        0,
        ge=0,
        le=2048,
        title="Size",
        description="Edge to which each picture is resized; 0 keeps the pixels.",
        json_schema_extra={"unit": "px"},
    )

    @model_validator(mode="after")
    def _channels_once(self) -> Preprocessing:
        if len(set(self.channels)) != len(self.channels) or min(
            self.channels, default=0
        ) < 0:  # fmt: skip
            raise ValueError("channels must be different numbers from 0")
        return self
