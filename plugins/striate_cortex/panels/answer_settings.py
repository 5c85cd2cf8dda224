"""How units are told in words: temperature, items, what is held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from striate.errors import StriateError
from striate.widgets.form import ParameterForm
from striate_cortex.captions.answers import AnswerParams
from striate_cortex.panels.section import muted

if TYPE_CHECKING:
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["AnswerSettings"]

_FIELDS = ("tau", "top", "pmi", "floor")
_HELP = (
    "The temperature mixes the library: towards 0 the nearest item alone tells a unit, "
    "above it more and more items do. The Unit panel says how many count."
)


class AnswerSettings(QWidget):
    """A form of :class:`AnswerParams`; what is clicked is told anew by Apply.

    Attributes
    ----------
    failed
        Emitted with a sentence when a value is not right.
    """

    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: CortexView | None = None
        self.form = ParameterForm(AnswerParams, fields=_FIELDS)
        self.apply_button = QPushButton("Apply")
        self.usual_button = QPushButton("As usual")
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.usual_button)
        row.addWidget(self.apply_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(muted(_HELP))
        column.addWidget(self.form)
        column.addLayout(row)
        self.apply_button.clicked.connect(self.apply)
        self.usual_button.clicked.connect(self.form.reset)

    def set_view(self, view: CortexView | None) -> None:
        """Show how the units of a subject are told."""
        self._view = view
        self.setEnabled(view is not None)
        params = view.answering.params if view is not None else None
        self.form.set_values(params or AnswerParams())

    def apply(self) -> None:
        """Tell units in this way from now on."""
        if self._view is None:
            return
        try:
            values = self.form.values()
        except StriateError as error:
            self.failed.emit(str(error))
            return
        self._view.answering.tell_by(AnswerParams(**dict(values)))
