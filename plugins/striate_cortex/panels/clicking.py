"""Clicks on the cortex, and the arrow keys that walk on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.widgets.clicks import Clicks
from striate_cortex.panels.cortex_layers import surface_of
from striate_cortex.panels.standard_views import screen_axes

if TYPE_CHECKING:
    from collections.abc import Callable

    from striate.widgets.services import ViewerLike
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["CortexClicks", "CortexKeys", "vertex_under"]

STRIDE = 6.0
"""Millimetres that an arrow key goes with Shift held."""
_WAYS = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, 1), "Down": (0, -1)}


class CortexClicks:
    """Calls `on_click(vertex or None, add)` when the viewer is clicked.

    See :class:`striate.widgets.clicks.Clicks` for what a click is.
    """

    def __init__(
        self,
        viewer: ViewerLike,
        view: Callable[[], CortexView | None],
        on_click: Callable[[int | None, bool], None],
    ) -> None:
        self._viewer, self._view, self._on_click = viewer, view, on_click
        self._clicks = Clicks(viewer, self._on_event, lambda: view() is not None)

    def close(self) -> None:
        """Listen no more."""
        self._clicks.close()

    def _on_event(self, event: Any, add: bool) -> None:
        view = self._view()
        if view is not None:
            self._on_click(vertex_under(self._viewer, view, event), add)


class CortexKeys:
    """Arrow keys choose the neighbouring vertex; with Shift, one 6 mm away."""

    def __init__(
        self, viewer: ViewerLike, view: Callable[[], CortexView | None]
    ) -> None:
        self._viewer, self._view = viewer, view
        self._bound = [
            (f"{shift}{key}", way, STRIDE if shift else 0.0)
            for key, way in _WAYS.items()
            for shift in ("", "Shift-")
        ]
        for key, way, distance in self._bound:
            viewer.bind_key(key, self._step_by(way, distance), overwrite=True)

    def close(self) -> None:
        """Give the keys back."""
        for key, *_ in self._bound:
            self._viewer.bind_key(key, None, overwrite=True)

    def _step_by(self, way: tuple[int, int], distance: float) -> Callable[[Any], None]:
        def step(viewer: Any) -> None:
            view = self._view()
            if view is not None:
                right, up = screen_axes(self._viewer)
                view.step(way[0] * right + way[1] * up, distance)

        return step


def vertex_under(viewer: ViewerLike, view: CortexView, event: Any) -> int | None:
    """Return the vertex of a shown cortex that a mouse event is over, or None."""
    surface = surface_of(viewer, view)
    if surface is None or not surface.visible or len(event.dims_displayed) != 3:
        return None
    start, end = surface.get_ray_intersections(
        event.position, event.view_direction, list(event.dims_displayed), world=True
    )
    if start is None or end is None:
        return None
    origin, target = (np.asarray(p, float)[-3:][::-1] for p in (start, end))
    way = target - origin
    # A flat map's box has no depth: the ray begins in front of it.
    length = float(np.linalg.norm(way))
    if length < 1e-6:
        way = np.asarray(event.view_direction, float)[-3:][::-1]
        length = 1.0
    back = way / max(float(np.linalg.norm(way)), 1e-12)
    return view.hit(origin - 10 * back, back)
