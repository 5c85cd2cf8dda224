"""What is in a library: searched by word, with where each item comes from."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from striate.widgets.background import Background
from striate.widgets.record_model import Column
from striate.widgets.tables import RecordTable
from striate_cortex.panels.known_libraries import search_items
from striate_cortex.panels.section import muted
from striate_cortex.panels.thumbnails import Thumbnails
from striate_cortex.panels.tiles import Tile, Tiles

if TYPE_CHECKING:
    from striate_cortex.library import Item
    from striate_cortex.panels.cortex_view import CortexView
    from striate_cortex.panels.known_libraries import LibraryFacts

__all__ = ["LibraryItems"]

_WAIT_MS = 250
_TILES = 24
_COLUMNS = (
    Column("caption", "Caption or name"),
    Column("origin", "Comes from"),
)


class LibraryItems(QWidget):
    """The first items, or those with a word: pictures as tiles, all in a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._thumbnails = Thumbnails(self)
        self._facts: LibraryFacts | None = None
        self._view: CortexView | None = None
        self._generation = 0
        self.search = QLineEdit(placeholderText="Search, such as: dog")
        self.search.setAccessibleName("Search the library")
        self.search.setClearButtonEnabled(True)
        self.count = muted()
        self.tiles = Tiles(72)
        self.table = RecordTable(_COLUMNS, empty="No item has this word.")
        self.table.setMinimumHeight(150)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.search, self.count, self.tiles, self.table):
            column.addWidget(part)
        self._soon = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._soon.timeout.connect(self._ask)
        self.search.textEdited.connect(lambda _: self._soon.start())

    def show_library(self, facts: LibraryFacts | None, view: CortexView | None) -> None:
        """Show the items of a library."""
        if facts == self._facts and view is self._view:
            return
        self._facts, self._view = facts, view
        self._ask()

    def close_items(self) -> None:
        """Read nothing more."""
        self._soon.stop()
        self._generation += 1
        self._thumbnails.close()
        self._background.close()

    # ---- Private methods

    def _ask(self) -> None:
        self._generation += 1
        generation, facts, view = self._generation, self._facts, self._view
        word = self.search.text()
        if facts is None or not facts.count:
            self._show([])
            return

        def then(items: list[Item]) -> None:
            if generation == self._generation:
                self._show(items)

        self._background.run(
            lambda: _search(facts, view, word), then, lambda error: self._show([])
        )

    def _show(self, items: list[Item]) -> None:
        total = self._facts.count if self._facts is not None else 0
        word = self.search.text().strip()
        said = f"{len(items):,} of {total:,} items"
        self.count.setText(f"{said} with “{word}”" if word else f"The first {said}")
        self.count.setVisible(total > 0)
        self.table.set_records(
            {"id": i, "caption": " / ".join(item.captions) or item.name,
             "origin": item.origin}
            for i, item in enumerate(items)
        )  # fmt: skip
        pictured = [(i, item) for i, item in enumerate(items) if item.image][:_TILES]
        self.tiles.set_tiles([_tile(i, item) for i, item in pictured])
        self.tiles.setVisible(bool(pictured))
        self._thumbnails.ask([(item.image, self._setter(i)) for i, item in pictured])

    def _setter(self, i: int) -> Any:
        return lambda picture: self.tiles.set_picture(i, picture)


def _search(facts: LibraryFacts, view: CortexView | None, word: str) -> list[Item]:
    from striate_cortex.library import default_library, open_library

    if facts.path is not None:
        return search_items(open_library(facts.path), word)
    if view is None:
        return []
    return search_items(default_library(view.subject, facts.space), word)


def _tile(i: int, item: Item) -> Tile:
    first = escape(item.captions[0]) if item.captions else escape(item.name)
    return Tile(i, tip=f"<p>{first}</p><p>{escape(item.origin)}</p>")
