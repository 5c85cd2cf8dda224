"""Profiles: what a table of embeddings says.

Here live maps (PCA, UMAP), clusters, classification with grouped cross-validation,
batch effects, search by example, figures and the AnnData export; no images and no
networks. Public entries: :func:`profile_embeddings`, :func:`search`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from striate_channels.profiles.params import ProfileParams

if TYPE_CHECKING:
    from striate_channels.profiles.run import Profiled, profile_embeddings
    from striate_channels.profiles.searching import search

_HOMES = {"Profiled": "run", "profile_embeddings": "run", "search": "searching"}

__all__ = ["ProfileParams", "Profiled", "profile_embeddings", "search"]


def __getattr__(name: str) -> Any:
    # Lazy: scikit-learn takes a second to import.
    if name in _HOMES:
        return getattr(import_module(f"striate_channels.profiles.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
