"""Seeds, previews, traces and the place to look at, drawn over the neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate_filaments.proofreading.voxels import points

if TYPE_CHECKING:
    from striate.widgets.services import ViewerLike
    from striate_filaments.panels.neurons_view import NeuronsView
    from striate_filaments.panels.proofread_tools import Tools, Voxel
    from striate_filaments.proofreading import Delta
    from striate_filaments.skeletons import Skeleton

__all__ = ["Overlay"]

_FIRST, _SECOND = "#FFB000", "#4DA3FF"
_MOST_POINTS = 4000


class Overlay:
    """Points layers for marks and a Vectors layer for traces, made when needed.

    Colour is not the only sign: the first part's marks are discs, the second's
    squares, the place to look at a ring, the node where a trace goes on a diamond.
    """

    def __init__(self, viewer: ViewerLike) -> None:
        self._viewer = viewer
        self._layers: dict[str, Any] = {}

    def close(self) -> None:
        """Take the layers away."""
        for name in list(self._layers):
            self._remove(name)

    def show(self, view: NeuronsView | None, tools: Tools) -> None:
        """Draw seeds and preview, and the trace."""
        if view is None or view.layer is None:
            self.close()
            return
        self._show_seeds(view, tools)
        self._show_trace(view, tools)

    def point_at(self, view: NeuronsView, voxel: Voxel) -> None:
        """Put a ring around the place to look at."""
        self._points(
            view,
            "Look here",
            np.array([voxel]),
            symbol="disc",
            face_color="transparent",
            border_color="#FFFFFF",
            border_width=0.08,
            size=24,
        )

    # ---- Private methods

    def _show_seeds(self, view: NeuronsView, tools: Tools) -> None:
        for name, seeds, colour, symbol in (
            ("Part 1", tools.seeds[0], _FIRST, "disc"),
            ("Part 2", tools.seeds[1], _SECOND, "square"),
        ):
            if seeds:
                self._points(
                    view, name, np.array(seeds), symbol=symbol, face_color=colour,
                    border_color="#000000", size=5,
                )  # fmt: skip
            else:
                self._remove(name)
        if tools.preview is None:
            self._remove("Comes off")
        else:
            self._points(
                view, "Comes off", _coming_off(tools.preview, view), symbol="square",
                face_color=_SECOND, border_color=_SECOND, size=1.5,
            )  # fmt: skip

    def _show_trace(self, view: NeuronsView, tools: Tools) -> None:
        tracer = tools.tracer
        if not tracer.traces:
            self._remove("Trace")
        else:
            trees = [traced.tree for traced in tracer.traces]
            self._lines(view, np.concatenate([_links(tree) for tree in trees]))
        if tracer.mark is None:
            self._remove("Goes on here")
        else:
            here = np.array([tracer.mark]) / np.asarray(view.neurons.voxel_size)
            self._points(
                view, "Goes on here", here, symbol="diamond", face_color=_FIRST,
                border_color="#000000", size=5,
            )  # fmt: skip

    def _lines(self, view: NeuronsView, ends: Any) -> None:
        """Draw (n, 2, 3) ends of links, in physical units."""
        # Vectors share the neurons' scale, so they are drawn in voxels.
        places = (ends / np.asarray(view.neurons.voxel_size))[..., -view.layer.ndim :]
        data = np.stack([places[:, 0], places[:, 1] - places[:, 0]], axis=1)
        self._remove("Trace")
        layer = self._viewer.add_vectors(
            data, name="Trace", edge_color=_FIRST, edge_width=1.5,
            vector_style="line", **self._place(view),
        )  # fmt: skip
        self._keep("Trace", layer, view)

    def _points(self, view: NeuronsView, name: str, where: Any, **look: Any) -> None:
        data = np.asarray(where, float)[:, -view.layer.ndim :]
        active = self._viewer.layers.selection.active
        self._remove(name)
        layer = self._viewer.add_points(data, name=name, **look, **self._place(view))
        self._keep(name, layer, view, active)

    def _place(self, view: NeuronsView) -> dict[str, Any]:
        layer = view.layer
        return {
            # Neurons would hide what runs inside them in 3-D.
            "blending": "translucent_no_depth",
            "scale": layer.scale,
            "translate": layer.translate,
            "units": layer.units,
            "axis_labels": layer.axis_labels,
        }

    def _keep(
        self, name: str, layer: Any, view: NeuronsView, active: Any = None
    ) -> None:
        """Remember a layer of ours, and leave the neurons active."""
        self._layers[name] = layer
        self._viewer.layers.selection.active = active or view.layer

    def _remove(self, name: str) -> None:
        layer = self._layers.pop(name, None)
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)


def _coming_off(delta: Delta, view: NeuronsView) -> Any:
    """Voxels that would leave the neuron, thinned out for drawing."""
    voxels = np.concatenate([change.removed for change in delta.changes])
    step = max(1, len(voxels) // _MOST_POINTS)
    return points(voxels[::step], view.neurons.shape)


def _links(tree: Skeleton) -> Any:
    """(n, 2, 3) ends of a tree's links; one node alone is a link to itself."""
    child = np.flatnonzero(tree.parents >= 0)
    if len(child) == 0:
        child = np.arange(len(tree))
    above = tree.parents[child]
    parents = np.where(above < 0, child, above)
    return np.stack([tree.points[parents], tree.points[child]], axis=1)
