"""The project of the running program: opened, changed, saved, autosaved, closed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from striate.errors import OutputError
from striate.project.lock import ProjectLock
from striate.project.recovery import Session
from striate.project.references import Found, beside, find
from striate.project.state import FileRef, PageState, ProjectState
from striate.project.storage import SUFFIX, read_project, write_project

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Project"]


class Project:
    """One object for the whole run; :meth:`new` and :meth:`open` change what it is.

    Panels reach it as ``services.project`` and may connect to its signals once.
    Whoever keeps an edit log keeps it in :attr:`folder`.

    Attributes
    ----------
    replaced
        Emitted after another project was opened, recovered or begun.
    about_to_save
        Emitted before state is written: put yours in with :meth:`set_workspace`.
    folder_moved
        Emitted with (old, new) after :attr:`folder` became another one, its files
        with it: reopen what you have open there.
    changed
        Emitted when something worth saving changed, and after a save.
    """

    replaced = Signal()
    about_to_save = Signal()
    folder_moved = Signal(object, object)
    changed = Signal()

    def __init__(self) -> None:
        self.path: Path | None = None
        self.state = ProjectState()
        self._saved = self.state.content()
        self._lock: ProjectLock | None = None
        self._session: Session | None = None
        self._autosaved: dict[str, Any] | None = None

    # ---- Properties

    @property
    def name(self) -> str:
        """Name without suffix; empty before the first save."""
        return self.path.stem if self.path else ""

    @property
    def unsaved(self) -> bool:
        """Whether work would be lost: not for mere camera or window moves."""
        return self.state.content() != self._saved

    @property
    def session(self) -> Session:
        """The session of this run, begun when first asked for."""
        if self._session is None:
            self._session = Session.start()
        return self._session

    @property
    def folder(self) -> Path:
        """Folder for files of the project's own, such as the edit log; made here.

        ``<project>.striate.files`` beside the project; before the first save it is
        in the session's folder, where a crash leaves it.
        """
        folder = self._folder(self.path)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    # ---- Another project

    def new(self) -> None:
        """Begin an empty, unnamed project."""
        self._let_go()
        self._become(None, ProjectState())

    def open(self, path: str | Path) -> None:
        """Open a project file.

        Raises
        ------
        InputError
            When it is missing, damaged or from a newer Striate.
        StriateError
            When another running Striate has it open.
        """
        place = Path(path).expanduser().absolute()
        state = read_project(place)
        lock = self._locked(place)
        self._let_go(but=lock)
        self._lock = lock
        self._become(place, state)

    def recover(self, crashed: Session) -> None:
        """Take up what a crashed session left; it stays unsaved until saved.

        The session is kept: end it when its state has proved harmless.

        Raises
        ------
        InputError
            When the autosave is damaged.
        StriateError
            When another running Striate has its project open.
        """
        state, place = crashed.state(), crashed.project
        lock = self._locked(place) if place and place.parent.exists() else None
        self._let_go(but=lock)
        self._lock = lock
        if place is None:
            _copy(crashed.folder / "files", self._folder(None))
        self._become(place, state)
        self._saved = {}
        self.changed.emit()

    def close(self) -> None:
        """Let go of the lock and leave nothing to recover."""
        self._let_go()
        if self._session is not None:
            self._session.end()
            self._session = None

    # ---- What is in it

    def add_file(self, reference: FileRef) -> None:
        """Remember an open file; the same file in the same page is there once."""
        rest = [f for f in self.state.files
                if (f.path, f.page) != (reference.path, reference.page)]  # fmt: skip
        self.state.files = [*rest, reference]
        self.changed.emit()

    def found_files(self) -> list[tuple[FileRef, Found | None]]:
        """Look for every referenced file; None for one that is nowhere."""
        return [(ref, find(ref, self.path)) for ref in self.state.files]

    def workspace(self, name: str) -> dict[str, Any]:
        """Return what a workspace put in."""
        return dict(self.state.workspaces.get(name, {}))

    def set_workspace(self, name: str, values: Mapping[str, Any]) -> None:
        """Keep JSON-able values for a workspace; others of its keys stay."""
        merged = {**self.state.workspaces.get(name, {}), **values}
        if merged != self.state.workspaces.get(name):
            self.state.workspaces[name] = merged
            self.changed.emit()

    def set_look(
        self, pages: Mapping[str, PageState], layout: Mapping[str, str], page: str
    ) -> None:
        """Keep how pages and window look now; pages not named keep theirs."""
        self.state.pages = {**self.state.pages, **pages}
        self.state.layout, self.state.page = dict(layout), page

    # ---- Saving

    def save(self, path: str | Path | None = None) -> Path:
        """Write it, to another file when one is given, and return the path.

        Raises
        ------
        OutputError
            When it has no name yet, or cannot be written.
        StriateError
            When another running Striate has that file open.
        """
        target = Path(path).expanduser().absolute() if path else self.path
        if target is None:
            raise OutputError("This project has no file yet: choose one to save it.")
        if target.suffix != SUFFIX:
            target = target.with_name(target.name + SUFFIX)
        self.about_to_save.emit()
        lock = self._locked(target)
        state = self._pointing_from(target)
        try:
            self.state = write_project(target, state)
        except OutputError:
            if lock is not self._lock:
                lock.release()
            raise
        self._settle(target, lock)
        return target

    def autosave(self) -> bool:
        """Write the recovery file when there is work in it; True when it did.

        Raises
        ------
        OutputError
            When the disk is full.
        """
        if self._lock is not None:
            self._lock.refresh()
        self.about_to_save.emit()
        now = self.state.model_dump()
        if now == self._autosaved or not self.unsaved:
            return False
        self.session.write(self.state, self.path)
        self._autosaved = now
        return True

    # ---- Private methods

    def _folder(self, path: Path | None) -> Path:
        if path is None:
            return self.session.folder / "files"
        return path.with_name(f"{path.name}.files")

    def _locked(self, place: Path) -> ProjectLock:
        if self._lock is not None and self.path == place:
            return self._lock
        lock = ProjectLock(place)
        lock.acquire()
        return lock

    def _let_go(self, but: ProjectLock | None = None) -> None:
        if self._lock is not None and self._lock is not but:
            self._lock.release()
        self._lock = None
        if self._session is not None:
            self._session.forget()

    def _become(self, path: Path | None, state: ProjectState) -> None:
        self.path, self.state = path, state
        self._saved, self._autosaved = state.content(), None
        self.replaced.emit()
        self.changed.emit()

    def _pointing_from(self, target: Path) -> ProjectState:
        files = [beside(reference, target) for reference in self.state.files]
        return self.state.model_copy(update={"files": files})

    def _settle(self, target: Path, lock: ProjectLock) -> None:
        old_path, old = self.path, self._folder(self.path)
        if self._lock is not None and self._lock is not lock:
            self._lock.release()
        self.path, self._lock = target, lock
        self._saved, self._autosaved = self.state.content(), None
        if old_path != target and old.exists():
            new = self._folder(target)
            _copy(old, new)
            if old_path is None:
                shutil.rmtree(old, ignore_errors=True)
            self.folder_moved.emit(old, new)
        self.session.forget()
        self.changed.emit()


def _copy(old: Path, new: Path) -> None:
    if old.exists():
        shutil.copytree(old, new, dirs_exist_ok=True)
