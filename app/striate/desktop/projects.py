"""The project in the window: asked for, saved, autosaved, recovered, put back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer
from qtpy.QtWidgets import QFileDialog, QMessageBox

from striate.desktop.project_pages import capture_pages, restore_page
from striate.errors import StriateError
from striate.project import Project, crashed_sessions
from striate.project.references import refer
from striate.widgets.notifications import Notification

if TYPE_CHECKING:
    from collections.abc import Sequence

    from striate.desktop.main_window import MainWindow
    from striate.project import FileRef, Session

__all__ = ["Projects"]

_FILTER = "Striate project (*.striate)"
_FOLDERS = (".zarr", "")
_Button = QMessageBox.StandardButton


class Projects(QObject):
    """Carries the project between the window and its file."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.project = Project()
        window.services.project = self.project
        self.project.about_to_save.connect(self._gather)
        self.project.changed.connect(self._show_name)
        self._restoring = False
        self._with_layers: set[tuple[str, str]] = set()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._autosave)
        self.restart_autosave()

    # ---- Actions

    def new(self) -> None:
        """Begin an empty project, after asking about the present one."""
        if self.may_close():
            self.project.new()
            self._clear_pages()
            self._window.show_page("welcome")

    def ask_open(self) -> None:
        """Ask for a project and open it."""
        path, _ = QFileDialog.getOpenFileName(
            self._window, "Open a project", self._folder(), _FILTER
        )
        if path:
            self.open(path)

    def open(self, path: str | Path) -> None:
        """Open a project: its data, its look and the layout."""
        if not self.may_close():
            return
        try:
            self.project.open(path)
        except StriateError as error:
            self._window.services.notify.exception(error)
            return
        self._window.remember_file(Path(path))
        self._put_back()

    def save(self) -> None:
        """Save, asking for a file the first time."""
        if self.project.path is None:
            self.save_as()
        else:
            self._save(self.project.path)

    def save_as(self) -> None:
        """Ask for a file and save to it."""
        name = self.project.name or "project"
        path, _ = QFileDialog.getSaveFileName(
            self._window,
            "Save the project",
            str(Path(self._folder()) / f"{name}.striate"),
            _FILTER,
        )
        if path:
            self._save(Path(path))

    def recover_skipped(self) -> None:
        """Offer everything that a crash left, also what was skipped before."""
        sessions = crashed_sessions(skipped=True)
        if sessions:
            self._offer(sessions)
        else:
            self._window.services.notify.info("There is no unsaved work to recover.")

    # ---- The window's life

    def offer_recovery(self) -> None:
        """At the start: offer what crashed sessions left, newest first."""
        self._offer(crashed_sessions())

    def may_close(self) -> bool:
        """Ask whether to save work that would be lost; False to stay."""
        self._gather()
        worth_asking = self.project.path is not None or self.project.state.workspaces
        if not (worth_asking and self.project.unsaved):
            return True
        name = self.project.name or "this project"
        answer = QMessageBox.question(
            self._window,
            "Save the project",
            f"Save the changes to {name}? They are lost otherwise.",
            _Button.Save | _Button.Discard | _Button.Cancel,
            _Button.Save,
        )
        if answer == _Button.Save:
            self.save()
            return not self.project.unsaved
        return bool(answer == _Button.Discard)

    def close(self) -> None:
        """Leave nothing to recover, and the project to others."""
        self._timer.stop()
        self.project.close()

    def restart_autosave(self) -> None:
        """Autosave as often as the preferences say."""
        self._timer.start(1000 * self._window.services.settings.autosave_seconds)

    def note_opened(self, path: Path, page: str, options: dict[str, Any]) -> None:
        """Take a file that was just opened into the project."""
        if self._restoring:
            return
        self.project.add_file(refer(path, page, hashed=False, **options))
        # The fingerprint reads the disk: it may come later.
        self._window.background.run(
            lambda: refer(path, page, **options), self._on_fingerprint, _ignore
        )

    # ---- Private methods: to the project

    def _save(self, path: Path) -> None:
        try:
            written = self.project.save(path)
        except StriateError as error:
            self._window.services.notify.exception(error)
            return
        self._window.remember_file(written)
        self._window.statusBar().showMessage(f"Saved {written}.", 8000)

    def _autosave(self) -> None:
        try:
            self.project.autosave()
        except StriateError as error:
            self._window.services.notify.warning(f"Autosave failed: {error}")
        self._show_name()

    def _gather(self) -> None:
        if self._restoring:
            return
        self._drop_closed_files()
        front = self._window.current_page()
        self.project.set_look(
            capture_pages(self._window.pages.made()),
            self._window.layout_state(),
            front.workspace.name if front else "",
        )

    def _drop_closed_files(self) -> None:
        """Forget files whose layers the person has removed."""
        shown = {
            (str((layer.metadata.get("striate") or {}).get("source")), name)
            for name, page in self._window.pages.made().items()
            for layer in page.model.layers
        }
        closed = self._with_layers - shown
        self._with_layers = {
            key for f in self.project.state.files if (key := (f.path, f.page)) in shown
        }
        self.project.state.files = [
            f for f in self.project.state.files if (f.path, f.page) not in closed
        ]

    def _on_fingerprint(self, reference: FileRef) -> None:
        files = self.project.state.files
        if any((f.path, f.page) == (reference.path, reference.page) for f in files):
            self.project.add_file(reference)

    def _show_name(self) -> None:
        path = self.project.path
        self._window.setWindowTitle(f"{path.stem}[*]" if path else "Striate")
        self._window.setWindowModified(path is not None and self.project.unsaved)

    def _folder(self) -> str:
        if self.project.path is not None:
            return str(self.project.path.parent)
        return str(Path.home())

    # ---- Private methods: from the project

    def _put_back(self, then: Any = None) -> None:
        """Open the files again, and give pages and window their look afterwards."""
        self._clear_pages()
        self._restoring = True
        moved, wanted = {}, []
        for reference, found in self.project.found_files():
            if found is None:
                self._say_missing(reference)
                continue
            if found.changed:
                self._window.services.notify.warning(
                    f"{found.path.name} has changed since the project was saved."
                )
            moved[reference.path] = str(found.path)
            reference.path = str(found.path)
            wanted.append((found.path, reference.page, reference.options))
        self._window.opening.open_all(wanted, lambda: self._on_opened(moved, then))

    def _on_opened(self, moved: dict[str, str], then: Any) -> None:
        state = self.project.state
        known = [w.name for w in self._window.workspaces]
        for name, page_state in state.pages.items():
            if name in known:
                self._window.show_page(name)
                restore_page(self._window.current_page(), page_state, moved)
        if state.layout:
            self._window.restore_layout_state(state.layout)
        self._window.show_page(state.page if state.page in known else "welcome")
        self._restoring = False
        self.project.changed.emit()
        if then is not None:
            then()

    def _say_missing(self, reference: FileRef) -> None:
        name = Path(reference.path).name
        self._window.services.notify.post(
            Notification(
                "warning",
                f"{name} is not where the project left it ({reference.path}). Put it "
                "back, or beside the project, and open the project anew; or show "
                "where it is now.",
                answer=("Locate…", lambda: self.locate(reference)),
            )
        )

    def locate(self, reference: FileRef) -> None:
        """Ask where a missing file or folder is now, and open it from there."""
        old = Path(reference.path)
        title = f"Where is {old.name}?"
        # A zarr, or a folder of slices.
        if old.suffix.lower() in _FOLDERS:
            path = QFileDialog.getExistingDirectory(self._window, title, self._folder())
        else:
            path, _ = QFileDialog.getOpenFileName(self._window, title, self._folder())
        if not path:
            return
        files = self.project.state.files
        self.project.state.files = [f for f in files if f is not reference]
        wanted = [(Path(path), reference.page, reference.options)]
        moved = {reference.path: str(Path(path).absolute())}
        self._window.opening.open_all(wanted, lambda: self._on_located(moved))

    def _on_located(self, moved: dict[str, str]) -> None:
        for name, page_state in self.project.state.pages.items():
            if name in self._window.pages.made():
                restore_page(self._window.pages.made()[name], page_state, moved)
        self.project.changed.emit()

    def _clear_pages(self) -> None:
        self._with_layers.clear()
        for page in self._window.pages.made().values():
            page.model.layers.clear()

    def _offer(self, sessions: Sequence[Session]) -> None:
        from striate.desktop.recovery_dialog import RecoveryDialog

        for session in sessions:
            choice = RecoveryDialog(session, self._window).ask()
            if choice == "recover":
                self._recover(session)
                return
            session.skip()
            if choice == "saved" and session.project is not None:
                self.open(session.project)
                return

    def _recover(self, session: Session) -> None:
        try:
            self.project.recover(session)
        except StriateError as error:
            self._window.services.notify.exception(error)
            return

        def settle() -> None:
            # Only now has its state proved harmless; until then a crash keeps it.
            self._autosave()
            session.end()

        self._put_back(settle)


def _ignore(error: BaseException) -> None:
    """Leave the reference without a fingerprint."""
