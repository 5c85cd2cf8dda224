"""The panels of Cortex as napari's dock widgets, sharing one set of services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from striate_cortex.panels.captions import CaptionsPanel
from striate_cortex.panels.library import LibraryPanel
from striate_cortex.panels.map import MapPanel
from striate_cortex.panels.regions import RegionsPanel
from striate_cortex.panels.subject import SubjectPanel
from striate_cortex.panels.unit import UnitPanel
from striate_napari.services import shared_services
from striate_napari.widgets import suit_napari

if TYPE_CHECKING:
    import napari

__all__ = [
    "CaptionsWidget",
    "CortexMapWidget",
    "LibraryWidget",
    "RegionsWidget",
    "SubjectWidget",
    "UnitWidget",
]


class SubjectWidget(SubjectPanel):
    """Opens a subject, chooses its surface, fits a model."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, shared_services())
        suit_napari(self)


class CortexMapWidget(MapPanel):
    """Paints a score, a phrase, tuning or regions on the cortex."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, shared_services())
        suit_napari(self)


class UnitWidget(UnitPanel):
    """Shows the unit that was clicked."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, shared_services())
        suit_napari(self)


class CaptionsWidget(CaptionsPanel):
    """Lays all units out by what they are selective for."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, shared_services())
        suit_napari(self)


class LibraryWidget(LibraryPanel):
    """Chooses and builds the libraries that units are told by."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, shared_services())
        suit_napari(self)


class RegionsWidget(RegionsPanel):
    """Paints regions along the folded surface and saves them."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, shared_services())
        suit_napari(self)
