"""Choose among the cortices that a viewer shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QWidget

from striate_cortex.panels.cortex_layers import cortex_views, view_of

if TYPE_CHECKING:
    from striate.widgets.links import Links
    from striate.widgets.services import ViewerLike
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["ViewMenu"]

_NOTHING = "No subject yet"


class ViewMenu(QWidget):
    """A menu of the viewer's subjects; the one added last is chosen.

    Attributes
    ----------
    changed
        Emitted with the :class:`CortexView` chosen, or None.
    """

    changed = Signal(object)

    def __init__(
        self, viewer: ViewerLike, links: Links, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._views: list[CortexView] = []
        self._view: CortexView | None = None
        self.menu = QComboBox()
        self.menu.setAccessibleName("Subject")
        self.menu.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.menu.setMinimumContentsLength(14)
        self.menu.currentIndexChanged.connect(self._on_chosen)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.menu, 1)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh)
        for name in ("inserted", "removed"):
            links.add(getattr(viewer.layers.events, name), self._on_layers_changed)
        links.add(viewer.layers.selection.events.active, self._on_active_changed)
        self.refresh()

    # ---- Public methods

    def view(self) -> CortexView | None:
        """Return the view chosen."""
        return self._view

    def choose(self, view: CortexView) -> None:
        """Choose a view that the viewer shows."""
        self.refresh()
        if view in self._views:
            self.menu.setCurrentIndex(self._views.index(view))

    def refresh(self) -> None:
        """Read the viewer's layers again; a subject that is new is chosen."""
        before = self._views
        self._views = cortex_views(self._viewer)
        fresh = [view for view in self._views if view not in before]
        wanted = fresh[0] if fresh else self._view
        blocked = self.menu.blockSignals(True)
        self.menu.clear()
        self.menu.addItems([v.subject.title for v in self._views] or [_NOTHING])
        self.menu.setEnabled(bool(self._views))
        if wanted in self._views:
            self.menu.setCurrentIndex(self._views.index(wanted))
        self.menu.blockSignals(blocked)
        self._on_chosen()

    # ---- Private methods

    def _on_layers_changed(self, event: Any = None) -> None:
        self._soon.start()

    def _on_active_changed(self, event: Any = None) -> None:
        view = view_of(self._viewer.layers.selection.active)
        if view is not None and view is not self._view:
            self.choose(view)

    def _on_chosen(self, *_: Any) -> None:
        index = self.menu.currentIndex()
        view = self._views[index] if 0 <= index < len(self._views) else None
        if view is not self._view:
            self._view = view
            self.changed.emit(view)
