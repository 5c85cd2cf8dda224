"""Connections of a panel to what outlives it, undone when the panel goes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QWidget

__all__ = ["Links"]


class Links:
    """Connects a widget to signals of viewers, jobs and views.

    Closing or destroying the widget disconnects it; napari and psygnal would else
    call into a widget whose C++ half is gone.
    """

    def __init__(self, widget: QWidget) -> None:
        self._made: list[tuple[Any, Callable[..., Any]]] = []
        self._cleaners: list[Callable[[], None]] = []
        widget.destroyed.connect(self.close)

    def add(self, signal: Any, slot: Callable[..., Any]) -> None:
        """Connect, and remember it."""
        signal.connect(slot)
        self._made.append((signal, slot))

    def remove(self, signal: Any, slot: Callable[..., Any]) -> None:
        """Disconnect now."""
        self._made = [m for m in self._made if m != (signal, slot)]
        with contextlib.suppress(ValueError, RuntimeError, KeyError, TypeError):
            signal.disconnect(slot)

    def at_end(self, cleaner: Callable[[], None]) -> None:
        """Call this, too, when the widget goes."""
        self._cleaners.append(cleaner)

    def close(self, *_: Any) -> None:
        """Undo everything; a second time does nothing."""
        for signal, slot in list(self._made):
            self.remove(signal, slot)
        cleaners, self._cleaners = self._cleaners, []
        for cleaner in cleaners:
            cleaner()
