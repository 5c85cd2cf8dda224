"""Connections of a panel to what outlives it, undone when the panel goes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from qtpy.QtWidgets import QWidget

__all__ = ["Links"]

T = TypeVar("T")


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

    def follow(
        self,
        signals: Callable[[T], Iterable[tuple[Any, Callable[..., Any]]]],
        old: T | None,
        new: T | None,
    ) -> None:
        """Leave the signals of one thing for those of another; None is no thing.

        `signals` gives the (signal, slot) pairs of a thing.
        """
        for signal, slot in () if old is None else signals(old):
            self.remove(signal, slot)
        for signal, slot in () if new is None else signals(new):
            self.add(signal, slot)

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
