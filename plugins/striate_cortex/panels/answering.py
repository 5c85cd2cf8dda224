"""Which library answers the clicks on a subject, and the answers; no Qt.

Panels of one subject share the one of its view: what is chosen in the Library panel
is what the Unit panel answers with and what the Captions panel maps.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from psygnal import Signal

if TYPE_CHECKING:
    from pathlib import Path

    from striate_cortex.captions import Answers
    from striate_cortex.library import Library
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["Answering"]


class Answering:
    """Opens what a click is answered with, once, in whichever thread asks first.

    Attributes
    ----------
    chosen
        Emitted when another library answers.
    captioned
        Emitted when a job has captioned units.
    """

    chosen = Signal()
    captioned = Signal()

    def __init__(self, view: CortexView) -> None:
        self._view = view
        self._path: Path | None = None
        self._lock = threading.RLock()
        self._library: Library | None = None
        self._answers: dict[str, Answers] = {}

    @property
    def path(self) -> Path | None:
        """Folder of the library; None: the one that fits the subject and is here."""
        return self._path

    def choose(self, path: Path | None) -> None:
        """Answer with another library."""
        if path == self._path:
            return
        with self._lock:
            self._path, self._library = path, None
            self._answers.clear()
        self.chosen.emit()

    def library(self) -> Library:
        """Open the library; for a thread.

        Raises
        ------
        InputError
            When there is none, or it cannot be read.
        """
        from striate_cortex.unit_choice import library_for

        with self._lock:
            if self._library is None:
                self._library = library_for(self._path, self._view.subject)
            return self._library

    def answers(self, name: str) -> Answers:
        """Get ready to answer from a model; for a thread.

        Raises
        ------
        InputError
            When there is no library, or it is of another encoder's space.
        """
        from striate_cortex.captions import open_answers

        with self._lock:
            if name not in self._answers:
                model: Any = self._view.model(name)
                self._answers[name] = open_answers(
                    self._view.subject, model, self.library(), name=name
                )
            return self._answers[name]
