"""Names of regions, written on the surface where they can be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate_cortex.panels.standard_views import screen_axes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.widgets.services import ViewerLike
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["RegionNames"]

_SIZE = 10
_LIFT = 3.0
"""Millimetres in front of the surface, on one as wide as a head."""
_NEAR = 8.0
"""Millimetres within which what a ray meets is the place that is named."""
_EDGES = ((-1, 0), (1, 0), (0, -1), (0, 1), (0, 0))
"""Pixels by which a name is drawn again in black, so that it is read on any colour."""
_BEHIND = 6.0
"""Millimetres behind its middle where a region is no longer looked for its top."""
_LINE = 20.0
_LETTER = 9.5
"""Height of a line and width of a letter in pixels, to keep names apart."""
_MOST = 60
"""Names that are written without being asked for; more would cover the map."""


class RegionNames:
    """Writes each region's name at its middle, once in each hemisphere.

    Parameters
    ----------
    view, viewer
        What is drawn, and where.
    options
        Of napari's points layer, such as units.
    """

    def __init__(self, view: CortexView, viewer: ViewerLike, **options: Any) -> None:
        self._view, self._viewer = view, viewer
        self.vertices: NDArray[np.int64] = np.zeros(0, np.int64)
        self.names: list[str] = []
        self._inside: list[NDArray[np.int64]] = []
        self._reach: list[float] = []
        self._find()
        few = 0 < len(self.names) <= _MOST
        self.layer = viewer.add_points(
            np.zeros((0, 3)), ndim=3, name=f"Names on {view.subject.title}", size=0.01,
            border_width=0, visible=few, blending="translucent_no_depth", **options,
        )  # fmt: skip
        self.layer.events.visible.connect(self._on_shown)
        self.place()

    # ---- Public methods

    def show(self, on: bool) -> None:
        """Write the names, or not."""
        self.layer.visible = on

    def renew(self) -> None:
        """Write them again after regions have changed."""
        self._find()
        self.place()

    def place(self) -> None:
        """Bring names to where the surface is now; leave out those behind it."""
        if not self.layer.visible:
            return
        rows = np.flatnonzero(self.seen())
        names = [self.names[i] for i in rows]
        self.layer.data = self._places(rows, names)
        self.layer.features = {"name": np.array(names * len(_EDGES), object)}
        self.layer.text = {
            "string": "{name}", "size": _SIZE,
            "color": {"array": _colours(len(names)), "default": "white"},
            # What hides a name is asked of the surface: half a word says nothing.
            "blending": "translucent_no_depth",
        }  # fmt: skip

    def seen(self) -> NDArray[np.bool_]:
        """Which names lie on what is seen: shown, and in front."""
        view = self._view
        left = self.vertices < view.brain.n_left
        shown = np.where(left, "left" in view.sides, "right" in view.sides)
        if view.is_flat:
            return shown
        towards = np.asarray(self._viewer.scene.camera.view_direction, float)[::-1]
        for i in np.flatnonzero(shown):
            point = view.points[self.vertices[i]].astype(float)
            met = view.hit(point - 1000 * towards, towards)
            away = np.inf
            if met is not None:
                away = float(np.linalg.norm(view.points[met] - point))
            shown[i] = away < _NEAR * self._scale()
        return shown

    # ---- Private methods

    def _on_shown(self, event: Any = None) -> None:
        self.place()

    def _find(self) -> None:
        view = self._view
        unit, points = view.units.unit_of_vertex, view.brain.vertices(_folded(view))
        found: list[tuple[str, int]] = []
        self._inside, self._reach = [], []
        for name, inside in view.units.rois.items():
            of_region = (unit >= 0) & np.asarray(inside)[unit]
            for start, end in ((0, view.brain.n_left), (view.brain.n_left, len(unit))):
                rows = start + np.flatnonzero(of_region[start:end])
                if len(rows):
                    away = points[rows] - points[rows].mean(axis=0)
                    nearest = int(np.argmin((away**2).sum(axis=1)))
                    found.append((name, int(rows[nearest])))
                    self._inside.append(rows)
                    spread = np.sqrt((away**2).sum(axis=1))
                    self._reach.append(1.5 * float(np.percentile(spread, 90)))
        self.names = [name for name, _ in found]
        self.vertices = np.array([vertex for _, vertex in found], np.int64)

    def _places(
        self, chosen: NDArray[np.int64], names: list[str]
    ) -> NDArray[np.float32]:
        """(edges n, 3) as (z, y, x): the dark copies first, the name itself last.

        A name stands over its region, for it would hide what is painted there.
        """
        if not len(chosen):
            return np.zeros((0, 3), np.float32)
        right, up = screen_axes(self._viewer)
        towards = np.asarray(self._viewer.scene.camera.view_direction, float)[::-1]
        pixel = 1 / max(float(self._viewer.scene.camera.zoom), 1e-6)
        points = self._view.points[self.vertices[chosen]].astype(float)
        tops = np.array([self._top(i, up, towards) for i in chosen])
        rise = tops - points @ up + _LINE / 2 * pixel
        points = points + rise[:, None] * up - _LIFT * self._scale() * towards
        on_screen = np.stack([points @ right, points @ up], axis=1) / pixel
        more = _apart(on_screen, [len(name) * _LETTER for name in names])
        points = points + pixel * more[:, None] * up
        moves = [pixel * (x * right + y * up) for x, y in _EDGES]
        moved = np.concatenate([points + move for move in moves])
        return moved[:, ::-1].astype(np.float32)

    def _top(
        self, i: int, up: NDArray[np.float64], towards: NDArray[np.float64]
    ) -> float:
        """How high a region reaches on screen.

        What a cut has taken far away, and what bends back out of sight, does not count.
        """
        points = self._view.points[self._inside[i]]
        away = points - self._view.points[self.vertices[i]]
        reach = max(self._reach[i] * self._scale(), 1.0)
        near = (away**2).sum(axis=1) <= reach**2
        near &= away @ towards <= _BEHIND * self._scale()
        return float((points[near] @ up).max())

    def _scale(self) -> float:
        return max(1.0, float(np.ptp(self._view.points[:, 0])) / 220)


def _colours(n: int) -> NDArray[np.float64]:
    """Dark for the copies, light for the names."""
    dark, light = np.tile([[0, 0, 0, 0.85]], (n, 1)), np.ones((n, 4))
    return np.concatenate([dark] * (len(_EDGES) - 1) + [light])


def _apart(places: NDArray[np.float64], widths: list[float]) -> NDArray[np.float64]:
    """(n,) pixels by which each name must rise so that none lies on another."""
    rise = np.zeros(len(places))
    order = np.argsort(places[:, 1], kind="stable")
    for k, i in enumerate(order):
        for j in order[:k]:
            beside = abs(places[i, 0] - places[j, 0]) >= (widths[i] + widths[j]) / 2
            above = places[i, 1] + rise[i] - places[j, 1] - rise[j]
            if not beside and above < _LINE:
                rise[i] += _LINE - above
    return rise


def _folded(view: CortexView) -> str:
    """Name a surface on which the middle of a region lies inside it."""
    stops = view.morph.stops
    return "inflated" if "inflated" in stops else stops[0]
