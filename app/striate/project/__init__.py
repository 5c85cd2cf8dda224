"""Projects: references to data, view state, edit log, autosave, lock.

Here lives the ``.striate`` file: what was open, how it was looked at, what was
made of it. It holds references, never copies of volumes. No Qt, no napari.
Public entry: :class:`Project`.
"""

from __future__ import annotations

from striate.project.project import Project
from striate.project.recovery import Session, crashed_sessions
from striate.project.state import FileRef, PageState, ProjectState

__all__ = [
    "FileRef",
    "PageState",
    "Project",
    "ProjectState",
    "Session",
    "crashed_sessions",
]
