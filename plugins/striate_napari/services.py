"""The services of plain napari: one instance that all of our widgets share."""

from __future__ import annotations

import atexit
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from striate.settings import Settings

if TYPE_CHECKING:
    from striate.widgets.jobs_bridge import QtJobs

__all__ = ["NapariNotifier", "NapariServices", "shared_services", "shut_down"]

_shared: NapariServices | None = None


class NapariNotifier:
    """Tells the person through napari's own notifications."""

    def info(self, text: str) -> None:
        """Tell something good to know."""
        from napari.utils.notifications import show_info

        show_info(text)

    def warning(self, text: str) -> None:
        """Tell something that may need doing."""
        from napari.utils.notifications import show_warning

        show_warning(text)

    def error(self, text: str, details: str = "") -> None:
        """Tell that something failed."""
        from napari.utils.notifications import show_error

        show_error(f"{text}\n{details}" if details else text)


@dataclass
class NapariServices:
    """Fulfils ``striate.widgets.services.Services``."""

    jobs: QtJobs
    notify: NapariNotifier
    settings: Settings
    project: Any = None


def shared_services() -> NapariServices:
    """Return the services, started when the first widget asks."""
    global _shared
    if _shared is None:
        from striate.jobs import Supervisor
        from striate.widgets.jobs_bridge import QtJobs

        settings = Settings.load()
        jobs = QtJobs(Supervisor(settings.jobs_dir(), settings=settings))
        _shared = NapariServices(jobs, NapariNotifier(), settings)
        jobs.lost.connect(_on_lost)
        atexit.register(shut_down)
    return _shared


def shut_down() -> None:
    """Stop the workers; the next widget starts new ones."""
    global _shared
    if _shared is not None:
        _shared.jobs.close()
        _shared = None


def _on_lost(job_id: str) -> None:
    if _shared is not None:
        _shared.notify.warning(
            "A job was cut off when napari stopped: run it again from its panel."
        )
