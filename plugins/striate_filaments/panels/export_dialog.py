"""Ask in which forms, and where, neurons are exported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from striate.errors import InputError
from striate_filaments.exchange.export import ExportParams

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ExportDialog"]

_FORMS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "labels": ("Label image", (".tif", ".zarr", ".h5"), "One number per voxel"),
    "swc": ("Skeletons", ("_swc",), "One SWC file per neuron, in µm"),
    "table": ("Measurements", (".csv", ".parquet"), "One row per neuron"),
    "mesh": ("Meshes", ("ply", "obj"), "One surface per neuron, in µm"),
    "fisbe": ("FISBe zarr", (".zarr",), "One channel per neuron: overlaps are kept"),
}


class ExportDialog(QDialog):
    """Ticks for each form, one folder, one name.

    Parameters
    ----------
    name
        What the files are called unless the person says otherwise.
    selected
        Ids of the neurons chosen in the table, which may be exported alone.
    """

    def __init__(
        self,
        name: str,
        selected: Sequence[int] = (),
        *,
        folder: Path | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export neurons")
        self._selected = list(selected)
        self.ticks: dict[str, QCheckBox] = {}
        self.kinds: dict[str, QComboBox] = {}
        self.folder = QLineEdit(str(folder or Path.home()))
        self.folder.setAccessibleName("Folder")
        self.name = QLineEdit(name)
        self.name.setAccessibleName("Name")
        self.rule = QComboBox()
        self.rule.addItems(["smaller", "larger", "first"])
        self.only = QCheckBox(f"Only the {len(selected)} selected")
        self.only.setVisible(bool(selected))
        self.overwrite = QCheckBox("Replace files that are there already")
        self._problem = QLabel()
        self._problem.setWordWrap(True)
        self._lay_out()

    # ---- Public methods

    def params(self) -> ExportParams:
        """Return what was asked for.

        Raises
        ------
        InputError
            When no form is ticked, or folder or name are missing.
        """
        chosen = {form: self._target(form) for form, t in self.ticks.items()
                  if t.isChecked()}  # fmt: skip
        if not chosen:
            raise InputError("Tick at least one form.")
        if not self.name.text().strip() or not Path(self.folder.text()).is_dir():
            raise InputError("Give a name, and a folder that exists.")
        mesh_kind: Any = self.kinds["mesh"].currentText().lstrip(".")
        rule: Any = self.rule.currentText()
        return ExportParams(
            **chosen,
            mesh_kind=mesh_kind,
            overlap_rule=rule,
            ids=self._selected if self.only.isChecked() else None,
            overwrite=self.overwrite.isChecked(),
        )

    def accept(self) -> None:
        """Close, unless something is missing."""
        try:
            self.params()
        except InputError as error:
            self._problem.setText(str(error))
            return
        super().accept()

    # ---- Private methods

    def _target(self, form: str) -> Path:
        stem = Path(self.folder.text()) / self.name.text().strip()
        kind = self.kinds[form].currentText()
        ending = {"swc": "_swc", "mesh": "_meshes", "fisbe": "_fisbe.zarr"}
        ending["labels"] = f"_labels{kind}"
        ending["table"] = f"_measurements{kind}"
        return stem.with_name(stem.name + ending[form])

    def _lay_out(self) -> None:
        grid = QGridLayout()
        for row, (form, (title, kinds, text)) in enumerate(_FORMS.items()):
            tick = QCheckBox(title, checked=form in ("labels", "swc", "table"))
            tick.setToolTip(text)
            menu = QComboBox()
            menu.addItems(list(kinds))
            menu.setAccessibleName(f"{title}: format")
            menu.setVisible(len(kinds) > 1)
            about = QLabel(text)
            about.setObjectName("Muted")
            self.ticks[form], self.kinds[form] = tick, menu
            for place, widget in enumerate((tick, menu, about)):
                grid.addWidget(widget, row, place)
        grid.setColumnStretch(2, 1)
        grid.addWidget(QLabel("Shared voxels go to the"), len(_FORMS), 0)
        grid.addWidget(self.rule, len(_FORMS), 1)
        grid.addWidget(QLabel("neuron in the label image"), len(_FORMS), 2)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addLayout(grid)
        column.addLayout(self._places())
        for widget in (self.only, self.overwrite, self._problem):
            column.addWidget(widget)
        role = QDialogButtonBox.StandardButton
        box = QDialogButtonBox(role.Cancel)
        box.addButton("Export", QDialogButtonBox.ButtonRole.AcceptRole)
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        column.addWidget(box)
        self.setMinimumWidth(480)

    def _places(self) -> QGridLayout:
        browse = QPushButton("Choose…")
        browse.clicked.connect(self._ask_folder)
        row = QHBoxLayout()
        row.addWidget(self.folder, 1)
        row.addWidget(browse)
        grid = QGridLayout()
        grid.addWidget(QLabel("Folder"), 0, 0)
        grid.addLayout(row, 0, 1)
        grid.addWidget(QLabel("Name"), 1, 0)
        grid.addWidget(self.name, 1, 1)
        return grid

    def _ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self, "Folder to export to", self.folder.text()
        )
        if chosen:
            self.folder.setText(chosen)
