"""The panels of Filaments as napari's dock widgets, sharing one set of services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from striate_napari.services import shared_services

if TYPE_CHECKING:
    import napari
    from qtpy.QtWidgets import QWidget

__all__ = [
    "jobs_panel",
    "measurements_panel",
    "neurons_panel",
    "open_measurements",
    "open_segment",
    "segment_panel",
]


def segment_panel(viewer: napari.viewer.Viewer) -> QWidget:
    """Find the neurons of an image."""
    from striate_filaments.panels.segment import SegmentPanel

    return SegmentPanel(viewer, shared_services())


def neurons_panel(viewer: napari.viewer.Viewer) -> QWidget:
    """List, show, hide, colour, name and export neurons."""
    from striate_filaments.panels.neurons import NeuronsPanel

    return NeuronsPanel(viewer, shared_services())


def measurements_panel(viewer: napari.viewer.Viewer) -> QWidget:
    """Measure neurons."""
    from striate_filaments.panels.measurements import MeasurementsPanel

    return MeasurementsPanel(viewer, shared_services())


def jobs_panel() -> QWidget:
    """List the jobs, with their progress, and stop them."""
    from striate_napari.jobs_list import JobsList

    return JobsList(shared_services().jobs)


def open_segment(viewer: napari.viewer.Viewer) -> Any:
    """Open the Segment panel from the layers menu."""
    return viewer.window.add_plugin_dock_widget("striate", "Segment Neurons")


def open_measurements(viewer: napari.viewer.Viewer) -> Any:
    """Open the measurements panel from the layers menu."""
    return viewer.window.add_plugin_dock_widget("striate", "Measure Neurons")
