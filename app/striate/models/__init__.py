"""Models: cards, the cache, verified download, device choice, safe loading.

Here live the facts about a model file and the ways to get and load one without
running code that came with it. No Qt, no napari, no network architecture.
Public entries: :class:`ModelCard`, :func:`find_card`, :func:`fetch` and
:func:`load_weights`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate.models.cards import ModelCard
    from striate.models.devices import choose_device
    from striate.models.fetching import fetch, find_here, place_of
    from striate.models.registry import default_card, find_card, list_cards
    from striate.models.weights import load_weights

# Lazy: the worker asks for a device without paying for the rest.
_HOMES = {
    "ModelCard": "cards",
    "choose_device": "devices",
    "default_card": "registry",
    "fetch": "fetching",
    "find_card": "registry",
    "find_here": "fetching",
    "list_cards": "registry",
    "load_weights": "weights",
    "place_of": "fetching",
}

__all__ = [
    "ModelCard",
    "choose_device",
    "default_card",
    "fetch",
    "find_card",
    "find_here",
    "list_cards",
    "load_weights",
    "place_of",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"striate.models.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
