"""The learned finder of neurites: a small 3-D U-Net for any number of channels.

Here live the network, what it is shown, its files and cards, and the finder that runs
it where there is something to see; training is next door. No Qt, no napari.
Public entry: :func:`load_model`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate_filaments.learned.files import load_model

__all__ = ["load_model"]


def __getattr__(name: str) -> Any:
    # Lazy: who only asks for the name of the task does not pay for torch.
    if name == "load_model":
        return import_module("striate_filaments.learned.files").load_model
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
