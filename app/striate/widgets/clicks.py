"""Clicks in a viewer: a press and a release without a move between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from striate.widgets.services import ViewerLike

__all__ = ["Clicks"]


class Clicks:
    """Calls `on_click(event, add)` when the viewer is clicked with the left button.

    `add` is true with Shift or Control held. Layers in a painting or drawing mode keep
    their clicks, and what turns or moves the view is no click.

    Parameters
    ----------
    viewer
        Whose clicks are listened to, until :meth:`close`.
    on_click
        Hears the mouse event of the release.
    wanted
        Asked at every press; False leaves the press to others.
    """

    def __init__(
        self,
        viewer: ViewerLike,
        on_click: Callable[[Any, bool], None],
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self._viewer, self._on_click, self._wanted = viewer, on_click, wanted
        viewer.mouse_drag_callbacks.append(self._on_drag)

    def close(self) -> None:
        """Listen no more."""
        if self._on_drag in self._viewer.mouse_drag_callbacks:
            self._viewer.mouse_drag_callbacks.remove(self._on_drag)

    def _on_drag(self, viewer: Any, event: Any) -> Iterator[None]:
        if event.button != 1 or not self._wanted() or self._is_drawing():
            return
        yield
        if event.type == "mouse_move":
            return
        add = any(str(m) in ("Shift", "Control") for m in event.modifiers)
        self._on_click(event, add)

    def _is_drawing(self) -> bool:
        active = self._viewer.layers.selection.active
        mode = str(getattr(active, "mode", "pan_zoom"))
        return mode not in ("pan_zoom", "transform")
