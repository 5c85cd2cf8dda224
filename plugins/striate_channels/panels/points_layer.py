"""The embedded objects as points in the viewer, selected together with the map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate_channels.panels.images import image_choices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.widgets.links import Links
    from striate.widgets.services import ViewerLike
    from striate_channels.panels.session import MapTable, Session

__all__ = ["PointsLink"]

NAME = "Embedded objects"
_RIM = 0.08
_MARK = {"striate": {"made": "channels.points"}}


class PointsLink:
    """Keeps one points layer in step with the map: colours and selection, both ways.

    Points are shown for the rows whose image is open in the viewer.
    """

    def __init__(self, viewer: ViewerLike, session: Session, links: Links) -> None:
        self._viewer, self._session = viewer, session
        self._rows: NDArray[np.int64] = np.zeros(0, np.int64)
        self.layer: Any = None
        self._quiet = False
        session.selected.connect(self._on_selected)
        links.add(viewer.layers.events.removed, self._on_removed)

    # ---- Public methods

    def show(self, table: MapTable, colours: NDArray[np.uint8]) -> bool:
        """Show the rows of open images; tell whether there are any."""
        found = self._open_rows(table)
        if found is None:
            self.remove()
            return False
        rows, choice = found
        places, size = _places(table, rows, choice)
        self.remove()
        self._rows = rows
        reference = choice.layers[0]
        self.layer = self._viewer.add_points(
            places,
            name=NAME,
            scale=reference.scale[-places.shape[1] :],
            translate=reference.translate[-places.shape[1] :],
            units=reference.units[-places.shape[1] :],
            size=size,
            symbol="disc",
            face_color=colours[rows] / 255.0,
            border_color="white",
            border_width=_RIM,
            opacity=0.85,
            metadata=dict(_MARK),
        )
        self.layer.selected_data.events.items_changed.connect(self._on_points_selected)
        return True

    def recolour(self, colours: NDArray[np.uint8]) -> None:
        """Give the points the colours of the map."""
        if self.layer is not None:
            self.layer.face_color = colours[self._rows] / 255.0

    def remove(self) -> None:
        """Take the layer away."""
        layer, self.layer = self.layer, None
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)

    # ---- Both ways

    def _on_selected(self, rows: NDArray[np.int64], by: object) -> None:
        if self.layer is None or by is self:
            return
        local = np.flatnonzero(np.isin(self._rows, rows))
        self._quiet = True
        try:
            self.layer.selected_data = set(local.tolist())
            self._enlarge(local)
        finally:
            self._quiet = False

    def _on_points_selected(self, *_: Any) -> None:
        if self._quiet or self.layer is None:
            return
        local = np.array(sorted(self.layer.selected_data), np.int64)
        self._enlarge(local)
        self._session.select(self._rows[local], self)

    def _enlarge(self, local: NDArray[np.int64]) -> None:
        """Make selected points stand out by their rim, too: not by colour alone."""
        width = np.full(len(self._rows), _RIM)
        width[local] = 0.3
        self.layer.border_width = width
        if len(local) == 1 and self.layer.ndim == 3:
            z = float(self.layer.data_to_world(self.layer.data[local[0]])[-3])
            self._viewer.dims.set_point(self._viewer.dims.ndim - 3, z)

    def _on_removed(self, event: Any) -> None:
        if event.value is self.layer:
            self.layer = None

    # ---- Which rows

    def _open_rows(self, table: MapTable) -> tuple[NDArray[np.int64], Any] | None:
        sources = table.columns.get("source")
        if sources is None:
            return None
        names = np.array([str(s) for s in sources])
        for choice in image_choices(self._viewer):
            source = choice.volume.source
            for name in _names(source, choice.key):
                rows = np.flatnonzero(names == name)
                if len(rows):
                    return rows, choice
        return self._copies(names)

    def _copies(self, names: NDArray[Any]) -> tuple[NDArray[np.int64], Any] | None:
        """An image that was in memory was embedded from a copy, the only source."""
        choices = image_choices(self._viewer)
        copied = Path(str(names[0])).name.startswith("image-") if len(names) else False
        if copied and len(choices) == 1 and (names == names[0]).all():
            return np.arange(len(names)), choices[0]
        return None


def _names(source: Path | None, key: str) -> list[str]:
    return [] if source is None else [str(source), str(source.absolute())]


def _places(
    table: MapTable, rows: NDArray[np.int64], choice: Any
) -> tuple[NDArray[np.float64], float]:
    """Centres in voxels of the image's layers, and a size that suits them.

    What reaches through the whole stack is placed in y and x alone, so that it is
    seen in every plane; an object in 3-D lies in its middle plane.
    """
    columns = table.columns
    axes = [a.lower() for a in choice.volume.spatial_axes]
    if len(axes) == 3 and (columns["kind"][rows] != "object").all():
        axes = axes[1:]
    ends = np.stack(
        [[columns[f"{a}0"][rows], columns[f"{a}1"][rows]] for a in axes], -1
    ).astype(float)
    centres = (ends[0] + ends[1] - 1) / 2
    if len(axes) == 3:
        centres[:, 0] = np.floor(centres[:, 0])
    edge = float(np.median((ends[1] - ends[0])[:, -2:]))
    return centres, max(2.0, 0.22 * edge)
