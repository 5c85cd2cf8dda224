"""The command palette: type a few letters, press Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QModelIndex, QObject, QSize, Qt
from qtpy.QtGui import QIcon, QKeyEvent, QKeySequence, QPainter, QPixmap
from qtpy.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from striate.desktop.fuzzy import score
from striate.widgets.theme import shade
from striate.widgets.theme_icons import icon

if TYPE_CHECKING:
    from striate.desktop.actions import Action, ActionBook

__all__ = ["Palette"]

_LIST_KEYS = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
)  # fmt: skip


KEYS_ROLE = Qt.ItemDataRole.UserRole + 1


class _KeysDelegate(QStyledItemDelegate):
    """Writes an action's shortcut at the right end of its line."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Draw the line, then the keys."""
        super().paint(painter, option, index)
        place = option.rect.adjusted(0, 0, -12, 0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.save()
        painter.setPen(shade("muted"))
        painter.drawText(place, right, index.data(KEYS_ROLE) or "")
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return a line that is easy to hit."""
        return QSize(super().sizeHint(option, index).width(), 30)


class Palette(QDialog):
    """Lists every action that can be done now, best match first."""

    def __init__(self, book: ActionBook, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("Palette")
        self.setAccessibleName("Command palette")
        self._book = book
        self._actions = book.possible()
        self.edit = QLineEdit(placeholderText="Type what you want to do")
        self.edit.setAccessibleName("Search commands")
        self.edit.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName("Matching commands")
        self.list.setUniformItemSizes(True)
        self.list.setIconSize(QSize(18, 18))
        self.list.setItemDelegate(_KeysDelegate(self.list))
        self._none = QLabel("No command matches.")
        self._none.setObjectName("Muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        for widget in (self.edit, self.list, self._none):
            layout.addWidget(widget)
        self.edit.installEventFilter(self)
        self.edit.textChanged.connect(self._filter)
        self.edit.returnPressed.connect(self._do)
        self.list.itemActivated.connect(self._do)
        self.list.itemClicked.connect(self._do)
        self._filter("")
        self._place(parent)

    def titles(self) -> list[str]:
        """Return the titles now listed, best first."""
        return [self.list.item(i).text() for i in range(self.list.count())]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrow keys move in the list while the typing goes on."""
        pressed = event.type() == QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent) and event.key() in _LIST_KEYS:
            self.list.keyPressEvent(event)
            return True
        return False

    # ---- Private methods

    def _place(self, parent: QWidget) -> None:
        width = min(560, parent.width() - 40)
        self.resize(width, min(420, parent.height() - 80))
        top = parent.mapToGlobal(parent.rect().topLeft())
        self.move(top.x() + (parent.width() - width) // 2, top.y() + 60)
        self.edit.setFocus()

    def _filter(self, query: str) -> None:
        found = [(score(query, _spoken(a)), a) for a in self._actions]
        best = sorted((f for f in found if f[0]), key=lambda f: -f[0])
        self.list.clear()
        for _, action in best:
            self.list.addItem(self._item(action))
        self.list.setCurrentRow(0)
        self._none.setVisible(not best)

    def _item(self, action: Action) -> QListWidgetItem:
        keys = QKeySequence(action.shortcut).toString()
        item = QListWidgetItem(_spoken(action))
        item.setIcon(icon(action.icon) if action.icon else _no_icon())
        item.setData(Qt.ItemDataRole.UserRole, action.id)
        item.setData(KEYS_ROLE, keys)
        item.setToolTip(action.help)
        return item

    def _do(self, *_: object) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        chosen = item.data(Qt.ItemDataRole.UserRole)
        self.close()
        self._book.trigger(chosen)


def _no_icon() -> QIcon:
    """Return an empty picture that keeps titles in line."""
    pixmap = QPixmap(18, 18)
    pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)


def _spoken(action: Action) -> str:
    """Return the title with the menu it is in: "Open Sample: Brainbow cortex"."""
    return f"{action.menu.rpartition('/')[2]}: {action.title}"
