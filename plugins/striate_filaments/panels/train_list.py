"""The list of volumes a training learns from and is judged on, with its buttons."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from striate.errors import StriateError
from striate_filaments.panels.train_sources import (
    JUDGE,
    LEARN,
    Material,
    found_in,
    shown_in,
)
from striate_filaments.training.params import TrainSource

if TYPE_CHECKING:
    from striate.widgets.services import ViewerLike

__all__ = ["MaterialList"]

_NAME, _USE, _ALL = range(3)


class MaterialList(QWidget):
    """Volumes with their true neurons, what each is for, and whether all is labelled.

    Attributes
    ----------
    changed
        Emitted when a volume comes, goes, or gets another use.
    refused
        Emitted with a sentence when what was chosen is no volume with neurons.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, viewer: ViewerLike, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._materials: list[Material] = []
        self.list = QTreeWidget()
        self.add_button = QPushButton("Add")
        self.remove_button = QPushButton("Remove")
        self.summary = QLabel()
        self._lay_out()
        self.add_button.menu().aboutToShow.connect(self._fill_menu)
        self.remove_button.clicked.connect(self._on_remove)
        self.list.itemSelectionChanged.connect(self._on_selected)
        self.list.itemChanged.connect(self._on_item_changed)
        self._refresh()

    # ---- Public methods

    def materials(self) -> list[Material]:
        """Return them in the order of the list."""
        return list(self._materials)

    def add(self, found: list[Material]) -> None:
        """Add volumes; of several at once the last is to judge on, if none is yet."""
        have = [m.use for m in self._materials]
        if len(found) > 1 and JUDGE not in have:
            found[-1].use = JUDGE
        self._materials += found
        self._refresh()

    def add_folder(self, path: Path) -> None:
        """Add a FISBe sample, or every sample of a folder."""
        try:
            self.add(found_in(path))
        except StriateError as error:
            self.refused.emit(str(error))

    def add_files(self, volume: Path, neurons: Path) -> None:
        """Add a picture and the file with its true neurons."""
        self.add([Material(volume.name, TrainSource(volume=volume, neurons=neurons))])

    def set_use(self, row: int, use: str) -> None:
        """Learn from a volume or judge on it."""
        box = self.list.itemWidget(self.list.topLevelItem(row), _USE)
        assert isinstance(box, QComboBox)
        box.setCurrentText(use)

    # ---- Making

    def _lay_out(self) -> None:
        self.list.setHeaderLabels(
            ["Volume with its neurons", "Used to", "All labelled"]
        )
        self.list.setRootIsDecorated(False)
        self.list.setAccessibleName("Volumes to learn from and to judge on")
        self.list.setFixedHeight(124)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        for place in (_USE, _ALL):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.add_button.setMenu(QMenu(self))
        self.add_button.setToolTip("Add volumes whose neurons are known.")
        self.remove_button.setToolTip("Leave the chosen volumes out.")
        self.summary.setObjectName("Muted")
        self.summary.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self.add_button)
        row.addWidget(self.remove_button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.list)
        column.addLayout(row)
        column.addWidget(self.summary)

    def _fill_menu(self) -> None:
        menu = self.add_button.menu()
        menu.clear()
        for material in shown_in(self._viewer):
            menu.addAction(material.name, lambda m=material: self.add([m]))
        if menu.isEmpty():
            none = menu.addAction("No image with neurons is open")
            none.setEnabled(False)
        menu.addSeparator()
        menu.addAction("FISBe sample, or a folder of them…", self._on_folder)
        menu.addAction("Image and its neurons…", self._on_files)

    # ---- Reactions

    def _on_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(
            self, "FISBe sample, or a folder of them"
        )
        if path:
            self.add_folder(Path(path))

    def _on_files(self) -> None:
        volume, _ = QFileDialog.getOpenFileName(self, "Image")
        if not volume:
            return
        title = f"Neurons of {Path(volume).name}"
        neurons, _ = QFileDialog.getOpenFileName(self, title)
        neurons = neurons or QFileDialog.getExistingDirectory(self, title)
        if neurons:
            self.add_files(Path(volume), Path(neurons))

    def _on_remove(self) -> None:
        rows = {self.list.indexOfTopLevelItem(i) for i in self.list.selectedItems()}
        self._materials = [m for i, m in enumerate(self._materials) if i not in rows]
        self._refresh()

    def _on_selected(self) -> None:
        self.remove_button.setEnabled(bool(self.list.selectedItems()))

    def _on_use(self, material: Material, use: str) -> None:
        material.use = use
        self._say()

    def _on_item_changed(self, item: QTreeWidgetItem, column: int) -> None:
        if column == _ALL:
            material = self._materials[self.list.indexOfTopLevelItem(item)]
            material.partly = item.checkState(_ALL) != Qt.CheckState.Checked

    # ---- Private methods

    def _refresh(self) -> None:
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for material in self._materials:
            self._add_row(material)
        self.list.blockSignals(blocked)
        self._on_selected()
        self._say()

    def _add_row(self, material: Material) -> None:
        item = QTreeWidgetItem([material.name, "", ""])
        item.setToolTip(_NAME, material.name)
        item.setToolTip(
            _ALL,
            "Untick it where only some neurons are labelled: what is not labelled is "
            "then no background.",
        )
        ticked = Qt.CheckState.Unchecked if material.partly else Qt.CheckState.Checked
        item.setCheckState(_ALL, ticked)
        self.list.addTopLevelItem(item)
        box = QComboBox()
        box.addItems([LEARN, JUDGE])
        box.setCurrentText(material.use)
        box.setAccessibleName(f"What {material.name} is used for")
        box.setToolTip("Learn from it, or keep it apart and measure S on it.")
        box.currentTextChanged.connect(lambda use, m=material: self._on_use(m, use))
        self.list.setItemWidget(item, _USE, box)

    def _say(self) -> None:
        self.summary.setText(_summary(self._materials))
        self.changed.emit()


def _summary(materials: list[Material]) -> str:
    learn = sum(m.use == LEARN for m in materials)
    judge = len(materials) - learn
    if not materials:
        return "Nothing yet: add volumes whose neurons are known, or simulate some."
    text = f"{learn} to learn from, {judge} to judge on."
    if not judge and learn > 1:
        text += " The last one is kept apart to judge on."
    elif not judge:
        text += " S would be measured on what is learned, and say too much."
    return text
