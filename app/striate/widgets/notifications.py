"""What the program tells the person: one stream, heard by toasts and the log."""

from __future__ import annotations

import traceback
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from striate.errors import StriateError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LEVELS", "Notification", "Notifications"]

LEVELS = ("info", "warning", "error")
"""From harmless to serious."""

_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing said to the person.

    Parameters
    ----------
    level
        ``"info"``, ``"warning"`` or ``"error"``.
    text
        One clear sentence.
    details
        Copyable text behind it, such as a traceback; may be empty.
    source
        Who says so: ``"striate"``, ``"napari"``, ``"job"`` ...
    key
        Two notifications with the same key are one thing said twice.
    quiet
        For the log only: no toast.
    answer
        Label of a button and what it does, where something can be done at once.
    """

    level: str
    text: str
    details: str = ""
    source: str = "striate"
    key: str = ""
    quiet: bool = False
    answer: tuple[str, Callable[[], None]] | None = None
    when: datetime = field(default_factory=datetime.now)

    def __post_init__(self) -> None:
        if not self.key:
            object.__setattr__(self, "key", f"{self.level}:{self.text}")


class Notifications(QObject):
    """Fulfils ``Notifier``. May be called from any thread.

    Attributes
    ----------
    posted
        Emitted with each :class:`Notification`; slots of GUI objects run on the
        GUI thread, because Qt queues what crosses threads.
    """

    posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.records: deque[Notification] = deque(maxlen=_KEPT)

    # ---- Notifier

    def info(self, text: str) -> None:
        """Tell something good to know."""
        self.post(Notification("info", text))

    def warning(self, text: str) -> None:
        """Tell something that may need doing."""
        self.post(Notification("warning", text))

    def error(self, text: str, details: str = "") -> None:
        """Tell that something failed; `details` can be read and copied."""
        self.post(Notification("error", text, details))

    # ---- Others

    def note(self, text: str, level: str = "info", source: str = "striate") -> None:
        """Write to the log only: no toast."""
        self.post(Notification(level, text, source=source, quiet=True))

    def exception(self, error: BaseException) -> None:
        """Tell of an exception: the user's kind in a sentence, ours with traceback."""
        self.post(from_exception(error))

    def post(self, notification: Notification) -> None:
        """Keep and announce a notification."""
        self.records.append(notification)
        self.posted.emit(notification)


def from_exception(error: BaseException, source: str = "striate") -> Notification:
    """Make a notification of an exception; one key per type, file and line."""
    details = "".join(traceback.format_exception(error))
    if isinstance(error, StriateError):
        return Notification("error", str(error), "", source)
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    kind = type(error).__name__
    text = f"Something went wrong inside the program ({kind}: {_first_line(error)})."
    return Notification("error", text, details, source, key=f"{kind}@{place}")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:160] if lines else "no message"
