"""The lock of a project: one program writes to it at a time."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

from striate.errors import StriateError
from striate.processes import host, is_running, this_process

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ProjectLock"]

_SILENT_SECONDS = 600.0
"""After so long without a sign, the holder on another machine is taken for dead."""


class ProjectLock:
    """A file ``<project>.lock`` beside the project that names who has it open.

    A lock whose program has ended is taken over. Where the folder cannot be
    written to, nothing can be saved either and no lock is needed.

    Parameters
    ----------
    project
        The project file.
    """

    def __init__(self, project: Path) -> None:
        self.path = project.with_name(f"{project.name}.lock")
        self._project = project
        self._held = False

    def acquire(self) -> None:
        """Take the lock.

        Raises
        ------
        StriateError
            When another running Striate has the project open.
        """
        for _ in range(2):
            if self._held or self._create():
                return
            holder = self._holder()
            if self._lives(holder):
                raise StriateError(self._sentence(holder))
            self.path.unlink(missing_ok=True)
        raise StriateError(self._sentence(self._holder()))

    def refresh(self) -> None:
        """Show that we are still here."""
        if self._held and self.path.exists():
            os.utime(self.path)

    def release(self) -> None:
        """Give the lock back."""
        if self._held:
            self._held = False
            self.path.unlink(missing_ok=True)

    # ---- Private methods

    def _create(self) -> bool:
        try:
            with self.path.open("x", encoding="utf-8") as file:
                json.dump({"owner": this_process(), "host": host()}, file)
        except FileExistsError:
            return False
        except OSError:
            return True
        self._held = True
        return True

    def _holder(self) -> dict[str, Any]:
        try:
            stored = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return stored if isinstance(stored, dict) else {}

    def _lives(self, holder: dict[str, Any]) -> bool:
        owner = str(holder.get("owner", ""))
        if owner == this_process() or holder.get("host") == host():
            return is_running(owner)
        try:
            return time.time() - self.path.stat().st_mtime < _SILENT_SECONDS
        except OSError:
            return False

    def _sentence(self, holder: dict[str, Any]) -> str:
        pid = str(holder.get("owner", "")).partition(":")[0]
        where = "on this computer"
        if holder.get("host") not in (None, host()):
            where = f"on {holder['host']}"
        return (
            f"{self._project.name} is open in another Striate {where} (process {pid}): "
            "close it there, or open a copy of the file."
        )
