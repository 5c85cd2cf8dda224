"""Self-supervised pre-training of a ChAda-ViT, small enough for an ordinary machine.

Here live the pool of training pictures, the views cut from them, self-distillation
(DINO) and its loop; no labels are ever used. Public entry: :func:`pretrain`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from striate_channels.pretraining.params import PretrainParams

if TYPE_CHECKING:
    from striate_channels.pretraining.loop import Pretrained, pretrain

__all__ = ["PretrainParams", "Pretrained", "pretrain"]


def __getattr__(name: str) -> Any:
    # Lazy: params are read where torch is not wanted.
    if name in ("Pretrained", "pretrain"):
        return getattr(import_module("striate_channels.pretraining.loop"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
