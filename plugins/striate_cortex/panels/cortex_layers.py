"""A cortex drawn in a viewer: the surface, outlines of regions, marker and pins.

Vertices are given in (z, y, x) order, so that surfaces and volumes share one scene;
the viewer is turned so that nothing is mirrored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QTimer

from striate.widgets.cameras import show_unmirrored
from striate_cortex.panels.cortex_view import CortexView
from striate_cortex.panels.region_names import RegionNames
from striate_cortex.panels.standard_views import fit, fitting_zoom, look_from
from striate_cortex.surfaces import Outlines
from striate_cortex.surfaces.shading import lit, vertex_normals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from striate.widgets.services import ViewerLike
    from striate_cortex.subjects import Subject

__all__ = [
    "CortexLayers",
    "add_subject",
    "add_view",
    "cortex_views",
    "layers_of",
    "view_of",
]

MARKER, PIN = "#FFFFFF", "#FFC20A"
_LINE = 0.8
"""Width of outlines in millimetres, on a surface as wide as a head."""
_BALL = 4.0
"""Diameter of the marker in millimetres, likewise."""
_LIGHT_AFTER_MS = 60
"""The light follows the camera once it has rested for so long."""


class CortexLayers:
    """Draws a :class:`CortexView` in a viewer and keeps up with it.

    Parameters
    ----------
    view
        What is drawn.
    viewer
        Where.
    """

    def __init__(self, view: CortexView, viewer: ViewerLike) -> None:
        self.view, self._viewer = view, viewer
        show_unmirrored(viewer)
        self._borders: dict[bool, _Borders] = {}
        self._shown = view.shown_vertices
        self._normals = vertex_normals(view.points, view.faces)
        self._lit = np.empty_like(view.colours)
        self._light()
        title = view.subject.title
        self.surface = viewer.add_surface(
            self._data(),
            vertex_colors=self._lit,
            # The light is in the colours: napari would need seconds for its normals.
            shading="none",
            name=title,
            **_IN_MM,
        )
        _answer_hover(self.surface)
        self.outlines = viewer.add_surface(
            self._strips(),
            shading="none",
            colormap="gray",
            contrast_limits=(0, 1),
            name=f"Regions of {title}",
            visible=len(self._outlines) > 0,
            **_IN_MM,
        )
        _answer_hover(self.outlines)
        self.marks = viewer.add_points(
            np.zeros((0, 3)), ndim=3, name=f"Places on {title}",
            size=self._width(_BALL), border_color="black", border_width=0.15, **_IN_MM,
        )  # fmt: skip
        self.names = RegionNames(view, viewer, **_IN_MM)
        # Who finds the view finds all of its layers.
        self.surface.metadata["striate"] = {
            "source": str(view.subject.folder),
            "simulated": view.subject.simulated,
            "view": view,
            "layers": self,
        }
        viewer.dims.ndisplay = 3
        viewer.layers.selection.clear()
        view.moved.connect(self._on_moved)
        view.painted.connect(self._on_painted)
        view.picked.connect(self._on_marked)
        view.pinned.connect(self._on_marked)
        viewer.layers.events.removed.connect(self._on_removed)
        self._turning = QTimer(singleShot=True, interval=_LIGHT_AFTER_MS)
        self._turning.timeout.connect(self._on_turned)
        for moved in self._camera_moves():
            moved.connect(self._on_turning)
        self._on_marked()

    def __deepcopy__(self, memo: dict[int, Any]) -> None:
        """Leave a duplicated layer without us: it is a surface like any other."""

    # ---- Public methods

    @property
    def all(self) -> tuple[Any, ...]:
        """Its layers."""
        return self.surface, self.outlines, self.marks, self.names.layer

    def show_outlines(self, on: bool) -> None:
        """Draw the borders of regions, or not."""
        self.outlines.visible = on

    def renew_outlines(self) -> None:
        """Draw borders and names again after regions have changed."""
        self._borders.clear()
        self.names.renew()
        self.outlines.data = self._strips()
        self.outlines.visible = len(self._outlines) > 0

    def light_now(self) -> None:
        """Let the light come from where the camera is now."""
        self._turning.stop()
        self._on_painted()
        self.names.place()

    def close(self) -> None:
        """Draw no more."""
        self._turning.stop()
        self._viewer.layers.events.removed.disconnect(self._on_removed)
        for moved in self._camera_moves():
            moved.disconnect(self._on_turning)
        for signal, slot in (
            (self.view.moved, self._on_moved),
            (self.view.painted, self._on_painted),
            (self.view.picked, self._on_marked),
            (self.view.pinned, self._on_marked),
        ):
            signal.disconnect(slot, missing_ok=True)
        for layer in self.all:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)

    # ---- Private methods

    def _camera_moves(self) -> tuple[Any, ...]:
        events = self._viewer.scene.camera.events
        return events.angles, events.zoom

    def _data(self) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        return np.ascontiguousarray(self.view.points[:, ::-1]), self.view.faces

    def _width(self, millimetres: float) -> float:
        """Width of what is drawn on the surface: more where that is larger."""
        return millimetres * max(1.0, float(np.ptp(self.view.points[:, 0])) / 220)

    def _light(self) -> None:
        """Work the light into the colours, in place; a flat map has none."""
        if self.view.is_flat:
            self._lit[:] = self.view.colours
            return
        viewer_is = -np.asarray(self._viewer.scene.camera.view_direction)[::-1]
        lit(self.view.colours, self._normals, viewer_is, self._lit)

    @property
    def _outlines(self) -> _Borders:
        # Cut open, a region's border ends at the cut.
        cut = self.view.is_flat
        if cut not in self._borders:
            self._borders[cut] = _outlines(self.view, flat=cut)
        return self._borders[cut]

    def _strips(self) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        points, faces = self._outlines.strips(self.view, self._width(_LINE))
        return np.ascontiguousarray(points[:, ::-1]), faces

    def _on_moved(self) -> None:
        before = fitting_zoom(self._viewer, self._shown)
        self._shown = self.view.shown_vertices
        faces = self.view.faces
        if not self.view.is_flat:
            self._normals = vertex_normals(self.view.points, faces)
        self._light()
        # The colours went into the layer's own array: one redraw for both.
        self.surface.data = (np.ascontiguousarray(self.view.points[:, ::-1]), faces)
        if len(self._outlines):
            self.outlines.data = self._strips()
        self._on_marked()
        # Names wait until the surface rests: looking for what hides them takes long.
        self._turning.start()
        if len(self._shown):
            # What one looks at keeps its size on screen while it unfolds.
            zoom = fitting_zoom(self._viewer, self._shown) / before
            self._viewer.scene.camera.zoom *= zoom

    def _on_painted(self) -> None:
        self._light()
        self.surface.vertex_colors = self._lit

    def _on_turning(self, event: Any = None) -> None:
        self._turning.start()

    def _on_turned(self) -> None:
        if not self.view.is_flat:
            self._on_painted()
        self.names.place()

    def _on_marked(self, _: Any = None) -> None:
        pins = [pin for pin in self.view.pins if pin != self.view.vertex]
        chosen = [] if self.view.vertex is None else [self.view.vertex]
        places = self.view.points[[*pins, *chosen]][:, ::-1]
        if not len(places) and not len(self.marks.data):
            return
        self.marks.selected_data = set()
        self.marks.data = places
        if len(places):
            self.marks.size = self._width(_BALL)
            self.marks.face_color = [PIN] * len(pins) + [MARKER] * len(chosen)
            self.marks.refresh()

    def _on_removed(self, event: Any) -> None:
        if event.value is self.surface:
            self.close()


class _Borders:
    """Outlines of regions that may overlap."""

    def __init__(self, parts: Sequence[Outlines]) -> None:
        self._parts = [part for part in parts if len(part)]

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def strips(
        self, view: CortexView, width: float
    ) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Return (p, 3) points and (f, 3) triangles of the hemispheres shown."""
        # An empty surface cannot be drawn: a strip of no size stands in.
        points, faces = [np.zeros((3, 3), np.float32)], [np.array([[0, 1, 2]], "i4")]
        start = 3
        for part in self._parts:
            strips, halves = part.ribbons(view.points, width=width, lift=width / 2)
            left = part.faces[:, 0] < view.brain.n_left
            shown = np.where(left, "left" in view.sides, "right" in view.sides)
            points.append(strips)
            faces.append((halves + start)[np.tile(shown, 2)])
            start += len(strips)
        if start > 3:
            points[0][:] = points[1][0]
        return np.concatenate(points), np.concatenate(faces)


