"""The command palette: type a few letters, press Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtGui import QKeyEvent, QKeySequence
from qtpy.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from striate.desktop.fuzzy import score
from striate.widgets.theme_icons import icon

if TYPE_CHECKING:
    from striate.desktop.actions import Action, ActionBook

__all__ = ["Palette"]

_LIST_KEYS = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
)  # fmt: skip


class Palette(QDialog):
    """Lists every action that can be done now, best match first."""

    def __init__(self, book: ActionBook, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Command palette")
        self._book = book
        self._actions = book.possible()
        self.edit = QLineEdit(placeholderText="Type what you want to do")
        self.edit.setAccessibleName("Search commands")
        self.edit.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName("Matching commands")
        self.list.setUniformItemSizes(True)
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
        keys = QKeySequence(action.shortcut).toString() if action.shortcut else ""
        item = QListWidgetItem(_spoken(action) + (f"    {keys}" if keys else ""))
        item.setIcon(icon(action.icon or "panel"))
        item.setData(Qt.ItemDataRole.UserRole, action.id)
        item.setToolTip(action.help)
        return item

    def _do(self, *_: object) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        chosen = item.data(Qt.ItemDataRole.UserRole)
        self.close()
        self._book.trigger(chosen)


def _spoken(action: Action) -> str:
    """Return the title with the menu it is in: "Open Sample: Brainbow cortex"."""
    return f"{action.menu.rpartition('/')[2]}: {action.title}"
