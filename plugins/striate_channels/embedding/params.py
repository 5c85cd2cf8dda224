"""What may be asked of an embedding."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from striate_channels.objects.items import ObjectParams
from striate_channels.preprocessing.params import Preprocessing

__all__ = ["EmbedParams"]


class EmbedParams(BaseModel):
    """Embed images, their tiles, or the objects labelled in them.

    `labels` are as many files as `images`, in the same order: label images, or
    neurons (``X.neurons.zarr``). Everything else has the meaning its parts give it.
    """

    model_config = ConfigDict(extra="forbid")

    images: tuple[Path, ...] = Field(title="Images")
    labels: tuple[Path, ...] = Field((), title="Labels")
    metadata: Path | None = Field(
        None,
        title="Metadata",
        description="CSV with a column 'source' (file name) and perhaps 'object_id'.",
    )
    model: str = Field(
        "", title="Model", description="A model card or file; empty is the default."
    )
    num_heads: int | None = Field(None, ge=1, le=256, title="Attention heads")
    pooling: Literal["mean", "concatenate"] = Field(
        "mean",
        title="Pool channels",
        description="Of models that see one channel at a time.",
    )
    resize: Literal["model", "native", "custom"] = Field(
        "model",
        title="Resize",
        description="model: the size it was trained at; native: keep the pixels.",
    )
    preprocessing: Preprocessing = Field(default_factory=Preprocessing)
    objects: ObjectParams = Field(default_factory=ObjectParams)
    tokens: bool = Field(
        False, title="Patches", description="Store the vectors of all patches too."
    )
    batch: int = Field(
        32, ge=1, le=4096, title="Batch", description="Pictures prepared together."
    )
    axes: str | None = Field(None, title="Axes")
    dataset: str | None = Field(None, title="Dataset")
    voxel_size: tuple[float, ...] | None = Field(
        None, title="Voxel size", json_schema_extra={"unit": "µm"}
    )

    @model_validator(mode="after")
    def _labels_fit(self) -> EmbedParams:
        if not self.images:
            raise ValueError("name at least one image")
        if self.labels and len(self.labels) != len(self.images):
            raise ValueError(
                f"there are {len(self.images)} images and {len(self.labels)} label "
                "files: give one for each, in the same order"
            )
        if self.labels and self.objects.tile:
            raise ValueError("choose tiles or labelled objects, not both")
        return self

    def smaller(self) -> EmbedParams | None:
        """Return the same request with half the batch, for tight memory."""
        if self.batch == 1:
            return None
        return self.model_copy(update={"batch": max(1, self.batch // 2)})

    def open_options(self) -> dict[str, Any]:
        """Return the options for opening each image."""
        return {"axes": self.axes, "dataset": self.dataset,
                "voxel_size": self.voxel_size}  # fmt: skip
