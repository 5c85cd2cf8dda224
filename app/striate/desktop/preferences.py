"""The preferences: few, plain, applied when chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
        self.scheduler = QLineEdit(settings.scheduler or "")
        self.scheduler.setPlaceholderText("this computer; else tcp://host:8786")
        self.workers = _spin(settings.workers or 0, 0, 256, special="one per core")
        self.autosave = _spin(
            settings.autosave_seconds, 0, 3600, special="off", suffix=" s"
        )
        self.folder = QLineEdit(str(settings.data_folder or ""))
        self.folder.setPlaceholderText("the system's folder for application data")
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
        form.addRow("Data &folder", self._folder_row())
        form.addRow(_note("Device, scheduler and folder hold for jobs started later."))
        form.addRow(self._buttons())

    def apply(self) -> None:
        """Write what was chosen into the settings and save them."""
        chosen: dict[str, Any] = {
            "theme": self.theme.currentText(),
            "device": self.device.currentText().strip() or "auto",
            "scheduler": self.scheduler.text().strip() or None,
            "workers": self.workers.value() or None,
            "autosave_seconds": self.autosave.value(),
            "data_folder": self.folder.text().strip() or None,
        }
        for name, value in chosen.items():
            setattr(self._settings, name, value)
        self._settings.save()

    # ---- Private methods

    def _folder_row(self) -> QWidget:
        self.folder.setAccessibleName("Data folder")
        choose = QPushButton("Choose…")
        choose.clicked.connect(self._on_choose)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.folder, stretch=1)
        row.addWidget(choose)
        widget = QWidget()
        widget.setLayout(row)
        return widget

    def _on_choose(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Data folder", self.folder.text())
        if path:
            self.folder.setText(path)

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        box.accepted.connect(self.apply)
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
    value: int, low: int, high: int, *, special: str, suffix: str = ""
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
