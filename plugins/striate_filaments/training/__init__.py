"""Training the learned segmenter: on a person's own neurons, FISBe, or simulations.

Here live what is trained on, targets, losses, the loop that can be resumed, and the
model folder it writes; the network itself is in ``learned``. No Qt, no napari.
Public entries: :class:`TrainParams` and :func:`train`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from striate_filaments.training.params import (
    CurvePoint,
    TrainOutcome,
    TrainParams,
    TrainSource,
)

if TYPE_CHECKING:
    from striate_filaments.training.run import train

__all__ = ["CurvePoint", "TrainOutcome", "TrainParams", "TrainSource", "train"]


def __getattr__(name: str) -> Any:
    # Lazy: panels and the command line read the params long before torch.
    if name == "train":
        return import_module("striate_filaments.training.run").train
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
