"""The Map panel: every embedding as a point, linked with the viewer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QPoint, Qt, QTimer
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from striate.errors import StriateError
from striate.widgets.background import Background
from striate.widgets.links import Links
from striate.widgets.message import Message
from striate.widgets.scatter import Scatter
from striate_channels.panels.colouring import colour_column
from striate_channels.panels.points_layer import PointsLink
from striate_channels.panels.session import MapTable, Session, read_map
from striate_channels.panels.thumbnails import Thumbnails, pixmap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.widgets.services import Services, ViewerLike

__all__ = ["MapPanel"]

_EMPTY = "No map yet: embed an image (the Embed panel), or open a profile's folder."
_HIDDEN = ("object_id", "z0", "z1", "y0", "y1", "x0", "x1", "t")
_WAIT_MS = 120


class MapPanel(QWidget):
    """Shows a profile's map; a lasso selects in the viewer, and the other way."""

    def __init__(self, viewer: ViewerLike, services: Services) -> None:
        super().__init__()
        self._viewer, self._services = viewer, services
        self._session = Session.of(viewer)
        self._links = Links(self)
        self._background = Background(self)
        self._thumbnails: Thumbnails | None = None
        self._colours: NDArray[np.uint8] = np.zeros((0, 3), np.uint8)
        self._asked: tuple[int, QPoint | None] = (-1, None)
        self.points = PointsLink(viewer, self._session, self._links)
        self.scatter = Scatter(_EMPTY)
        self.colour = QComboBox()
        self.open_button = QPushButton("Open…")
        self.export_button = QPushButton("Export…")
        self.find_button = QPushButton("Find similar")
        self.count = QLabel()
        self.message = Message()
        self.thumbnail = QLabel(self, Qt.WindowType.ToolTip)
        self._soon = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._lay_out()
        self._connect()
        self._on_map_changed(self._session.map)

    # ---- Public methods

    def open_folder(self, folder: str | Path) -> None:
        """Show the profile in a folder."""
        path = Path(folder)
        self._background.run(
            lambda: read_map(path), self._session.show_map, self._on_broken
        )

    def colour_by(self, column: str) -> None:
        """Colour the points by a column."""
        self.colour.setCurrentText(column)

    def export(self, path: str | Path) -> None:
        """Write the map as .svg or .png, coloured as it is shown.

        Raises
        ------
        OutputError
            When it cannot be written.
        """
        from striate.data import replacing
        from striate_channels.profiles.figure import write_png, write_svg

        table = self._session.map
        if table is None:
            return
        column = self.colour.currentText()
        title = f"{table.kind.upper()} of {len(table):,} embeddings, by {column}"
        write = write_svg if Path(path).suffix.lower() == ".svg" else write_png
        with replacing(path, overwrite=True) as part:
            write(part, table.points, table.columns.get(column), title)

    def find_similar(self) -> None:
        """Select the fifty objects most like those selected."""
        table, rows = self._session.map, self._session.rows
        if table is None or not len(rows):
            self.message.info("Select one or more points first: they are the examples.")
            return
        self._background.run(
            lambda: _similar(table, rows),
            lambda found: self._session.select(np.r_[rows, found], None),
            self._on_broken,
        )

    def closeEvent(self, event: Any) -> None:
        """Let go of the viewer."""
        self.thumbnail.hide()
        self._links.close()
        self._background.close()
        super().closeEvent(event)

    # ---- Making

    def _lay_out(self) -> None:
        self.colour.setAccessibleName("Colour by")
        self.colour.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.open_button.setToolTip("Open a folder that a profile was written to.")
        self.export_button.setToolTip("Save this map as SVG or PNG.")
        self.find_button.setToolTip("Select the fifty objects most like the selected.")
        self.count.setObjectName("Muted")
        self.count.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(QLabel("Colour by"))
        row.addWidget(self.colour, 1)
        buttons = QHBoxLayout()
        for button in (self.find_button, self.export_button, self.open_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self.scatter, 1)
        column.addWidget(self.count)
        column.addWidget(self.message)
        column.addLayout(buttons)
        self.thumbnail.setMargin(3)
        self.thumbnail.setAccessibleName("The object under the pointer")

    def _connect(self) -> None:
        self._session.map_changed.connect(self._on_map_changed)
        self._session.selected.connect(self._on_selected)
        self.colour.currentTextChanged.connect(self._on_colour_changed)
        self.scatter.chosen.connect(self._on_chosen)
        self.scatter.hovered.connect(self._on_hovered)
        self._soon.timeout.connect(self._ask_thumbnail)
        self.open_button.clicked.connect(self._on_open_clicked)
        self.export_button.clicked.connect(self._on_export_clicked)
        self.find_button.clicked.connect(self.find_similar)

    # ---- The map

    def _on_map_changed(self, table: MapTable | None) -> None:
        ready = table is not None
        for widget in (self.colour, self.export_button, self.find_button):
            widget.setEnabled(ready)
        if table is None:
            self.scatter.set_points(np.zeros((0, 2), np.float32))
            return
        self._thumbnails = Thumbnails(table)
        self.scatter.set_points(table.points)
        before = self.colour.currentText()
        names = [n for n in table.columns if n not in _HIDDEN and not _component(n)]
        blocked = self.colour.blockSignals(True)
        self.colour.clear()
        self.colour.addItems(names)
        first = "cluster" if "cluster" in names else names[0]
        self.colour.setCurrentText(before if before in names else first)
        self.colour.blockSignals(blocked)
        self._on_colour_changed(self.colour.currentText())
        shown = self.points.show(table, self._colours)
        if shown:
            self.message.clear()
        else:
            self.message.info("Open the image these were made from to see them in it.")
        self._say_count()

    def _on_colour_changed(self, column: str) -> None:
        table = self._session.map
        if table is None or column not in table.columns:
            return
        self._colours, names = colour_column(table.columns[column])
        self.scatter.set_colours(self._colours, names)
        self.points.recolour(self._colours)

    # ---- Selection

    def _on_chosen(self, rows: NDArray[np.int64]) -> None:
        self._session.select(rows, self)

    def _on_selected(self, rows: NDArray[np.int64], by: object) -> None:
        if by is not self:
            self.scatter.select(rows)
        self._say_count()

    def _say_count(self) -> None:
        table = self._session.map
        if table is None:
            self.count.clear()
            return
        chosen = len(self._session.rows)
        some = f"{chosen:,} selected of " if chosen else ""
        self.count.setText(f"{some}{len(table):,} points, {table.space}")

    # ---- Thumbnails

    def _on_hovered(self, row: int, where: QPoint | None) -> None:
        self._asked = (row, where)
        if row < 0:
            self._soon.stop()
            self.thumbnail.hide()
        else:
            self._soon.start()

    def _ask_thumbnail(self) -> None:
        row, where = self._asked
        source = self._thumbnails
        if row < 0 or source is None:
            return
        self._background.run(
            lambda: source.picture(row),
            lambda picture: self._show_thumbnail(row, where, picture),
            lambda error: self.thumbnail.hide(),
        )

    def _show_thumbnail(self, row: int, where: Any, picture: NDArray[np.uint8]) -> None:
        if self._asked[0] != row or where is None:
            return
        self.thumbnail.setPixmap(pixmap(picture))
        self.thumbnail.adjustSize()
        self.thumbnail.move(where + QPoint(16, 16))
        self.thumbnail.show()

    # ---- Buttons

    def _on_open_clicked(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Open a profile's folder")
        if folder:
            self.open_folder(folder)

    def _on_export_clicked(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, "Export the map", "map.svg", "SVG (*.svg);;PNG (*.png)"
        )
        if not name:
            return
        try:
            self.export(name)
        except StriateError as error:
            self._services.notify.error(str(error))
            return
        self._services.notify.info(f"Wrote {name}.")

    def _on_broken(self, error: BaseException) -> None:
        self.message.error(str(error))


def _component(name: str) -> bool:
    return name.startswith(("pc", "umap")) and name[-1].isdigit()


def _similar(table: MapTable, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Search in the components: the vectors themselves stay on disk."""
    from striate_channels.profiles.searching import search

    names = [n for n in table.columns if n.startswith("pc") and n[2:].isdigit()]
    vectors = np.stack([table.columns[n].astype(np.float32) for n in names], axis=1)
    return search(vectors, rows.tolist(), top=50)[0]
