"""What may be asked about one region of one image."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from striate_channels.preprocessing.params import Preprocessing

__all__ = ["InspectParams"]


class InspectParams(BaseModel):
    """One region; empty bounds mean all of it.

    `start` and `stop` are (z, y, x) in voxels, stop excluded.
    """

    model_config = ConfigDict(extra="forbid")

    image: Path
    t: int = Field(0, ge=0)
    start: tuple[int, int, int] | None = None
    stop: tuple[int, int, int] | None = None
    model: str = Field("", title="Model")
    num_heads: int | None = Field(None, ge=1, title="Attention heads")
    resize: bool = Field(
        True, title="Resize", description="To the size the model was trained at."
    )
    block: int = Field(
        -1, title="Block", description="Whose attention; -1 is the last."
    )
    preprocessing: Preprocessing = Field(default_factory=Preprocessing)
    axes: str | None = None
    dataset: str | None = None
