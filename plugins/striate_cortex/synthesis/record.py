"""What making images asks for, what it says on the way, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Forming", "Method", "Synthesis", "SynthesisParams"]

Method = Literal["activation", "guided", "text"]


class SynthesisParams(BaseModel):
    """How images are made; what a method does not use is left alone.

    Parameters
    ----------
    method
        ``"activation"``: by gradient through the encoder, offline; ``"guided"``:
        diffusion led by the unit (BrainDiVE); ``"text"``: text to image.
    model
        Diffusion model for guided and text: a card's id, a folder in the layout of
        diffusers, or ``owner/name`` of the hub. Empty: the card for the method.
    prompt
        Of text: what to show. Of guided: what to lean towards; empty is BrainDiVE's.
    seeds
        How many images are made, from the seed of the run upwards.
    keep
        Share of them that is kept, the best by the encoder; 1 keeps all. None: a fifth
        where there are ten or more, else all.
    steps
        0: 120 by gradient, 50 by diffusion, or what the model's card says.
    size
        Edge in pixels; 0: 192 by gradient, else the model's own.
    scale, sag_scale
        Strength of guidance by the unit, and of self-attention guidance.
    guidance_scale
        Strength of the prompt; None: 0 for guided, and the model's own for text.
    schedule
        Of diffusion. Empty: ``"dpm++"``, or what the model's card says.
    batch
        Images at a time; halved when memory runs out. 0: 3 by gradient, else 1.
    jitter
        How far "more like this" goes from the images it starts with, 0 to 1.
    """

    model_config = ConfigDict(extra="forbid")

    method: Method = "activation"
    model: str = ""
    prompt: str = ""
    seeds: int = Field(3, ge=1, le=10_000)
    keep: float | None = Field(None, gt=0, le=1)
    steps: int = Field(0, ge=0, le=1000)
    size: int = Field(0, ge=0, le=2048)
    scale: float = 130.0
    sag_scale: float = 0.75
    guidance_scale: float | None = None
    schedule: Literal["", "dpm++", "ddim", "unipc", "own"] = ""
    batch: int = Field(0, ge=0, le=64)
    jitter: float = Field(0.3, ge=0, le=1)

    @property
    def kept(self) -> float:
        """The share that is kept."""
        if self.keep is not None:
            return self.keep
        return 0.2 if self.seeds >= 10 else 1.0


@dataclass(frozen=True)
class Forming:
    """Images on their way.

    Parameters
    ----------
    step, steps
        How far these are.
    images
        (b, h, w, 3) uint8, as they look now.
    seeds
        (b,) which they are.
    done, total
        Images finished before these, and how many there will be.
    """

    step: int
    steps: int
    images: NDArray[np.uint8]
    seeds: NDArray[np.int64]
    done: int
    total: int


@dataclass(frozen=True)
class Synthesis:
    """Images made for a unit, a region or a contrast, the best first; n of them.

    Parameters
    ----------
    images
        (n, h, w, 3) uint8.
    seeds
        (n,) to make the same image again.
    predicted
        (n,) responses to the images as they are here, by the model's own encoder;
        without intercept. They are ranked by it, except those by activation.
    z, percentile
        (n,) where that stands among a library's items; NaN where there is none.
    judged
        (n,) responses by a network that had no part in making them, by which images
        by activation are ranked; NaN where there is none.
    method
        See :class:`SynthesisParams`.
    model
        Card of the diffusion model; of the encoder's networks for activation.
    simulated
        Whether the responses behind the weights are.
    made
        How many were made before the best were kept.
    facts
        JSON-able: every parameter as it was used, the prompt, how long it took.
    """

    images: NDArray[np.uint8]
    seeds: NDArray[np.int64]
    predicted: NDArray[np.float64]
    z: NDArray[np.float64]
    percentile: NDArray[np.float64]
    judged: NDArray[np.float64]
    method: Method
    model: dict[str, Any] = field(default_factory=dict)
    simulated: bool = False
    made: int = 0
    facts: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.images)

    def rows(self) -> list[dict[str, Any]]:
        """Return one JSON-able record for each image, without its pixels."""
        return [
            {
                "seed": int(self.seeds[k]),
                "predicted": _number(self.predicted[k]),
                "z": _number(self.z[k]),
                "percentile": _number(self.percentile[k]),
                "judged": _number(self.judged[k]),
            }
            for k in range(len(self))
        ]

    def taken(self, order: NDArray[np.int64]) -> Synthesis:
        """Return those images, in that order."""
        from dataclasses import replace

        parts = ("images", "seeds", "predicted", "z", "percentile", "judged")
        return replace(self, **{name: getattr(self, name)[order] for name in parts})


def _number(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