def add_subject(viewer: ViewerLike, subject: Subject) -> CortexView:
    """Show a subject's cortex from behind and return its view.

    Raises
    ------
    InputError
        When its files do not fit one another.
    """
    return add_view(viewer, CortexView(subject))


def add_view(viewer: ViewerLike, view: CortexView) -> CortexView:
    """Draw a view that was made, perhaps in another thread."""
    look_from(viewer, "back")
    CortexLayers(view, viewer)
    # What was shown before may have left its camera to scenes in 3-D.
    look_from(viewer, "back")
    fit(viewer, view.shown_vertices)
    return view


def view_of(layer: Any) -> CortexView | None:
    """Return the view of a layer that shows a cortex, else None."""
    if layer is None:
        return None
    view = (layer.metadata.get("striate") or {}).get("view")
    return view if isinstance(view, CortexView) else None


def layers_of(layer: Any) -> CortexLayers | None:
    """Return all layers that are drawn with a surface layer."""
    found = (layer.metadata.get("striate") or {}).get("layers")
    return found if isinstance(found, CortexLayers) else None


def surface_of(viewer: ViewerLike, view: CortexView) -> Any | None:
    """Return the surface layer that shows a view in this viewer, or None."""
    return next((layer for layer in viewer.layers if view_of(layer) is view), None)


def cortex_views(viewer: ViewerLike) -> list[CortexView]:
    """Return the views of a viewer, the last added first."""
    found = [view_of(layer) for layer in reversed(list(viewer.layers))]
    return [view for view in found if view is not None]


# ---- Private functions

_IN_MM = {"units": ["mm"] * 3, "axis_labels": ["z", "y", "x"]}


def _answer_hover(layer: Any) -> None:
    """Let the pointer rest on the surface for free.

    For its status bar napari tests every triangle in Python on each move of the
    mouse: 0.4 s at 600,000 triangles. The place under a click is told by our panel.
    """
    told = {
        "layer_name": layer.name,
        "layer_base": layer.name,
        "source_type": "",
        "plugin": "",
        "coordinates": "",
        "value": "",
    }
    layer.get_status = lambda *args, **kwargs: dict(told)


def _outlines(view: CortexView, *, flat: bool) -> _Borders:
    unit = view.units.unit_of_vertex
    shown = [
        (unit >= 0) & np.asarray(inside)[unit] for inside in view.units.rois.values()
    ]
    if not shown:
        return _Borders([])
    faces = view.brain.faces(flat=flat)
    if np.sum(shown, axis=0).max() <= 1:
        labels = np.zeros(len(unit), np.int32)
        for number, inside in enumerate(shown, 1):
            labels[inside] = number
        return _Borders([Outlines(labels, faces)])
    return _Borders([Outlines(inside.astype(np.int32), faces) for inside in shown])
