"""Which nouns the captions of a region name, and how well they tell its images."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QComboBox, QVBoxLayout, QWidget

from striate_cortex.panels.bars import Bar, Bars
from striate_cortex.panels.section import muted

__all__ = ["RegionNouns"]

_EMPTY = "Caption the units above: the nouns of each region are counted then."


class RegionNouns(QWidget):
    """A menu of regions, and a bar for each of its nouns."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._regions: dict[str, dict[str, Any]] = {}
        self.menu = QComboBox()
        self.menu.setAccessibleName("Region")
        self.about = muted()
        self.bars = Bars(_EMPTY)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.menu, self.about, self.bars):
            column.addWidget(part)
        self.menu.currentTextChanged.connect(self._on_chosen)
        self.show_regions({})

    def show_regions(self, regions: dict[str, dict[str, Any]]) -> None:
        """Show these: region to its units, nouns, person share, accuracy."""
        self._regions = regions
        before = self.menu.currentText()
        blocked = self.menu.blockSignals(True)
        self.menu.clear()
        self.menu.addItems(list(regions))
        self.menu.setCurrentIndex(max(0, self.menu.findText(before)))
        self.menu.blockSignals(blocked)
        self.menu.setVisible(bool(regions))
        self._on_chosen(self.menu.currentText())

    def choose(self, region: str) -> None:
        """Show one region, if captions of it are there."""
        if self.menu.findText(region) >= 0:
            self.menu.setCurrentText(region)

    def _on_chosen(self, name: str) -> None:
        facts = self._regions.get(name, {})
        nouns = facts.get("nouns") or []
        units = max(1, int(facts.get("units", 1)))
        self.bars.set_bars(
            Bar(noun, count / units, f"{count:,} ({count / units:.0%})")
            for noun, count in nouns[:12]
        )
        self.about.setText(_about(facts))
        self.about.setVisible(bool(facts))


def _about(facts: dict[str, Any]) -> str:
    if not facts:
        return ""
    parts = [f"{facts.get('units', 0):,} units"]
    if facts.get("person") is not None:
        parts.append(f"{facts['person']:.0%} of captions have a person")
    if facts.get("accuracy") is not None:
        told = f"caption accuracy {facts['accuracy']:.2f}"
        if facts.get("shuffled") is not None and facts.get("p") is not None:
            told += f" (shuffled {facts['shuffled']:.2f}, p {facts['p']:.3f})"
        parts.append(told)
    return "; ".join(parts) + "."
