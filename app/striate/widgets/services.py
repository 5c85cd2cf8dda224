"""What a panel may reach: its viewer, and the services of the running program.

Both protocols are fulfilled by the desktop shell and by plain napari, which is
why one panel class works in either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from psygnal import SignalInstance

    from striate.jobs.kind import JobRequest
    from striate.settings import Settings

__all__ = ["JobsService", "Notifier", "Services", "ViewerLike"]


class ViewerLike(Protocol):
    """The public part of napari's viewer that panels use.

    Fulfilled by ``napari.Viewer`` and by ``napari.components.ViewerModel``.
    """

    layers: Any
    dims: Any
    scene: Any
    canvas: Any
    cursor: Any
    mouse_drag_callbacks: list[Any]
    mouse_move_callbacks: list[Any]
    status: Any

    def add_image(self, *args: Any, **kwargs: Any) -> Any: ...

    def add_labels(self, *args: Any, **kwargs: Any) -> Any: ...

    def add_points(self, *args: Any, **kwargs: Any) -> Any: ...

    def add_shapes(self, *args: Any, **kwargs: Any) -> Any: ...

    def add_surface(self, *args: Any, **kwargs: Any) -> Any: ...

    def add_vectors(self, *args: Any, **kwargs: Any) -> Any: ...

    def reset_view(self, **kwargs: Any) -> None: ...

    def bind_key(self, *args: Any, **kwargs: Any) -> Any: ...


class JobsService(Protocol):
    """Submit jobs and hear of them, always on the GUI thread.

    Signals carry the job id first: ``progress(id, done, total, text)``,
    ``partial(id, value)``, ``finished(id, outcome: dict)`` for done,
    ``failed(id, message)``, ``cancelled(id)``.
    """

    progress: SignalInstance
    partial: SignalInstance
    finished: SignalInstance
    failed: SignalInstance
    cancelled: SignalInstance

    def submit(self, request: JobRequest) -> str:
        """Queue a job and return its id."""
        ...

    def cancel(self, job_id: str) -> None:
        """Ask it to stop; ask again to make it."""
        ...

    def folder(self, job_id: str) -> Path:
        """Folder the job may leave its files in."""
        ...


class Notifier(Protocol):
    """Tell the person something: a toast and a line in the log."""

    def info(self, text: str) -> None: ...

    def warning(self, text: str) -> None: ...

    def error(self, text: str, details: str = "") -> None: ...


class Services(Protocol):
    """Everything of the running program a panel may reach."""

    jobs: JobsService
    notify: Notifier
    settings: Settings
    project: Any
