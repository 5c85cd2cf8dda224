"""A box in a volume: typed, taken from the view, or drawn with the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from striate_filaments.segmentation.params import Roi

__all__ = ["RegionEditor", "centred", "voxels_in"]

_AXES = "ZYX"


class RegionEditor(QWidget):
    """Edits a region: the whole volume, or a box in voxels.

    Attributes
    ----------
    changed
        Emitted when the person changes the region, and by :meth:`set_value`.
    from_view_wanted
        Emitted when the box should become what the viewer shows.
    draw_wanted
        Emitted with whether the next drag in the viewer should draw the box.
    """

    changed = Signal()
    from_view_wanted = Signal()
    draw_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shape = (1, 1, 1)
        self.kind = QComboBox()
        self.kind.addItems(["Whole volume", "Box"])
        self.kind.setAccessibleName("Region")
        self.kind.currentIndexChanged.connect(self._on_kind_changed)
        self.from_view = QPushButton("From view")
        self.from_view.setToolTip("Make the box what the viewer shows now.")
        self.from_view.clicked.connect(self.from_view_wanted)
        self.draw = QPushButton("Draw")
        self.draw.setCheckable(True)
        self.draw.setToolTip("Then drag a rectangle in the slice; Z stays as it is.")
        self.draw.toggled.connect(self.draw_wanted)
        self.boxes = [self._spin_pair(axis) for axis in _AXES]
        self.size_label = QLabel()
        self.size_label.setObjectName("Muted")
        self._lay_out()
        self._show_kind()

    # ---- Public methods

    def set_shape(self, shape: tuple[int, int, int]) -> None:
        """Tell the volume's size (z, y, x) in voxels; the box is cut to it."""
        if shape == self._shape:
            return
        before = self._shape
        self._shape = shape
        blocked = self.blockSignals(True)
        for (start, stop), n, old in zip(self.boxes, shape, before, strict=True):
            whole = (start.value(), stop.value()) in ((0, old), (0, 0))
            start.setRange(0, n - 1)
            stop.setRange(1, n)
            if whole:
                start.setValue(0)
                stop.setValue(n)
        self.blockSignals(blocked)
        self._on_edited()

    def value(self) -> Roi | None:
        """Return the box ((z0, z1), (y0, y1), (x0, x1)), or None for everything."""
        if self.kind.currentIndex() == 0:
            return None
        (z, y, x) = ((a.value(), b.value()) for a, b in self.boxes)
        return z, y, x

    def box(self) -> Roi:
        """Return the box as it stands, whether it is in use or not."""
        (z, y, x) = ((a.value(), b.value()) for a, b in self.boxes)
        return z, y, x

    def set_value(self, roi: Roi | None) -> None:
        """Show a region, cut to the volume."""
        blocked = self.blockSignals(True)
        self.kind.setCurrentIndex(0 if roi is None else 1)
        for (start, stop), n, (a, b) in zip(
            self.boxes, self._shape, roi or (), strict=False
        ):
            first = min(max(0, int(a)), n - 1)
            start.setValue(first)
            stop.setValue(min(max(first + 1, int(b)), n))
        self.blockSignals(blocked)
        self._show_kind()
        self._on_edited()

    # ---- Private methods

    def _spin_pair(self, axis: str) -> tuple[QSpinBox, QSpinBox]:
        pair = QSpinBox(), QSpinBox()
        for spin, what in zip(pair, ("first", "end"), strict=True):
            spin.setAccessibleName(f"{axis} {what} voxel")
            spin.setKeyboardTracking(False)
            spin.valueChanged.connect(self._on_edited)
        pair[0].setToolTip(f"First voxel along {axis}.")
        pair[1].setToolTip(f"One past the last voxel along {axis}.")
        return pair

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.kind, 1)
        buttons.addWidget(self.from_view)
        buttons.addWidget(self.draw)
        self._fields = QWidget()
        grid = QGridLayout(self._fields)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        for row, (axis, (start, stop)) in enumerate(
            zip(_AXES, self.boxes, strict=True)
        ):
            grid.addWidget(QLabel(axis), row, 0)
            grid.addWidget(start, row, 1)
            grid.addWidget(QLabel("to"), row, 2)
            grid.addWidget(stop, row, 3)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(buttons)
        column.addWidget(self._fields)
        column.addWidget(self.size_label)

    def _on_kind_changed(self, *_: Any) -> None:
        self._show_kind()
        self.changed.emit()

    def _show_kind(self) -> None:
        boxed = self.kind.currentIndex() == 1
        self._fields.setVisible(boxed)
        self.size_label.setVisible(boxed)

    def _on_edited(self, *_: Any) -> None:
        sizes = [b.value() - a.value() for a, b in self.boxes]
        good = all(size > 0 for size in sizes)
        text = " × ".join(map(str, sizes)) + " voxels (z, y, x)"
        self.size_label.setText(text if good else "The box is empty.")
        if not self.signalsBlocked():
            self.changed.emit()


def voxels_in(roi: Roi) -> int:
    """Count the voxels of a box; 0 when it is empty."""
    count = 1
    for a, b in roi:
        count *= max(0, b - a)
    return count


def centred(roi: Roi, largest: tuple[int, int, int]) -> Roi:
    """Cut a box to at most `largest` voxels a side, around its middle."""
    cut = []
    for (a, b), most in zip(roi, largest, strict=True):
        spare = max(0, (b - a) - most)
        cut.append((a + spare // 2, b - (spare - spare // 2)))
    z, y, x = cut
    return z, y, x
