"""The panels of Filaments as napari's dock widgets, sharing one set of services.

They are classes, because napari looks at the arguments of a class for the one it
gives the viewer to, and at those of a function only when magicgui makes the widget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QTableView

from striate_filaments.panels.measurements import MeasurementsPanel
from striate_filaments.panels.neurons import NeuronsPanel
from striate_filaments.panels.proofread import ProofreadPanel
from striate_filaments.panels.segment import SegmentPanel
from striate_filaments.panels.train import TrainPanel
from striate_napari.jobs_list import JobsList
from striate_napari.services import shared_services

if TYPE_CHECKING:
    import napari
    from qtpy.QtWidgets import QWidget

__all__ = [
    "JobsWidget",
    "MeasurementsWidget",
    "NeuronsWidget",
    "ProofreadWidget",
    "SegmentWidget",
    "TrainWidget",
    "suit_napari",
]


class SegmentWidget(SegmentPanel):
    """Finds the neurons of an image."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, shared_services())
        suit_napari(self)


class NeuronsWidget(NeuronsPanel):
    """Lists, shows, hides, colours, names and exports neurons."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, shared_services())
        suit_napari(self)


class ProofreadWidget(ProofreadPanel):
    """Corrects neurons, with undo that outlives the session."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, shared_services())
        suit_napari(self)


class MeasurementsWidget(MeasurementsPanel):
    """Measures neurons."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, shared_services())
        suit_napari(self)


class TrainWidget(TrainPanel):
    """Trains a segmenter on neurons that are known."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, shared_services())
        suit_napari(self)


class JobsWidget(JobsList):
    """Lists the jobs, with their progress, and stops them."""

    def __init__(self) -> None:
        super().__init__(shared_services().jobs)
        suit_napari(self)


def suit_napari(panel: QWidget) -> None:
    """Leave out what napari's style sheet does not know: stripes come out white."""
    for table in panel.findChildren(QTableView):
        table.setAlternatingRowColors(False)
