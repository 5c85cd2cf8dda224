"""What a person chooses about a fit."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["FitParams"]


class FitParams(BaseModel):
    """How to fit an encoding model, and what to hold out."""

    model_config = ConfigDict(extra="forbid")

    method: Literal["gcv", "kfold"] = Field(
        "gcv",
        title="Choose alpha by",
        description="gcv: from all images at once; kfold: by leaving out folds.",
    )
    folds: int = Field(5, title="Folds", ge=2, le=100)
    keep_folds: bool = Field(
        False,
        title="Keep folds' weights",
        description="To see whether parts of the data agree on a unit's tuning.",
    )
    alpha_low: float = Field(1e-2, title="Smallest alpha", gt=0)
    alpha_high: float = Field(1e7, title="Largest alpha", gt=0)
    alpha_count: int = Field(20, title="Alphas", ge=1, le=200)
    normalise: bool = Field(
        False,
        title="Unit length",
        description="Bring features to unit length first, as BrainSCUBA does.",
    )
    held_out: float = Field(
        0.2,
        title="Held out",
        description="Share of the images, the last ones, to test the model on; of NSD "
        "those that all subjects saw.",
        ge=0,
        le=0.8,
    )
    permutations: int = Field(
        0,
        title="Permutations",
        description="Shuffles of the images held out, for p and q; 0: none.",
        ge=0,
        le=100_000,
    )

    @property
    def alphas(self) -> list[float]:
        """Penalties to choose from, evenly spaced in their logarithm."""
        found = np.geomspace(self.alpha_low, self.alpha_high, self.alpha_count)
        return [float(a) for a in found]
