"""ChAda-ViT: a vision transformer for images with any number of channels.

Here live the network, its configuration, strict loading of published checkpoints
and attention maps; no preprocessing, no files other than weights. torch is imported
only when a network is. Public entry: :func:`load_chadavit`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate_channels.chadavit.attention import AttentionMaps, attention_maps
    from striate_channels.chadavit.config import ChAdaViTConfig
    from striate_channels.chadavit.loading import load_chadavit
    from striate_channels.chadavit.network import ChAdaViT
    from striate_channels.chadavit.saving import save_chadavit

_HOMES = {
    "AttentionMaps": "attention",
    "ChAdaViT": "network",
    "ChAdaViTConfig": "config",
    "attention_maps": "attention",
    "load_chadavit": "loading",
    "save_chadavit": "saving",
}

__all__ = [
    "AttentionMaps",
    "ChAdaViT",
    "ChAdaViTConfig",
    "attention_maps",
    "load_chadavit",
    "save_chadavit",
]


def __getattr__(name: str) -> Any:
    # Lazy: the configuration is read where torch is not wanted.
    if name in _HOMES:
        module = import_module(f"striate_channels.chadavit.{_HOMES[name]}")
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
