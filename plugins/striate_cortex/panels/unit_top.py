"""The library's items that a unit's weights point to, with their softmax weights."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal

from striate_cortex.panels.bars import Bar, Bars
from striate_cortex.panels.section import Section
from striate_cortex.panels.tiles import Tile, Tiles

if TYPE_CHECKING:
    from striate_cortex.captions import TopItem, UnitAnswer
    from striate_cortex.panels.thumbnails import Thumbnails

__all__ = ["TopItems"]

_EMPTY = (
    "Nothing to show yet: a library of pictures or captions is needed. Choose or build "
    "one in the Library panel."
)


class TopItems(Section):
    """Pictures where the library has them here, else its texts.

    Attributes
    ----------
    picture_chosen
        Emitted with the :class:`TopItem` whose picture was clicked.
    """

    picture_chosen = Signal(object)

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__("Top images")
        self._thumbnails = thumbnails
        self._items: dict[int, TopItem] = {}
        self.tiles = Tiles()
        self.bars = Bars(_EMPTY)
        self.add(self.tiles)
        self.add(self.bars)
        self.tiles.setAccessibleName("Top images")
        self.tiles.chosen.connect(self._on_chosen)
        self.clear()

    def clear(self) -> None:
        """Show nothing, and say how to get something."""
        self._show(())

    def show_answer(self, answer: UnitAnswer) -> None:
        """Show an answer's top items."""
        self._show(answer.top)
        total = sum(item.share for item in answer.top)
        if answer.top:
            self.note.setText(f"together {total:.0%} of the weight")

    def _show(self, items: tuple[TopItem, ...]) -> None:
        self._items = {item.place: item for item in items}
        pictured = [i for i in items if i.image and Path(i.image).is_file()]
        texts = [] if pictured else items
        self.button.setText("Top images" if pictured or not items else "Top texts")
        self.note.clear()
        self.tiles.set_tiles([_tile(item) for item in pictured])
        self.tiles.setVisible(bool(pictured))
        most = max((i.share for i in texts), default=1.0)
        self.bars.set_bars(
            Bar(i.captions[0] if i.captions else i.name, i.share / most,
                f"{i.share:.1%}")
            for i in texts
        )  # fmt: skip
        self.bars.setVisible(not pictured)
        self._thumbnails.ask([(i.image, self._setter(i.place)) for i in pictured])

    def _setter(self, place: int) -> Any:
        return lambda picture: self.tiles.set_picture(place, picture)

    def _on_chosen(self, place: int) -> None:
        self.picture_chosen.emit(self._items[place])


def _tile(item: TopItem) -> Tile:
    said = escape(item.captions[0]) if item.captions else ""
    tip = (
        f"<p>{said or escape(item.name)}</p><p>Softmax weight {item.share:.2%}; cosine "
        f"{item.cosine:.3f}<br>{escape(item.origin)}</p>"
    )
    first = item.captions[0] if item.captions else item.name
    return Tile(item.place, f"{item.share:.1%}", first, tip)
