"""The dialog of a Shift-drop: where to open, which axes, which voxel size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from striate.workspace import Workspace

__all__ = ["OpenOptions"]


class OpenOptions(QDialog):
    """Asks for what a file does not say about itself."""

    def __init__(
        self, workspaces: Sequence[Workspace], paths: Sequence[str], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open with options")
        self._workspace = QComboBox()
        for workspace in workspaces:
            self._workspace.addItem(workspace.title, workspace.name)
        self._axes = QLineEdit(placeholderText="as the file says; else e.g. CZYX")
        self._size = QLineEdit(
            placeholderText="as the file says; else e.g. 1.0 0.2 0.2"
        )
        names = ", ".join(Path(p).name for p in paths)
        files = QLabel(names)
        files.setWordWrap(True)
        form = QFormLayout(self)
        form.addRow("Files", files)
        form.addRow("&Open in", self._workspace)
        form.addRow("&Axes (of T C Z Y X)", self._axes)
        form.addRow("&Voxel size in µm (z y x)", self._size)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open
            | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)
        self._workspace.setAccessibleName("Workspace")
        self._axes.setAccessibleName("Axes")
        self._size.setAccessibleName("Voxel size")

    def workspace(self) -> str:
        """Name of the chosen workspace."""
        return str(self._workspace.currentData() or "")

    def options(self) -> dict[str, Any]:
        """Keyword arguments for ``open_volume``: only what was filled in.

        Numbers that are none are dropped with the rest of the voxel size.
        """
        chosen: dict[str, Any] = {}
        if axes := self._axes.text().strip().upper():
            chosen["axes"] = axes
        if size := _numbers(self._size.text()):
            chosen |= {"voxel_size": size, "unit": "µm"}
        return chosen


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.replace(",", " ").split())
    except ValueError:
        return ()
