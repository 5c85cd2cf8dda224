"""About, the shortcuts, and help on a page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from striate.desktop.crash import environment_report
from striate.widgets.theme_icons import app_icon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from striate.desktop.actions import Action
    from striate.workspace import Workspace

__all__ = ["about", "cheat_sheet", "page_help"]

_CANVAS_KEYS = (
    ("Drag, wheel", "Move, zoom; in 3-D turn"),
    ("Shift+drag", "Move in 3-D"),
    ("Left, Right", "One slice back, on"),
    ("Ctrl+Left, Ctrl+Right", "Slider before, after"),
    ("V", "Show or hide the chosen layers"),
)


def about(parent: QWidget) -> QDialog:
    """Version, licence and the environment, which can be copied."""
    from striate import __version__

    report = environment_report()
    html = (
        f"<h2>Striate {__version__}</h2><p>A desktop workbench for neuroscientists: "
        "from a picture to a neuron, and from a voxel to what it means.</p>"
        "<p>BSD 3-Clause licence. Nothing you open leaves this computer.</p>"
        f"<pre>{escape(report)}</pre>"
    )
    dialog = _browser("About Striate", html, parent, picture=True)
    box = dialog.findChild(QDialogButtonBox)
    copy = box.addButton("Copy Environment", QDialogButtonBox.ButtonRole.ActionRole)
    copy.clicked.connect(lambda: QApplication.clipboard().setText(report))
    return dialog


def cheat_sheet(actions: Sequence[Action], parent: QWidget) -> QDialog:
    """Every shortcut, by menu, and the keys of the picture."""
    rows: dict[str, list[tuple[str, str]]] = {}
    for action in actions:
        if action.shortcut:
            keys = QKeySequence(action.shortcut).toString()
            rows.setdefault(action.menu.split("/")[0], []).append((keys, action.title))
    rows["In the picture"] = list(_CANVAS_KEYS)
    html = "".join(f"<h3>{title}</h3>{_table(keys)}" for title, keys in rows.items())
    return _browser("Keyboard shortcuts", html, parent)


def page_help(workspace: Workspace | None, parent: QWidget) -> QDialog:
    """Say what a page and its panels are for."""
    if workspace is None:
        html = (
            "<h3>Welcome</h3><p>Open an image or drop it on the window. Striate reads "
            "TIFF, OME-TIFF, OME-Zarr, Zarr, HDF5, CZI, ND2 and folders of slices. "
            "Hold Shift while dropping to choose axes and voxel size.</p>"
        )
    else:
        panels = "".join(
            f"<li><b>{escape(p.title)}</b> {escape(p.help)}</li>"
            for p in workspace.panels
        )
        html = (
            f"<h3>{escape(workspace.title)}</h3>"
            f"<p>{escape(workspace.description)}</p><ul>{panels}</ul>"
        )
    return _browser("Help", html, parent)


# ---- Private functions


def _table(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><td width='190'><b>{escape(k)}</b></td><td>{escape(t)}</td></tr>"
        for k, t in rows
    )
    return f"<table cellpadding='3'>{cells}</table>"


def _browser(
    title: str, html: str, parent: QWidget, *, picture: bool = False
) -> QDialog:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.resize(560, 520)
    layout = QVBoxLayout(dialog)
    if picture:
        label = QLabel()
        label.setPixmap(app_icon().pixmap(QSize(96, 96)))
        layout.addWidget(label)
    text = QTextBrowser()
    text.setHtml(html)
    text.setAccessibleName(title)
    layout.addWidget(text)
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    box.rejected.connect(dialog.close)
    layout.addWidget(box)
    return dialog
