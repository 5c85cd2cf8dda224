"""Fit an encoding model to a subject's responses, as a job."""

from __future__ import annotations

from qtpy.QtWidgets import QWidget

__all__ = ["FitControls"]


class FitControls(QWidget):
    def __init__(self, services, links, message) -> None:
        super().__init__()

    def set_view(self, view) -> None:
        pass
