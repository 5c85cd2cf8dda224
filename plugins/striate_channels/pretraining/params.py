"""What may be chosen about a pre-training; stored in the model's card."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["PretrainParams"]


class PretrainParams(BaseModel):
    """A small network by default; `minutes` or `steps`, whichever comes first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = Field(2000, ge=1, le=1_000_000, title="Steps")
    minutes: float = Field(
        30.0,
        gt=0,
        le=10_000,
        title="Longest time",
        description="The schedule follows whichever of steps and time ends first.",
        json_schema_extra={"unit": "min"},
    )
    batch: int = Field(32, ge=2, le=4096, title="Pictures per step")
    simulated: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Simulated share",
        description="Share of steps on simulated fields; 1 where there are no images.",
    )
    depth: int = Field(4, ge=1, le=48, title="Blocks")
    embed_dim: int = Field(96, ge=8, le=1024, title="Dimensions")
    num_heads: int = Field(4, ge=1, le=64, title="Heads")
    ffn_dim: int = Field(288, ge=8, le=8192, title="Wide layer")
    patch_size: int = Field(
        8, ge=2, le=64, title="Patch", json_schema_extra={"unit": "px"}
    )
    img_size: int = Field(
        64, ge=8, le=512, title="Picture", json_schema_extra={"unit": "px"}
    )  # fmt: skip
    prototypes: int = Field(512, ge=8, le=65536, title="Prototypes")
    rate: float = Field(1e-3, gt=0, le=1, title="Learning rate")
    threads: int = Field(
        0, ge=0, le=256, title="Threads", description="0 leaves it to torch."
    )
