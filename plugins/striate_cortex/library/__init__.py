"""Library: images and texts with vectors of one encoder's space, searched exactly.

Here live reading of pictures, captions and ready vectors, the store on disk and the
search in it; no encoders of its own, no panels. Public entries: :func:`open_library`,
:func:`build_library`, :func:`import_vectors`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate_cortex.library.building import add_to_library, build_library
    from striate_cortex.library.defaults import default_library
    from striate_cortex.library.importing import import_vectors
    from striate_cortex.library.items import Item
    from striate_cortex.library.store import Found, Library, open_library

_HOMES = {
    "Found": "store",
    "Item": "items",
    "Library": "store",
    "add_to_library": "building",
    "build_library": "building",
    "default_library": "defaults",
    "import_vectors": "importing",
    "open_library": "store",
}

__all__ = [
    "Found",
    "Item",
    "Library",
    "add_to_library",
    "build_library",
    "default_library",
    "import_vectors",
    "open_library",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        module = import_module(f"striate_cortex.library.{_HOMES[name]}")
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
