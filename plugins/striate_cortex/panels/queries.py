"""Phrases to directions of an encoder's space, in a thread; only the newest counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer, Signal

from striate.errors import InputError, StriateError
from striate.widgets.background import Background

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TextQueries", "takes_texts"]

_WAIT_MS = 250


def takes_texts(space: str) -> bool:
    """Whether phrases can be placed in a space, as far as is known without loading."""
    from striate.models import find_card
    from striate_cortex.encoders.opening import TASK

    if space.startswith("timm"):
        return False
    try:
        card = find_card(space, TASK)
    except (StriateError, KeyError):
        return True
    return str(card.details.get("family", "clip")) in ("clip", "siglip")


class TextQueries(QObject):
    """Embeds what a person types, a moment after the last key.

    Attributes
    ----------
    answered
        Emitted with the phrase, the space and the (d,) vector.
    failed
        Emitted with a sentence.
    started
        Emitted when a phrase is being read.
    """

    answered = Signal(str, str, object)
    failed = Signal(str)
    started = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._encoders: dict[str, Any] = {}
        self._known: dict[tuple[str, str], NDArray[Any]] = {}
        self._wanted = ("", "")
        self._timer = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._timer.timeout.connect(self._start)

    def ask(self, phrase: str, space: str, *, at_once: bool = False) -> None:
        """Ask for a phrase; an empty one asks for nothing more."""
        self._wanted = (phrase.strip(), space)
        self._timer.stop()
        if not self._wanted[0]:
            return
        if self._wanted in self._known or at_once:
            self._start()
        else:
            self._timer.start()

    def close(self) -> None:
        """Answer nothing more."""
        self._timer.stop()
        self._wanted = ("", "")
        self._background.close()

    def _start(self) -> None:
        wanted = self._wanted
        if wanted in self._known:
            self._answer(wanted, self._known[wanted])
            return
        self.started.emit()
        self._background.run(
            lambda: self._embed(*wanted),
            lambda vector: self._answer(wanted, vector),
            lambda error: self._fail(wanted, error),
        )

    def _embed(self, phrase: str, space: str) -> NDArray[Any]:
        from striate_cortex.encoders import open_encoder

        if not space:
            raise InputError(
                "This model does not say which encoder its features are from: "
                "phrases cannot be placed in its space."
            )
        if space not in self._encoders:
            encoder = open_encoder(space)
            if not encoder.space.text:
                raise InputError(
                    f"{encoder.space.title or space} takes images only: phrases need "
                    "a model that was fitted with an encoder of texts."
                )
            self._encoders[space] = encoder
        return self._encoders[space].embed_texts([phrase])[0]

    def _answer(self, wanted: tuple[str, str], vector: NDArray[Any]) -> None:
        self._known[wanted] = vector
        if wanted == self._wanted:
            self.answered.emit(*wanted, vector)

    def _fail(self, wanted: tuple[str, str], error: BaseException) -> None:
        if wanted == self._wanted:
            self.failed.emit(str(error))
