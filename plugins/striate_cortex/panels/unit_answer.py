"""The parts of the Unit panel that a library answers: at once, then in full."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from striate.errors import InputError
from striate.widgets.background import Background
from striate_cortex.panels.made_images import MadeImage
from striate_cortex.panels.picture_window import PictureWindow
from striate_cortex.panels.unit_images import image_text
from striate_cortex.panels.unit_predict import PredictBox
from striate_cortex.panels.unit_top import TopItems
from striate_cortex.panels.unit_words import CaptionView, Facets, Keywords, TrustView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from striate_cortex.captions import Answers, TopItem, UnitAnswer
    from striate_cortex.panels.cortex_view import CortexView
    from striate_cortex.panels.thumbnails import Thumbnails
    from striate_cortex.panels.unit_facts import UnitFacts

__all__ = ["AnswerParts"]

_LIBRARY = "Build or open one in the Library panel."
_NO_MODEL = "No caption: fit an encoding model first, in the Subject panel."


class AnswerParts(QObject):
    """Caption, keywords, top items, facets, trust and predictions of one unit.

    Attributes
    ----------
    told
        Emitted with a level and a sentence when something stands in the way.
    answered
        Emitted with each :class:`UnitAnswer` that is shown.
    """

    told = Signal(str, str)
    answered = Signal(object)

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._background = Background(self)
        # A click's first answer must not wait behind the rest of the one before.
        self._slow = Background(self)
        self._view: CortexView | None = None
        self._unit: int | None = None
        self._generation = 0
        self._windows: list[PictureWindow] = []
        self.shown: UnitAnswer | None = None
        self.caption = CaptionView()
        self.keywords = Keywords()
        self.top = TopItems(thumbnails)
        self.facets = Facets()
        self.trust = TrustView()
        self.predict = PredictBox(self._slow)
        self.top.picture_chosen.connect(self.look_at)

    # ---- Public methods

    def set_unit(self, view: CortexView | None, facts: UnitFacts | None) -> None:
        """Answer for this unit."""
        self._generation += 1
        self._view = view
        self._unit = facts.unit if facts is not None else None
        self.shown = None
        model = view.model_in_use if view is not None else ""
        if view is None or self._unit is None or not model:
            self._clear(_NO_MODEL if self._unit is not None else "")
            return
        self._ask(view, self._unit, model)

    def close_parts(self) -> None:
        """Answer nothing more."""
        self._generation += 1
        self._background.close()
        self._slow.close()
        for window in self._windows:
            window.close()

    def look_at(self, chosen: TopItem | MadeImage) -> PictureWindow:
        """Open a window with a picture and where in it the response comes from."""
        made = isinstance(chosen, MadeImage)
        path = str(chosen["path"]) if made else chosen.image
        text = image_text(chosen) if made else item_text(chosen)
        title = "Made image" if made else chosen.name
        window = PictureWindow(path, title, text, self._heat())
        # Kept, for a thread may still have something to tell it when it is closed.
        self._windows = [w for w in self._windows if w.isVisible()] + [window]
        window.show()
        return window

    # ---- Private methods

    def _ask(self, view: CortexView, unit: int, model: str) -> None:
        generation = self._generation
        answering = view.answering

        def source() -> Answers:
            return answering.answers(model)

        def at_once() -> UnitAnswer:
            return source().answer(unit)

        def show_first(answer: UnitAnswer) -> None:
            if generation != self._generation:
                return
            self._show(answer)
            word = answer.keywords[0].word if answer.keywords else ""
            self.predict.set_unit(unit, source, word)
            if not answer.complete:
                self._slow.run(in_full, show_rest, failed)

        def in_full() -> UnitAnswer | None:
            # The person may have clicked on in the meantime.
            if generation != self._generation:
                return None
            return source().complete(unit)

        def show_rest(answer: UnitAnswer | None) -> None:
            if answer is not None and generation == self._generation:
                self._show(answer)

        def failed(error: BaseException) -> None:
            if generation == self._generation:
                self._fail(error)

        self._background.run(at_once, show_first, failed)

    def _show(self, answer: UnitAnswer) -> None:
        self.shown = answer
        for part in (self.caption, self.keywords, self.top, self.facets, self.trust):
            part.show_answer(answer)
        if answer.note and answer.reliable is not False:
            self.told.emit("info", answer.note)
        self.answered.emit(answer)

    def _fail(self, error: BaseException) -> None:
        view = self._view
        if isinstance(error, InputError):
            text = str(error)
            if view is not None and text.startswith("There is no library"):
                # It tells of the command line: here there is a panel for that.
                text = (
                    f"{text.partition(':')[0]}. Build or open one in the Library panel."
                )
            self._clear(f"No caption: {text}")
        else:
            self._clear("")
            self.told.emit("error", str(error))

    def _clear(self, why: str) -> None:
        self.caption.clear(why)
        self.keywords.bars.set_bars([])
        self.keywords.sentence.hide()
        self.keywords.bars.empty = "Needs a library with captions."
        self.top.clear()
        self.facets.bars.set_bars([])
        self.facets.note.clear()
        self.trust.bars.set_bars([])
        self.trust.text.clear()
        self.trust.note.clear()
        self.predict.set_unit(self._unit, None)

    def _heat(self) -> Any:
        view, unit = self._view, self._unit
        if view is None or unit is None or not view.model_in_use:
            return None
        name = view.model_in_use

        def heat(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
            from striate_cortex.encoders import open_encoder
            from striate_cortex.synthesis import heat_map

            model = view.model(name)
            return heat_map(pixels, model.weights[unit], open_encoder(model.space))

        return heat


def item_text(item: TopItem) -> str:
    """Say what is known of a library's item, as rich text."""
    captions = "<br>".join(escape(c) for c in item.captions)
    return (
        f"{captions}<p>Softmax weight {item.share:.2%}; cosine {item.cosine:.3f}<br>"
        f"{escape(item.origin)}</p>"
    )
