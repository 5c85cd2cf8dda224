"""Linking: which fragments are one neuron, learned from neurons that are known.

Here live fragments with their features, the small network that scores a link, the
joining by those scores, and how it is trained; no volumes, no Qt, no napari. Public
entry: :func:`join_learned`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate_filaments.linking.joining import join_learned
    from striate_filaments.linking.model import LinkModel, load_links

_HOMES = {
    "LinkModel": "striate_filaments.linking.model",
    "join_learned": "striate_filaments.linking.joining",
    "load_links": "striate_filaments.linking.model",
}

__all__ = ["LinkModel", "join_learned", "load_links"]


def __getattr__(name: str) -> Any:
    # Numba takes a while to load; the training's parameters do without it.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
