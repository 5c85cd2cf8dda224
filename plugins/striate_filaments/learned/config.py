"""What a learned segmenter is: the shape of its network and how it is run."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["EXTRA", "OFFSETS", "TASK", "LearnedConfig", "Offset"]

TASK = "filaments.segment"
"""What the cards of these models say they are for."""

Offset = tuple[int, int, int]
OFFSETS: tuple[Offset, ...] = (
    (3, 0, 0), (0, 3, 0), (0, 0, 3),
    (5, 0, 0), (0, 5, 0), (0, 0, 5),
    (8, 0, 0), (0, 8, 0), (0, 0, 8),
)  # fmt: skip
"""From a voxel to the one it is compared with, (z, y, x)."""

EXTRA: tuple[str, ...] = (
    "several", "centre", *(f"with {z},{y},{x}" for z, y, x in OFFSETS)
)  # fmt: skip
"""Columns of ``Voxels.extra``, each a probability: that the voxel belongs to two
neurons or more; that it lies on a centre line; and for each of ``OFFSETS`` that it
shares a neuron with the voxel there, provided that both belong to one."""

Width = Annotated[int, Field(ge=1, le=512)]


class LearnedConfig(BaseModel):
    """Widths of the network, and the windows it is run on.

    Parameters
    ----------
    widths
        Feature maps at full, half and quarter resolution.
    cell, margin
        The volume is looked at in cubes of `cell` voxels on a fixed grid, each with
        `margin` voxels around it: what a voxel is given depends on nothing else.
    bias
        Added to the logit of a voxel belonging to a neuron, found on validation
        volumes: a network trained with weighted classes is too ready to see one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    widths: tuple[Width, Width, Width] = (8, 20, 40)
    cell: int = Field(32, ge=8, le=256, multiple_of=8)
    margin: int = Field(8, ge=8, le=64, multiple_of=4)
    bias: float = 0.0

    @property
    def window(self) -> int:
        """Edge of what the network sees at a time, in voxels."""
        return self.cell + 2 * self.margin

    @model_validator(mode="after")
    def _farthest_fits(self) -> LearnedConfig:
        if self.margin < max(max(o) for o in OFFSETS):
            raise ValueError("margin must reach as far as the farthest comparison")
        return self
