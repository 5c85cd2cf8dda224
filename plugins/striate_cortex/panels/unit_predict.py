"""Type a sentence and read the response predicted to it; with and without a concept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QHBoxLayout, QLineEdit, QPushButton

from striate_cortex.panels.section import Section, muted

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QWidget

    from striate.widgets.background import Background
    from striate_cortex.captions import Answers, Effect, Predicted

    Source = Callable[[], Answers]

__all__ = ["PredictBox", "prediction_text"]

_WAIT_MS = 300
_NO_LIBRARY = "Choose a library in the Library panel: predictions are set beside it."


class PredictBox(Section):
    """Two lines to type in, answered for the unit that is shown.

    Parameters
    ----------
    background
        Where sentences are embedded.
    """

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__("Predict", opened=False, parent=parent)
        self._background = background
        self._source: Source | None = None
        self._unit: int | None = None
        self._generation = 0
        self.sentence = QLineEdit(placeholderText="a sentence, such as: a smiling man")
        self.sentence.setAccessibleName("Sentence to predict the response to")
        self.sentence.setClearButtonEnabled(True)
        self.answer = muted()
        self.concept = QLineEdit(placeholderText="a concept, such as: face")
        self.concept.setAccessibleName("Concept to add to sentences")
        self.try_button = QPushButton("With and without")
        self.try_button.setToolTip(
            "Adds the concept to sentences and says how the prediction changes."
        )
        self.effect = muted()
        row = QHBoxLayout()
        row.addWidget(self.concept, 1)
        row.addWidget(self.try_button)
        self.add(self.sentence)
        self.add(self.answer)
        self.add(row)
        self.add(self.effect)
        self._soon = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._soon.timeout.connect(self.predict)
        self.sentence.textEdited.connect(lambda _: self._soon.start())
        self.sentence.returnPressed.connect(self.predict)
        self.concept.returnPressed.connect(self.compare)
        self.try_button.clicked.connect(self.compare)
        self.set_unit(None, None)

    # ---- Public methods

    def set_unit(self, unit: int | None, source: Source | None, word: str = "") -> None:
        """Predict for this unit; what is typed is asked again.

        Parameters
        ----------
        source
            Gives the answers, in a thread; None: there is no library.
        word
            What to suggest as a concept.
        """
        self._unit, self._source = unit, source
        self._generation += 1
        ready = unit is not None and source is not None
        for widget in (self.sentence, self.concept, self.try_button):
            widget.setEnabled(ready)
        self.answer.setText("" if ready or unit is None else _NO_LIBRARY)
        self.effect.clear()
        if word:
            self.concept.setPlaceholderText(f"a concept, such as: {word}")
            self._word = word
        if ready and self.sentence.text().strip():
            self.predict()

    def predict(self) -> None:
        """Predict the response to what is typed."""
        text = self.sentence.text().strip()
        if not text:
            self.answer.clear()
            return
        self.answer.setText("Reading the sentence …")
        self._ask(
            lambda answers, unit: answers.predict(unit, text),
            lambda found: self.answer.setText(prediction_text(found)),
            self.answer.setText,
        )

    def compare(self) -> None:
        """Compare sentences with and without the concept."""
        concept = self.concept.text().strip() or self._word
        self.effect.setText("Reading sentences …")
        self._ask(
            lambda answers, unit: answers.effect(unit, concept),
            lambda found: self.effect.setText(effect_text(found)),
            self.effect.setText,
        )

    # ---- Private methods

    _word = ""

    def _ask(
        self,
        work: Callable[[Answers, int], Any],
        show: Callable[[Any], None],
        tell: Callable[[str], None],
    ) -> None:
        unit, source, generation = self._unit, self._source, self._generation
        if unit is None or source is None:
            return

        def then(found: Any) -> None:
            if generation == self._generation:
                show(found)

        def failed(error: BaseException) -> None:
            if generation == self._generation:
                tell(str(error))

        self._background.run(lambda: work(source(), unit), then, failed)


def prediction_text(found: Predicted) -> str:
    """Say a predicted response and where it stands."""
    z = "" if found.z is None else f", z {found.z:+.2f}"
    beside = "captions" if found.reference == "captions" else "items"
    return (
        f"<b>{found.response:.3f}</b>{z}: higher than {found.percentile:.0f} % of "
        f"{found.count:,} {beside} of the library."
    )


def effect_text(found: Effect) -> str:
    """Say what a concept adds."""
    said = "" if found.effect is None else f": {found.effect:+.2f} standard deviations"
    first = found.pairs[0][0] if found.pairs else ""
    return (
        f"<b>{found.concept}</b>{said}. With it {found.with_it:.3f}, without "
        f"{found.without:.3f}; {len(found.pairs)} pairs, such as “{first}”."
    )
