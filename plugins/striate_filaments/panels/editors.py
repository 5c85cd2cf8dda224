"""The editors of a panel: begun when first needed, kept on disk, closed together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer, Signal

from striate_filaments.panels.editor import Editor

if TYPE_CHECKING:
    from pathlib import Path

    from striate.widgets.links import Links
    from striate.widgets.services import Services
    from striate_filaments.panels.neurons_view import NeuronsView

__all__ = ["Editors"]

_AUTOSAVE_MS = 60_000


class Editors(QObject):
    """Holds one editor for each view; their logs are in the project's folder.

    Attributes
    ----------
    edited
        Emitted after every change, undo and redo.
    """

    edited = Signal()

    def __init__(self, services: Services, links: Links, parent: QObject) -> None:
        super().__init__(parent)
        self._services, self._links = services, links
        self._editors: dict[int, Editor] = {}
        self._autosave = QTimer(self, interval=_AUTOSAVE_MS)
        self._autosave.timeout.connect(self._sync)
        self._autosave.start()
        project = getattr(services, "project", None)
        if project is not None:
            links.add(project.folder_moved, self._on_folder_moved)
            links.add(project.replaced, self.close)

    def begin(self, view: NeuronsView) -> Editor:
        """Make the editor of a view."""
        editor = Editor(view, self._folder())
        self._editors[id(view)] = editor
        self._links.add(editor.changed, self._on_changed)
        return editor

    def close(self, *_: Any) -> None:
        """Let all logs go."""
        for editor in self._editors.values():
            editor.close()
        self._editors.clear()

    # ---- Private methods

    def _folder(self) -> Path:
        project = getattr(self._services, "project", None)
        if project is not None:
            found: Path = project.folder
            return found
        found = self._services.settings.jobs_dir() / "edits"
        return found

    def _on_changed(self, *_: Any) -> None:
        self.edited.emit()

    def _on_folder_moved(self, old: Path, new: Path) -> None:
        for editor in self._editors.values():
            log = editor.session.log
            if log.path.parent == old:
                log.moved(new / log.path.name)

    def _sync(self) -> None:
        for editor in self._editors.values():
            editor.session.log.sync()
