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

    from striate_cortex.captions import AnswerParams, Answers
    from striate_cortex.maps import CortexMap
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
    paint_wanted
        Emitted with the name of a map that another panel wants painted.
    """

    chosen = Signal()
    captioned = Signal()
    paint_wanted = Signal(str)

    def __init__(self, view: CortexView) -> None:
        self._view = view
        self._path: Path | None = None
        self._params: AnswerParams | None = None
        self._lock = threading.RLock()
        self.topics: CortexMap | None = None
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
            self._path = path
            self._answers.clear()
        self.chosen.emit()

    @property
    def params(self) -> AnswerParams | None:
        """How units are told; None: as usual."""
        return self._params

    def tell_by(self, params: AnswerParams) -> None:
        """Tell units in another way from now on."""
        if params == self._params:
            return
        with self._lock:
            self._params = params
            self._answers.clear()
        self.chosen.emit()

    def set_topics(self, topics: CortexMap | None) -> None:
        """Keep the map of topics that an atlas gave; None: there is none."""
        self.topics = topics

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
                    self._view.subject, model, self._path, name=name,
                    params=self._params,
                )  # fmt: skip
            return self._answers[name]
