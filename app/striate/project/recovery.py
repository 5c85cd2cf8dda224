"""After a crash: every running program leaves a marker and its autosaved state.

Layout, in ``<home>/recovery/<session>/``: ``session.json`` names the program and
its project; ``state.striate`` is the newest autosave; ``files`` is the folder of a
project that was never saved. A session that ends well removes its folder.
"""

from __future__ import annotations

import json
import shutil
import time
import uuid
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from striate.processes import is_running, this_process
from striate.project.storage import read_project, write_json, write_project
from striate.settings import home

if TYPE_CHECKING:
    from striate.project.state import ProjectState

__all__ = ["Session", "crashed_sessions"]

_STATE = "state.striate"
_MARKER = "session.json"
_MANY_ATTEMPTS = 1
_KEPT_DAYS = 90


class _Marker(BaseModel):
    owner: str
    project: str = ""
    attempts: int = 0
    skipped: bool = False


class Session:
    """One run of the program, and what would be left of it after a crash."""

    def __init__(self, folder: Path, marker: _Marker) -> None:
        self.folder = folder
        self._marker = marker

    @classmethod
    def start(cls) -> Session:
        """Leave the marker of this process."""
        folder = _root() / uuid.uuid4().hex[:12]
        folder.mkdir(parents=True)
        session = cls(folder, _Marker(owner=this_process()))
        session._write_marker()
        return session

    # ---- Of the running program

    def write(self, state: ProjectState, project: Path | None) -> None:
        """Autosave.

        Raises
        ------
        OutputError
            When the disk is full or the folder gone.
        """
        self._marker.project = str(project or "")
        self._write_marker()
        write_project(self.folder / _STATE, state)

    def forget(self) -> None:
        """Drop the autosave: all is saved."""
        (self.folder / _STATE).unlink(missing_ok=True)

    def end(self) -> None:
        """Leave nothing behind: the program ends well."""
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- Of a crashed one

    @property
    def project(self) -> Path | None:
        """The project it had open, or None for one that was never saved."""
        return Path(self._marker.project) if self._marker.project else None

    @property
    def saved(self) -> datetime:
        """When it was last autosaved, in local time."""
        return datetime.fromtimestamp((self.folder / _STATE).stat().st_mtime)

    @property
    def age_days(self) -> float:
        """Days since the last autosave."""
        return (time.time() - (self.folder / _STATE).stat().st_mtime) / 86400

    @property
    def skipped(self) -> bool:
        """Whether the person chose not to be asked again."""
        return self._marker.skipped

    @property
    def dangerous(self) -> bool:
        """Whether recovering it was tried before and the program crashed again."""
        return self._marker.attempts >= _MANY_ATTEMPTS

    def state(self) -> ProjectState:
        """Read the autosave and count the attempt.

        Raises
        ------
        InputError
            When it is damaged.
        """
        self._marker.attempts += 1
        self._write_marker()
        return read_project(self.folder / _STATE)

    def skip(self) -> None:
        """Keep it, but do not ask about it at the next start."""
        self._marker.skipped = True
        self._write_marker()

    # ---- Private methods

    def _write_marker(self) -> None:
        write_json(self.folder / _MARKER, self._marker.model_dump())


def crashed_sessions(*, skipped: bool = False) -> list[Session]:
    """Return sessions that did not end well and left an autosave, newest first.

    `skipped` includes those the person does not want to be asked about. Folders
    with nothing to recover are removed.
    """
    found = []
    for folder in sorted(_root().glob("*")):
        session = _read(folder)
        if session is None or is_running(session._marker.owner):
            continue
        if not (folder / _STATE).exists() or session.age_days > _KEPT_DAYS:
            session.end()
        elif skipped or not session.skipped:
            found.append(session)
    return sorted(found, key=lambda s: s.saved, reverse=True)


def _read(folder: Path) -> Session | None:
    try:
        stored = json.loads((folder / _MARKER).read_text("utf-8"))
        return Session(folder, _Marker.model_validate(stored))
    except (OSError, ValueError, ValidationError):
        return None


def _root() -> Path:
    return home() / "recovery"
