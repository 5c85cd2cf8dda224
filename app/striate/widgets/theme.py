"""Dark and light: follow the system or the person, one style sheet for all windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Qt, Signal
from qtpy.QtGui import QColor, QGuiApplication, QPalette

from striate.widgets.theme_icons import icon_theme, use_icon_theme

if TYPE_CHECKING:
    from qtpy.QtWidgets import QApplication

__all__ = ["CHOICES", "ThemeFollower", "resolve", "shade", "stylesheet"]

_APPLIED = "striateTheme"
CHOICES = ("system", "dark", "light")
"""What a person may choose."""


def resolve(choice: str) -> str:
    """Return ``"dark"`` or ``"light"`` for a choice; unknown systems are dark."""
    if choice in ("dark", "light"):
        return choice
    hints = QGuiApplication.styleHints()
    scheme = hints.colorScheme() if hints else Qt.ColorScheme.Unknown
    return "light" if scheme == Qt.ColorScheme.Light else "dark"


def stylesheet(theme: str) -> str:
    """Return napari's style sheet for the theme and ours on top of it."""
    from napari.qt import get_stylesheet

    shades = _SHADES[theme]
    napari_names = {
        "background": shades["base"],
        "foreground": shades["button"],
        "primary": shades["pressed"],
        "text": shades["text"],
        "icon": shades["text"],
    }
    rgb = {name: QColor(value).getRgb()[:3] for name, value in napari_names.items()}
    variables = {name: f"rgb{value}" for name, value in rgb.items()}
    return get_stylesheet(theme, extra_variables=variables) + _OURS.format(**shades)


def shade(name: str) -> QColor:
    """Colour of the theme in use, such as ``"accent"`` or ``"line"``."""
    return QColor(_SHADES[icon_theme()][name])


class ThemeFollower(QObject):
    """Keeps the application in the chosen theme, and in the system's when so chosen.

    Attributes
    ----------
    changed
        Emitted with ``"dark"`` or ``"light"`` after a change.
    """

    changed = Signal(str)

    def __init__(
        self,
        app: QApplication,
        choice: str = "system",
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent or app)
        self._app = app
        self._choice = choice
        self.theme = ""
        app.styleHints().colorSchemeChanged.connect(self._on_system_changed)

    def choose(self, choice: str) -> None:
        """Apply ``"system"``, ``"dark"`` or ``"light"``."""
        self._choice = choice
        self._apply(resolve(choice))

    # ---- Private methods

    def _on_system_changed(self, *_: Any) -> None:
        if self._choice == "system":
            self._apply(resolve("system"))

    def _apply(self, theme: str) -> None:
        if theme == self.theme:
            return
        self.theme = theme
        use_icon_theme(theme)
        if self._app.property(_APPLIED) != theme:
            self._app.setPalette(_palette(theme))
            self._app.setStyleSheet(stylesheet(theme))
            self._app.setProperty(_APPLIED, theme)
        self.changed.emit(theme)


_SHADES = {
    "dark": {
        "base": "#1F232A", "raised": "#2A2F38", "line": "#3B424E", "text": "#E3E6EA",
        "muted": "#9AA3AF", "accent": "#5CB3FF", "accent_text": "#0E1116",
        "info": "#5CB3FF", "warning": "#F5B84B", "error": "#FF8A75",
        "chosen": "#2F4F6B", "button": "#39414D", "pressed": "#4A5463",
        "bar": "#2A659B",
    },
    "light": {
        "base": "#F7F8FA", "raised": "#FFFFFF", "line": "#CBD0D8", "text": "#1D2129",
        "muted": "#5B6472", "accent": "#0B66C3", "accent_text": "#FFFFFF",
        "info": "#0B66C3", "warning": "#9A6200", "error": "#C2341D",
        "chosen": "#CFE3F7", "button": "#E2E6EC", "pressed": "#CAD1DB",
        "bar": "#9CC7F0",
    },
}  # fmt: skip


def _palette(theme: str) -> QPalette:
    shade = {name: QColor(value) for name, value in _SHADES[theme].items()}
    role = QPalette.ColorRole
    palette = QPalette()
    for where, name in (
        (role.Window, "base"), (role.Base, "raised"), (role.AlternateBase, "base"),
        (role.Button, "raised"), (role.ToolTipBase, "raised"),
        (role.WindowText, "text"), (role.Text, "text"),
        (role.ButtonText, "text"), (role.ToolTipText, "text"),
        (role.Highlight, "chosen"), (role.HighlightedText, "text"),
        (role.Link, "accent"), (role.PlaceholderText, "muted"), (role.Mid, "line"),
    ):  # fmt: skip
        palette.setColor(where, shade[name])
    return palette


