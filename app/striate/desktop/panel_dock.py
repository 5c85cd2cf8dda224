"""The dock around one panel; the panel itself is made when first seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QWidget,
)

from striate.jobs.kind import load_object
from striate.widgets.theme_icons import icon

if TYPE_CHECKING:
    from striate.desktop.services import ShellServices
    from striate.workspace import PanelSpec

__all__ = ["PanelDock"]


class PanelDock(QDockWidget):
    """Holds the panel of a :class:`striate.workspace.PanelSpec`, scrollable."""

    def __init__(
        self, spec: PanelSpec, viewer: Any, services: ShellServices, parent: QWidget
    ) -> None:
        super().__init__(spec.title, parent)
        self.spec = spec
        self._viewer = viewer
        self._services = services
        self._panel: QWidget | None = None
        self.setObjectName(f"panel.{spec.id}")
        self.setAccessibleName(f"{spec.title} panel")
        self.setToolTip(spec.help)
        self.setWidget(QWidget())
        self.setTitleBarWidget(_TitleBar(self, spec.help or spec.title))
        self.visibilityChanged.connect(self._on_visibility_changed)

    def build(self) -> None:
        """Make the panel, once; a panel that fails says so in its place."""
        if self._panel is not None:
            return
        try:
            self._panel = load_object(self.spec.factory)(self._viewer, self._services)
        except Exception as error:  # noqa: BLE001 - a plugin's fault must not take the window down
            self._services.notify.exception(error)
            self._panel = _apology(self.spec.title, error)
        self.setWidget(_scrollable(self._panel))

    def panel_widget(self) -> QWidget:
        """Return the panel, made if need be."""
        self.build()
        assert self._panel is not None
        return self._panel

    def close_panel(self) -> None:
        """Close the panel so that it can let go of the viewer."""
        if self._panel is not None:
            self._panel.close()

    def sizeHint(self) -> QSize:
        """Return the size it would like."""
        return QSize(340, 420)

    def _on_visibility_changed(self, visible: bool) -> None:
        if visible:
            self.build()


class _TitleBar(QWidget):
    """What the panel is for, and float: its name stands on the tab already."""

    def __init__(self, dock: QDockWidget, text: str) -> None:
        super().__init__(dock)
        self.setObjectName("PanelTitle")
        label = QLabel(text)
        label.setObjectName("Muted")
        label.setWordWrap(True)
        apart = QToolButton(icon=icon("float"))
        apart.setIconSize(QSize(14, 14))
        apart.setToolTip("Take the panel out of the window, or put it back")
        apart.setAccessibleName(f"Float the panel {dock.windowTitle()}")
        apart.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 6, 4)
        row.addWidget(label, stretch=1)
        row.addWidget(apart, alignment=Qt.AlignmentFlag.AlignTop)


def _scrollable(panel: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    area.setWidget(panel)
    return area


def _apology(title: str, error: BaseException) -> QLabel:
    label = QLabel(f"The panel {title} could not be made: {error}")
    label.setWordWrap(True)
    label.setMargin(12)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    return label
