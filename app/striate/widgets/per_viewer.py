"""What the panels of one viewer share, found by the viewer."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, ClassVar, Self

from qtpy.QtCore import QObject

if TYPE_CHECKING:
    from striate.widgets.services import ViewerLike

__all__ = ["PerViewer"]


class PerViewer(QObject):
    """Base of an object of which each viewer has one; made by :meth:`of`."""

    _all: ClassVar[weakref.WeakValueDictionary[tuple[type, int], Any]] = (
        weakref.WeakValueDictionary()
    )

    @classmethod
    def of(cls, viewer: ViewerLike) -> Self:
        """Return that of a viewer; panels keep it alive."""
        # Plain napari hands every plugin its own proxy of the one viewer.
        bare: Any = viewer
        while hasattr(bare, "__wrapped__"):
            bare = bare.__wrapped__
        found = cls._all.get((cls, id(bare)))
        if found is None:
            found = cls._all[cls, id(bare)] = cls()
        return found
