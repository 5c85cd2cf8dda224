"""Where a unit is and how good its model is, as lines of a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFormLayout, QLabel, QWidget

if TYPE_CHECKING:
    from striate_cortex.panels.cortex_view import CortexView
    from striate_cortex.panels.unit_facts import UnitFacts

__all__ = ["FLOOR", "PlaceForm", "doubt_of"]

FLOOR = 5.0
"""Ceiling in percent below which a unit's tuning is noise."""
_LINES = (
    "Vertex", "Region", "Place (mm)", "MNI152 (mm)", "Model", "Noise ceiling", "Map",
    "Also",
)  # fmt: skip
_NAMES = {"r2": "R²", "r2_gcv": "R² (cross-validated)", "r": "r", "p": "p"}


class PlaceForm(QWidget):
    """Lines that are shown where there is something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: dict[str, QLabel] = {}
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(4)
        self._form.setHorizontalSpacing(12)
        for name in _LINES:
            value = QLabel()
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setWordWrap(True)
            title = QLabel(name)
            title.setObjectName("Muted")
            self._form.addRow(title, value)
            self.lines[name] = value
        self.clear()

    def clear(self) -> None:
        """Say nothing."""
        for name in _LINES:
            self._say(name, "", False)

    def show_facts(self, view: CortexView, facts: UnitFacts) -> None:
        """Say what is known of a unit."""
        self._say("Vertex", f"{facts.index:,} of the {facts.side}",
                  view.units.kind != "vertex")  # fmt: skip
        self._say("Region", ", ".join(facts.regions), bool(facts.regions))
        self._say("Place (mm)", _place(facts.xyz), facts.xyz is not None)
        self._say("MNI152 (mm)", _place(facts.mni), facts.mni is not None)
        scores = [f"{_NAMES.get(k, k)} {v:.3f}" for k, v in facts.scores.items()]
        self._say("Model", f"{view.model_in_use}: {'; '.join(scores)}", bool(scores))
        ceiling = facts.ceiling
        said = "" if ceiling is None else f"{ceiling:.1f} % of variance"
        self._say("Noise ceiling", said, ceiling is not None)
        others = "; ".join(f"{k} {v}" for k, v in facts.labels.items())
        self._say("Also", others, bool(others))
        self.show_value(view, facts)

    def show_value(self, view: CortexView, facts: UnitFacts) -> None:
        """Say what the map shows there."""
        value = view.value_at(facts.vertex)
        shown = view.map is not None and value is not None
        text = f"{view.map.title}: {value:.4g} {view.map.unit}" if shown else ""
        self._say("Map", text, shown)

    def rows(self) -> list[tuple[str, str]]:
        """Return what is said, for a card."""
        return [(n, line.text()) for n, line in self.lines.items() if line.text()]

    def _say(self, name: str, text: str, shown: bool) -> None:
        self.lines[name].setText(text if shown else "")
        self._form.setRowVisible(self.lines[name], shown)


def doubt_of(facts: UnitFacts) -> tuple[str, str] | None:
    """Return why a unit is not to be trusted, as (level, sentence); None: it is."""
    if facts.unit is None:
        return "info", "Nothing was measured here: the nearest unit is too far."
    if facts.ceiling is not None and facts.ceiling < FLOOR:
        return "warning", (
            f"Below the noise floor: at most {facts.ceiling:.1f} % of what this unit "
            "did could be explained. Do not read tuning into it."
        )
    return None


def _place(xyz: Any) -> str:
    return "" if xyz is None else ", ".join(f"{v:.1f}" for v in xyz)