_OURS = """
QMainWindow, QDialog, QWidget#Welcome, QWidget#WelcomeBody, QScrollArea#Welcome
  {{ background: {base}; color: {text}; }}
QMenuBar {{ background: {base}; color: {text}; }}
QMenuBar::item:selected, QMenu::item:selected {{ background: {chosen}; }}
QMenu {{ background: {raised}; color: {text}; border: 1px solid {line}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 4px 8px; }}
QToolBar {{ background: {base}; border: none; spacing: 2px; padding: 2px 6px; }}
QToolBar::separator {{ width: 1px; background: {line}; margin: 5px 5px; }}
QToolBar QToolButton, QStatusBar QToolButton
  {{ background: transparent; border-radius: 4px; padding: 4px 7px; }}
QToolBar QToolButton:hover, QStatusBar QToolButton:hover {{ background: {chosen}; }}
QToolBar QToolButton:checked {{ background: {chosen}; }}
QSizeGrip {{ image: none; background: transparent; }}
QFrame#Toast QToolButton {{ background: transparent; }}
QStatusBar {{ background: {base}; color: {text}; }}
QStatusBar::item {{ border: none; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {line}; }}
QTabBar {{ background: {base}; border: none; qproperty-drawBase: 0; }}
QTabBar::tab {{ background: {base}; color: {muted}; padding: 6px 14px;
  border: none; border-bottom: 2px solid transparent; }}
QMainWindow > QTabBar::tab {{ padding: 6px 8px; }}
QTabBar::tab:selected {{ background: {base}; color: {text};
  border-bottom: 2px solid {accent}; }}
QTabBar::tab:hover {{ background: {raised}; color: {text}; }}
QDockWidget {{ color: {muted}; }}
QDockWidget::title {{ background: {base}; padding: 5px 8px; }}
QWidget#PanelTitle {{ background: {base}; }}
QWidget#PanelTitle QToolButton {{ background: transparent; border: none; }}
QWidget#PanelTitle QToolButton:hover {{ background: {chosen}; border-radius: 3px; }}
QDialog#Palette {{ background: {raised}; border: 1px solid {line}; }}
QDialog#Palette QListView {{ border: none; padding: 2px; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QScrollArea {{ background: {base}; border: none; }}
QPushButton#Recent {{ background: transparent; text-align: left; padding: 6px 8px; }}
QPushButton#Recent:hover {{ background: {chosen}; }}
QProgressBar {{ background: {base}; }}
QTableView, QTreeView, QListView, QPlainTextEdit
  {{ background: {raised}; color: {text}; alternate-background-color: {base};
  border: 1px solid {line}; border-radius: 4px; gridline-color: {line}; }}
QTableView::item:selected, QListView::item:selected
  {{ background: {chosen}; color: {text}; }}
QHeaderView::section {{ background: {base}; color: {muted}; border: none;
  border-bottom: 1px solid {line}; padding: 4px 6px; }}
QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox {{ min-height: 1.5em; }}
QPushButton#Primary {{ background: {accent}; color: {accent_text}; font-weight: 600;
  padding: 7px 16px; }}
QPushButton#Primary:disabled {{ background: {button}; color: {muted}; }}
*:focus {{ outline: none; }}
QPushButton:focus, QToolButton:focus, QLineEdit:focus, QComboBox:focus,
QSpinBox:focus, QDoubleSpinBox:focus, QTableView:focus, QListView:focus,
QPlainTextEdit:focus {{ border: 1px solid {accent}; }}
QFrame#Toast {{ background: {raised}; color: {text}; border: 1px solid {line};
  border-left: 4px solid {info}; border-radius: 6px; }}
QFrame#Toast[level="warning"] {{ border-left-color: {warning}; }}
QFrame#Toast[level="error"] {{ border-left-color: {error}; }}
QFrame#Toast QLabel {{ background: transparent; }}
QLabel#ToastCount {{ background: {chosen}; border-radius: 8px; padding: 1px 7px;
  font-weight: 600; }}
QFrame#Card {{ background: {raised}; border: 1px solid {line}; border-radius: 8px; }}
QFrame#Card QLabel {{ background: transparent; }}
QLabel#Muted {{ color: {muted}; }}
QLabel#Problem {{ color: {error}; }}
QLabel#Heading {{ font-size: 14pt; font-weight: 600; }}
QLabel#Title {{ font-size: 24pt; font-weight: 300; }}
QLabel#Tag {{ color: {warning}; border: 1px solid {warning}; border-radius: 7px;
  padding: 0 6px; }}
"""
