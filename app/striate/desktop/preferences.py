"""The preferences: few, plain, applied when chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from qtpy.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from striate.widgets.theme import CHOICES

if TYPE_CHECKING:
    from striate.settings import Settings

__all__ = ["Preferences"]

_DEVICES = ("auto", "cpu", "cuda", "mps")


class Preferences(QDialog):
    """Edits a copy of the settings; :meth:`apply` writes it back."""

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self.setMinimumWidth(520)
        self._settings = settings
        self.theme = _combo(CHOICES, settings.theme)
        self.device = _combo(_DEVICES, settings.device)
        self.device.setEditable(True)
        self.scheduler = QLineEdit(settings.scheduler)
        self.scheduler.setPlaceholderText("this computer; else tcp://host:8786")
        self.workers = _spin(settings.workers, 0, 1024, special="one per core")
        self.autosave = _spin(settings.autosave_seconds, 5, 3600, suffix=" s")
        self.folder = QLineEdit(settings.jobs_folder)
        self.folder.setPlaceholderText("Striate's own folder")
        form = QFormLayout(self)
        form.setVerticalSpacing(10)
        for label, widget, name in (
            ("&Theme", self.theme, "Theme"),
            ("&Device for jobs", self.device, "Device for jobs"),
            ("Dask &scheduler", self.scheduler, "Dask scheduler address"),
            ("&Threads of a job", self.workers, "Threads of a job"),
            ("&Autosave every", self.autosave, "Autosave every so many seconds"),
        ):
            widget.setAccessibleName(name)
            form.addRow(label, widget)
        form.addRow("&Folder of jobs", self._folder_row())
        self._problem = QLabel()
        self._problem.setObjectName("Problem")
        self._problem.setWordWrap(True)
        self._problem.hide()
        form.addRow(
            _note(
                "The folder holds from the next start, the rest for jobs started later."
            )
        )
        form.addRow(self._problem)
        form.addRow(self._buttons())

    def apply(self) -> bool:
        """Write what was chosen into the settings and save them.

        False, with the reason shown, when one of the values cannot be.
        """
        chosen: dict[str, Any] = {
            "theme": self.theme.currentText(),
            "device": self.device.currentText().strip() or "auto",
            "scheduler": self.scheduler.text().strip(),
            "workers": self.workers.value(),
            "autosave_seconds": self.autosave.value(),
            "jobs_folder": self.folder.text().strip(),
        }
        try:
            checked = type(self._settings).model_validate(
                {**self._settings.model_dump(), **chosen}
            )
        except ValidationError as error:
            self._say_problem(error)
            return False
        for name in chosen:
            setattr(self._settings, name, getattr(checked, name))
        self._settings.save()
        return True

    def accept(self) -> None:
        """Close when what was chosen can be."""
        if self.apply():
            super().accept()

    # ---- Private methods

    def _folder_row(self) -> QWidget:
        self.folder.setAccessibleName("Folder of jobs")
        choose = QPushButton("Choose…")
        choose.clicked.connect(self._on_choose)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.folder, stretch=1)
        row.addWidget(choose)
        widget = QWidget()
        widget.setLayout(row)
        return widget

    def _say_problem(self, error: ValidationError) -> None:
        first = error.errors()[0]
        field = type(self._settings).model_fields[str(first["loc"][0])]
        self._problem.setText(f"{field.title}: {field.description or first['msg']}")
        self._problem.show()

    def _on_choose(self) -> None:
        path = QFileDialog.getExistingDirectory(
            self, "Folder of jobs", self.folder.text()
        )
        if path:
            self.folder.setText(path)

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        return box


def _combo(choices: tuple[str, ...], current: str) -> QComboBox:
    combo = QComboBox()
    combo.addItems(choices)
    if current not in choices:
        combo.addItem(current)
    combo.setCurrentText(current)
    return combo


def _spin(
    value: int, low: int, high: int, *, special: str = "", suffix: str = ""
) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(low, high)
    spin.setSpecialValueText(special)
    spin.setSuffix(suffix)
    spin.setValue(int(value))
    return spin


def _note(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("Muted")
    label.setWordWrap(True)
    return label
