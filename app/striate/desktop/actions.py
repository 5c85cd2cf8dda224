"""The record of one action, and the book that makes menus of a list of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject
from qtpy.QtGui import QAction, QKeySequence

from striate.errors import StriateError
from striate.widgets.theme_icons import icon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from qtpy.QtWidgets import QMainWindow, QMenu, QToolBar

__all__ = ["Action", "ActionBook"]


def _always(window: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do. Menu, toolbar, palette and keyboard show it alike.

    Parameters
    ----------
    id
        Dotted and unique, such as ``"file.open"``.
    title
        What it says, as a verb phrase; an ellipsis when it asks first.
    call
        Called with the main window.
    menu
        ``"File"``, or ``"File/Open Sample"`` for a submenu. Groups within a menu
        are separated by a line.
    when
        Tells, given the main window, whether it can be done now.
    checked
        Given the main window, whether it is on; None for what is not a switch.
    toolbar
        Its short name on the toolbar; empty to keep it off.
    """

    id: str
    title: str
    call: Callable[[Any], Any]
    menu: str
    group: int = 0
    shortcut: str = ""
    icon: str = ""
    toolbar: str = ""
    when: Callable[[Any], bool] = _always
    checked: Callable[[Any], bool] | None = None
    help: str = ""


class ActionBook(QObject):
    """The QActions of one window, made from the list and kept up to date.

    Raises
    ------
    ValueError
        When two actions share an id or a shortcut.
    """

    def __init__(self, window: QMainWindow, actions: Iterable[Action]) -> None:
        super().__init__(window)
        self._window = window
        self.actions: dict[str, Action] = {}
        self._qactions: dict[str, QAction] = {}
        self._menus: dict[str, QMenu] = {}
        for action in actions:
            self._add(action)

    # ---- Public methods

    def qaction(self, action_id: str) -> QAction:
        """Return the QAction of an id."""
        return self._qactions[action_id]

    def trigger(self, action_id: str) -> None:
        """Do it, if it can be done now."""
        self.refresh()
        self._qactions[action_id].trigger()

    def possible(self) -> list[Action]:
        """Every action that can be done now, in the order of the list."""
        return [a for a in self.actions.values() if a.when(self._window)]

    def fill_menu_bar(self) -> None:
        """Make the menu bar."""
        last: dict[str, int] = {}
        for action in self.actions.values():
            menu = self._menu(action.menu)
            if last.get(action.menu, action.group) != action.group:
                menu.addSeparator()
            last[action.menu] = action.group
            menu.addAction(self._qactions[action.id])

    def fill_toolbar(self, bar: QToolBar) -> None:
        """Put the actions marked for it on a toolbar, a line between menus."""
        previous = ""
        for action in self.actions.values():
            if not action.toolbar:
                continue
            if previous and previous != action.menu:
                bar.addSeparator()
            previous = action.menu
            bar.addAction(self._qactions[action.id])

    def menu(self, name: str) -> QMenu:
        """Return a menu of the bar by name, such as ``"File/Open Recent"``."""
        return self._menu(name)

    def refresh(self) -> None:
        """Ask every action anew whether it can be done and whether it is on."""
        for action_id, qaction in self._qactions.items():
            action = self.actions[action_id]
            qaction.setEnabled(action.when(self._window))
            if action.checked is not None:
                qaction.setChecked(action.checked(self._window))

    def redraw_icons(self) -> None:
        """Draw the icons anew after a change of theme."""
        for action_id, qaction in self._qactions.items():
            if self.actions[action_id].icon:
                qaction.setIcon(icon(self.actions[action_id].icon))

    # ---- Private methods

    def _add(self, action: Action) -> None:
        if action.id in self.actions:
            raise ValueError(f"Two actions are called {action.id}.")
        keys = [a.shortcut for a in self.actions.values() if a.shortcut]
        if action.shortcut in keys:
            raise ValueError(f"{action.id}: the shortcut {action.shortcut} is taken.")
        self.actions[action.id] = action
        self._qactions[action.id] = self._make(action)

    def _make(self, action: Action) -> QAction:
        made = QAction(action.title, self._window)
        made.setObjectName(action.id)
        made.setStatusTip(action.help or action.title)
        if action.icon:
            made.setIcon(icon(action.icon))
        if action.shortcut:
            made.setShortcut(QKeySequence(action.shortcut))
            made.setToolTip(f"{action.title} ({made.shortcut().toString()})")
        if action.toolbar:
            made.setIconText(action.toolbar)
        made.setCheckable(action.checked is not None)
        made.triggered.connect(lambda *_: self._call(action))
        self._window.addAction(made)
        return made

    def _call(self, action: Action) -> None:
        try:
            action.call(self._window)
        except StriateError as error:
            self._window.services.notify.exception(error)
        self.refresh()

    def _menu(self, path: str) -> QMenu:
        if path not in self._menus:
            parent, _, title = path.rpartition("/")
            owner: Any = self._menu(parent) if parent else self._window.menuBar()
            menu = owner.addMenu(title if parent else f"&{title}")
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(self.refresh)
            self._menus[path] = menu
        return self._menus[path]
