"""The box of tools of the Proofread panel: what to hold, and what it will do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QButtonGroup,
    QDoubleSpinBox,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from striate_filaments.panels.proofread_keys import TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NUMBER", "ROWS", "ToolBox", "button_row"]

ROWS = (
    {
        "accept": ("Accept", "The chosen neurons are right (A)."),
        "delete": ("Delete", "Take the chosen neurons out (Delete)."),
        "un_overlap": ("Un-overlap", "Shared voxels go to the smaller neuron (U)."),
        "take_apart": ("Take apart", "Parts that do not touch become neurons (K)."),
    },
    {
        "undo": ("Undo", "Take the last change back (Ctrl+Z)."),
        "redo": ("Redo", "Make it again (Ctrl+Shift+Z)."),
        "show_keys": ("Keys", "What every key does."),
    },
)
NUMBER = {"renumber": ("Assign", "Give the chosen neuron this id (I).")}
_TRACING = {
    "trace_neuron": ("From neuron", "Trace on from the chosen neuron (T)."),
    "branch": ("Branch", "The next click says where to go on (B)."),
    "join": ("Join", "The next click joins another trace (J)."),
    "root": ("Root", "The next click says where the root is (R)."),
    "trim": ("Trim", "The next click cuts off a node and all beyond it (X)."),
}
_ENDING = {
    "commit": ("Apply", "Split as previewed, or finish the traces (Enter)."),
    "drop": ("Drop", "Forget seeds, preview and traces (Escape)."),
}


class ToolBox(QGroupBox):
    """Buttons of all tools, the status line, the brush, and tracing.

    Parameters
    ----------
    target
        Gives the function that a named button calls.

    Attributes
    ----------
    chosen
        Emitted with the tool whose button was clicked.
    """

    chosen = Signal(str)

    def __init__(
        self,
        target: Callable[[str], Callable[..., None]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Tool", parent)
        self.buttons: dict[str, QPushButton] = {}
        self.hint = QLabel(wordWrap=True)
        self.hint.setObjectName("Muted")
        self.radius = QDoubleSpinBox(minimum=0.1, maximum=50, value=2.0, suffix=" µm")
        self.radius.setToolTip("Radius of the brush that paints and erases.")
        inside = QVBoxLayout(self)
        inside.addLayout(self._tools())
        inside.addWidget(self.hint)
        self._tracing = QWidget()
        row = button_row(_TRACING, target, self.buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._tracing.setLayout(row)
        inside.addWidget(self._tracing)
        self._brush = QWidget()
        brush = QHBoxLayout(self._brush)
        brush.setContentsMargins(0, 0, 0, 0)
        brush.addWidget(QLabel("Brush radius"))
        brush.addWidget(self.radius, 1)
        inside.addWidget(self._brush)
        inside.addLayout(button_row(_ENDING, target, self.buttons))
        self.show_tool("look")

    def show_tool(self, tool: str) -> None:
        """Show a tool as chosen, and what belongs to it."""
        self.buttons[tool].setChecked(True)
        self._tracing.setVisible(tool == "trace")
        self._brush.setVisible(tool != "trace")

    def _tools(self) -> QGridLayout:
        grid = QGridLayout()
        self._group = QButtonGroup(self)
        for i, (tool, (label, key, _)) in enumerate(TOOLS.items()):
            button = QPushButton(label, checkable=True)
            button.setToolTip(f"{label} ({key})")
            button.clicked.connect(lambda _=False, t=tool: self.chosen.emit(t))
            self._group.addButton(button)
            self.buttons[tool] = button
            grid.addWidget(button, i // 5, i % 5)
        return grid


def button_row(
    named: dict[str, tuple[str, str]],
    target: Callable[[str], Callable[..., None]],
    buttons: dict[str, QPushButton],
) -> QHBoxLayout:
    """Make a row of buttons of (label, tooltip) and keep them by name."""
    row = QHBoxLayout()
    for name, (label, text) in named.items():
        button = QPushButton(label)
        button.setToolTip(text)
        button.clicked.connect(target(name))
        buttons[name] = button
        row.addWidget(button)
    return row
