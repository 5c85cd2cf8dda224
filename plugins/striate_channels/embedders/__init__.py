"""Embedders: one contract for models that see all channels at once, or one by one.

Here live the contract, the two channel policies and the way from a model card to an
embedder; no preprocessing, no files of images. Public entry: :func:`open_embedder`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate_channels.embedders.bag import BagOfChannels
    from striate_channels.embedders.contract import Embedder, EmbeddingSpace
    from striate_channels.embedders.joint import JointEmbedder
    from striate_channels.embedders.opening import open_embedder

_HOMES = {
    "BagOfChannels": "bag",
    "Embedder": "contract",
    "EmbeddingSpace": "contract",
    "JointEmbedder": "joint",
    "open_embedder": "opening",
}

__all__ = [
    "BagOfChannels",
    "Embedder",
    "EmbeddingSpace",
    "JointEmbedder",
    "open_embedder",
]


def __getattr__(name: str) -> Any:
    # Lazy: a space is described where torch is not wanted.
    if name in _HOMES:
        module = import_module(f"striate_channels.embedders.{_HOMES[name]}")
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
