"""How the map is coloured: colours, limits, threshold, reliability, noise floor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QWidget,
)

from striate_cortex.maps import COLORMAPS, Colouring, Limits, limits_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_cortex.maps import CortexMap

__all__ = ["MapColours"]

_MODES = {
    "percentile": "Percentile",
    "symmetric": "Around zero",
    "range": "All values",
    "fixed": "As typed",
}
_SCORES = ("r2", "r2_cv", "r2_gcv", "r", "r2/ceiling")
_FAR = 1e9


class MapColours(QWidget):
    """Edits a :class:`Colouring`.

    Attributes
    ----------
    changed
        Emitted with the colouring when the person changes something.
    """

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._map: CortexMap | None = None
        self._fixed = Limits(0.0, 1.0)
        self.colours = QComboBox()
        self.colours.addItems(list(COLORMAPS))
        self.colours.setAccessibleName("Colours")
        self.mode = QComboBox()
        for name, title in _MODES.items():
            self.mode.addItem(title, name)
        self.mode.setAccessibleName("Limits of the colours")
        self.percent = _spin(50, 100, 99, " %")
        self.percent.setToolTip("Share of the values that lies within the limits.")
        self.low, self.high = _spin(-_FAR, _FAR, 0), _spin(-_FAR, _FAR, 1)
        self.use_threshold = QCheckBox("Hide values below")
        self.threshold = _spin(0, _FAR, 0)
        self.fade = QCheckBox("Fade by ceiling")
        self.sure_low, self.sure_high = _spin(0, 100, 0, " %"), _spin(0, 100, 30, " %")
        self.grey = QCheckBox("Grey below ceiling")
        self.floor = _spin(0, 100, 5, " %")
        self._form = QFormLayout(self)
        self._lay_out()
        self._connect()
        self.set_map(None, knows_ceiling=False)

    # ---- Public methods

    def set_map(self, shown: CortexMap | None, *, knows_ceiling: bool) -> None:
        """Suit another map; what the person chose for the same kind stays."""
        kind = getattr(shown, "kind", None)
        before = getattr(self._map, "kind", None)
        before_name = getattr(self._map, "name", "")
        self._map = shown
        self._quiet(True)
        numbers = kind in ("number", "signed")
        if shown is not None and numbers and kind != before:
            self.colours.setCurrentText(shown.default_colours)
            mode = "symmetric" if kind == "signed" else "percentile"
            self.mode.setCurrentIndex(self.mode.findData(mode))
        for widget in (self.colours, self._mode_row, self._ends, self._threshold_row):
            self._form.setRowVisible(widget, numbers)
        for widget in (self._fade_row, self._grey_row):
            self._form.setRowVisible(widget, shown is not None and knows_ceiling)
        self._follow()
        if getattr(shown, "name", "") != before_name:
            self._suit_threshold()
        self._quiet(False)

    def colouring(self) -> Colouring:
        """Return what is chosen."""
        fade = self.fade.isChecked() and self._form.isRowVisible(self._fade_row)
        grey = self.grey.isChecked() and self._form.isRowVisible(self._grey_row)
        hide = self.use_threshold.isChecked()
        return Colouring(
            colours=self.colours.currentText(),
            limits=Limits(self.low.value(), self.high.value()),
            threshold=self.threshold.value() if hide else None,
            one_sided=getattr(self._map, "kind", "") == "number",
            reliability=Limits(self.sure_low.value(), self.sure_high.value())
            if fade
            else None,
            floor=self.floor.value() if grey else None,
        )

    # ---- Making

    def _lay_out(self) -> None:
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(
            QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow
        )
        self._form.addRow("Colours", self.colours)
        self._mode_row = _row(self.mode, self.percent)
        self._form.addRow("Limits", self._mode_row)
        self._ends = _row(self.low, QLabel("to"), self.high)
        self._form.addRow("", self._ends)
        self._threshold_row = _row(self.use_threshold, self.threshold)
        self._form.addRow(self._threshold_row)
        self._fade_row = _row(self.fade, self.sure_low, QLabel("to"), self.sure_high)
        self._form.addRow(self._fade_row)
        self._grey_row = _row(self.grey, self.floor)
        self._form.addRow(self._grey_row)
        self.fade.setToolTip(
            "Transparent at the lower ceiling and below, opaque at the upper one."
        )
        self.grey.setToolTip("Below it, a value tells of noise only.")
        names = {
            self.low: "Lower limit", self.high: "Upper limit",
            self.percent: "Percentile", self.threshold: "Threshold",
            self.sure_low: "Ceiling that is transparent",
            self.sure_high: "Ceiling that is opaque", self.floor: "Noise floor",
        }  # fmt: skip
        for widget, name in names.items():
            widget.setAccessibleName(name)

    def _connect(self) -> None:
        for spin in (self.low, self.high):
            spin.valueChanged.connect(self._on_end_typed)
        self.mode.currentIndexChanged.connect(self._on_mode_chosen)
        self.percent.valueChanged.connect(self._on_mode_chosen)
        self.colours.currentIndexChanged.connect(self._tell)
        for spin, box in (
            (self.threshold, self.use_threshold),
            (self.sure_low, self.fade),
            (self.sure_high, self.fade),
            (self.floor, self.grey),
        ):
            spin.valueChanged.connect(self._tell)
            box.toggled.connect(spin.setEnabled)
            spin.setEnabled(False)
        for box in (self.use_threshold, self.fade, self.grey):
            box.toggled.connect(self._tell)

    # ---- Private methods

    def _values(self) -> NDArray[np.float32] | None:
        return (
            None
            if self._map is None or self._map.values.ndim > 1
            else (self._map.values)
        )

    def _follow(self) -> None:
        """Set the ends to what the mode makes of the values."""
        mode = self.mode.currentData()
        self.percent.setVisible(mode in ("percentile", "symmetric"))
        values = self._values()
        if values is None:
            return
        limits = self._fixed
        if mode != "fixed":
            limits = limits_of(values, mode, self.percent.value())
        if mode == "percentile" and self._map is not None:
            # Of scores, what is negative tells no more than 0.
            zero = self._map.kind == "number" and limits.low < 0 < limits.high
            limits = Limits(0.0, limits.high) if zero else limits
        span = max(limits.high - limits.low, 1e-12)
        digits = int(np.clip(2 - np.floor(np.log10(span)), 0, 8))
        for spin, value in ((self.low, limits.low), (self.high, limits.high)):
            blocked = spin.blockSignals(True)
            spin.setDecimals(digits)
            spin.setSingleStep(10.0 ** (1 - digits))
            spin.setValue(value)
            spin.blockSignals(blocked)
        blocked = self.threshold.blockSignals(True)
        self.threshold.setDecimals(digits)
        self.threshold.setSingleStep(10.0 ** (1 - digits))
        self.threshold.blockSignals(blocked)

    def _suit_threshold(self) -> None:
        """Of scores, hide the lowest tenth of the range: there the folding is seen."""
        score = self._map is not None and self._map.name in _SCORES
        for widget in (self.use_threshold, self.threshold):
            widget.blockSignals(True)
        self.threshold.setValue(self.high.value() / 10 if score else 0)
        self.use_threshold.setChecked(score)
        self.threshold.setEnabled(score)
        for widget in (self.use_threshold, self.threshold):
            widget.blockSignals(False)

    def _on_mode_chosen(self, *_: Any) -> None:
        self._fixed = Limits(self.low.value(), self.high.value())
        self._follow()
        self._tell()

    def _on_end_typed(self, *_: Any) -> None:
        self._fixed = Limits(self.low.value(), self.high.value())
        blocked = self.mode.blockSignals(True)
        self.mode.setCurrentIndex(self.mode.findData("fixed"))
        self.mode.blockSignals(blocked)
        self.percent.setVisible(False)
        self._tell()

    def _quiet(self, on: bool) -> None:
        for widget in (self.colours, self.mode, self.percent, self.low, self.high):
            widget.blockSignals(on)

    def _tell(self, *_: Any) -> None:
        self.changed.emit(self.colouring())


def _spin(low: float, high: float, value: float, suffix: str = "") -> QDoubleSpinBox:
    spin = QDoubleSpinBox(minimum=low, maximum=high, value=value)
    spin.setDecimals(0 if suffix else 3)
    spin.setSuffix(suffix)
    spin.setKeyboardTracking(False)
    spin.setMinimumWidth(64)
    return spin


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(6)
    for widget in widgets:
        layout.addWidget(widget)
    layout.addStretch(1)
    return row
