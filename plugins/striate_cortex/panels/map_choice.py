"""Choose what the map shows: a score, the ceiling, tuning, regions, a phrase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QWidget

from striate.errors import StriateError
from striate.widgets.background import Background
from striate_cortex.maps import (
    CortexMap,
    ceiling_map,
    difference_map,
    pca_map,
    query_map,
    region_map,
    score_map,
    share_of_ceiling_map,
)
from striate_cortex.maps.captions import caption_map, caption_map_names, word_map
from striate_cortex.panels.queries import TextQueries, takes_texts

if TYPE_CHECKING:
    from striate_cortex.encoding.model import EncodingModel
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["MapChoice"]

_SCORES = {
    "r2": "R²", "r2_cv": "R² (by folds)", "r2_gcv": "R² (cross-validated)", "r": "r",
    "p": "p", "q": "q",
}  # fmt: skip
_PHRASES = {
    "text": "such as: a face", "words": "such as: dog, cat; empty: words for people",
}  # fmt: skip
_RELIABLE = 10.0
"""Ceiling in percent above which a unit helps to find the components of tuning."""


class MapChoice(QWidget):
    """A menu of maps, and what some of them need: models, a phrase.

    Attributes
    ----------
    changed
        Emitted with the :class:`CortexMap` to show, or None for the folding only.
    told
        Emitted with a level and a sentence; an empty one when all is well.
    """

    changed = Signal(object)
    told = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: CortexView | None = None
        self._cache: dict[Any, CortexMap] = {}
        self.model = QComboBox()
        self.model.setAccessibleName("Encoding model")
        self.what = QComboBox()
        self.what.setAccessibleName("What the map shows")
        self.second = QComboBox()
        self.second.setAccessibleName("The model that is subtracted")
        self.phrase = QLineEdit(placeholderText="such as: a face")
        self.phrase.setAccessibleName("Phrase")
        self.phrase.setClearButtonEnabled(True)
        self.note = QLabel()
        self.note.setObjectName("Muted")
        self.note.setWordWrap(True)
        self.queries = TextQueries(self)
        self._background = Background(self)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(
            QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow
        )
        self._form.addRow("Model", self.model)
        self._form.addRow("Show", self.what)
        self._form.addRow("Minus", self.second)
        self._form.addRow("Phrase", self.phrase)
        self._form.addRow(self.note)
        self.model.activated.connect(self._on_model_chosen)
        self.what.activated.connect(self._on_chosen)
        self.second.activated.connect(self._on_chosen)
        self.phrase.textEdited.connect(lambda _: self._ask())
        self.phrase.returnPressed.connect(self._on_entered)
        self.queries.started.connect(lambda: self.note.setText("Reading the phrase …"))
        self.queries.answered.connect(self._on_answered)
        self.queries.failed.connect(lambda text: self.told.emit("error", text))
        self.set_view(None)

    # ---- Public methods

    def set_view(self, view: CortexView | None) -> None:
        """Offer the maps of a subject, and show the first."""
        self._view = view
        self._cache.clear()
        self.model.clear()
        self.renew_models()

    def renew_models(self) -> None:
        """Read again which models there are; one that is new is chosen."""
        before = {self.model.itemText(i) for i in range(self.model.count())}
        names = self._view.model_names if self._view is not None else ()
        for menu in (self.model, self.second):
            menu.clear()
            menu.addItems(list(names))
        fresh = [i for i, name in enumerate(names) if name not in before]
        self.model.setCurrentIndex(fresh[-1] if fresh and before else 0)
        self.second.setCurrentIndex(len(names) - 1)
        self._on_model_chosen()

    def choose(self, name: str, phrase: str = "") -> None:
        """Show a map by name, such as ``"r2"``; of ``"text"``, a phrase's."""
        index = self.what.findData(name)
        if index < 0:
            raise KeyError(name)
        self.what.setCurrentIndex(index)
        if name == "text":
            self.phrase.setText(phrase)
        self._on_chosen()

    def renew_offers(self) -> None:
        """Read again which maps there are; what is shown stays."""
        before = self.what.currentData()
        blocked = self.what.blockSignals(True)
        self.what.clear()
        for name, title in self._offers():
            self.what.addItem(title, name)
        self.what.setCurrentIndex(max(0, self.what.findData(before)))
        self.what.blockSignals(blocked)

    def forget(self, name: str) -> None:
        """Make a map anew when it is shown next; at once if it is shown now."""
        self._cache = {k: v for k, v in self._cache.items() if k[0] != name}
        if self.what.currentData() == name:
            self._on_chosen()

    def names(self) -> list[str]:
        """Return the names of the maps on offer."""
        return [self.what.itemData(i) for i in range(self.what.count())]

    def close_queries(self) -> None:
        """Ask no encoder any more."""
        self.queries.close()
        self._background.close()

    # ---- Private methods

    def _on_model_chosen(self, *_: Any) -> None:
        if self._view is not None and self.model.currentText():
            self._view.use_model(self.model.currentText())
        before = self.what.currentData()
        self.what.clear()
        for name, title in self._offers():
            self.what.addItem(title, name)
        index = self.what.findData(before)
        self.what.setCurrentIndex(max(0, index))
        self._on_chosen()

    def _offers(self) -> list[tuple[str, str]]:
        view = self._view
        if view is None:
            return []
        model = self._model()
        found: list[tuple[str, str]] = []
        known = bool(np.isfinite(view.ceiling).any())
        if model is not None:
            named = [n for n in _SCORES if n in model.scores]
            others = [n for n in model.scores if n not in _SCORES]
            found += [(n, _SCORES.get(n, n)) for n in (*named, *others)]
            if known and {"r2", "r2_cv", "r2_gcv"} & set(model.scores):
                found.append(("r2/ceiling", "R² / noise ceiling"))
        if known:
            found.append(("ceiling", "Noise ceiling"))
        if model is not None:
            found.append(("pc", "Tuning (first three components)"))
            if takes_texts(model.space):
                found.append(("text", "A phrase …"))
            found += [(n, n[:1].upper() + n[1:]) for n in
                      caption_map_names(view.subject, model)]  # fmt: skip
            if view.answering.topics is not None:
                found.append(("topics", "Topics of captions"))
            found.append(("words", "Share of words …"))
        if self.model.count() > 1:
            found.append(("difference", "Difference of two models"))
        if view.units.rois:
            found.append(("roi", "Regions"))
        return [*found, ("none", "Folding only")]

    def _model(self) -> EncodingModel | None:
        name = self.model.currentText()
        if self._view is None or not name:
            return None
        try:
            return self._view.model(name)
        except StriateError as error:
            self.told.emit("error", str(error))
            return None

    def _on_chosen(self, *_: Any) -> None:
        name = self.what.currentData() or "none"
        self._form.setRowVisible(self.model, self.model.count() > 0)
        self._form.setRowVisible(self.second, name == "difference")
        self._form.setRowVisible(self.phrase, name in ("text", "words"))
        self.phrase.setPlaceholderText(_PHRASES.get(name, ""))
        self.note.setText("")
        self.told.emit("info", "")
        if name == "text":
            self.phrase.setFocus()
            self._ask(at_once=True)
            return
        if name == "words":
            self._ask_words()
            return
        try:
            shown = self._make(name)
        except StriateError as error:
            self.told.emit("error", str(error))
            return
        self.note.setText(_sentence(shown.help) if shown is not None else "")
        self.changed.emit(shown)

    def _make(self, name: str) -> CortexMap | None:
        view = self._view
        key = (name, self.model.currentText(), self.second.currentText())
        if view is None or name == "none":
            return None
        if key not in self._cache:
            self._cache[key] = self._computed(view, name)
        return self._cache[key]

    def _computed(self, view: CortexView, name: str) -> CortexMap:
        ceiling = view.subject.ceiling
        if name == "ceiling":
            return ceiling_map(ceiling)
        if name == "roi":
            return region_map(view.units.rois, len(view.units))
        model = view.model(self.model.currentText())
        if name == "topics" and view.answering.topics is not None:
            return view.answering.topics
        if name in caption_map_names(view.subject, model):
            return caption_map(view.subject, model, name)
        if name == "pc":
            sure = ceiling >= _RELIABLE if np.isfinite(ceiling).any() else None
            return pca_map(model, reliable=sure)
        if name == "r2/ceiling":
            return share_of_ceiling_map(model, ceiling)
        if name == "difference":
            names = self.model.currentText(), self.second.currentText()
            return difference_map(model, view.model(names[1]), names)
        return score_map(model, name)

    def _on_entered(self) -> None:
        if self.what.currentData() == "words":
            self._ask_words()
        else:
            self._ask(at_once=True)

    def _ask(self, *, at_once: bool = False) -> None:
        model = self._model()
        if model is None or self.what.currentData() != "text":
            return
        self.told.emit("info", "")
        if not self.phrase.text().strip():
            self.note.setText("Type what to look for.")
        self.queries.ask(self.phrase.text(), model.space, at_once=at_once)

    def _ask_words(self) -> None:
        """Map which share of each unit's mixture is told by words, in a thread."""
        view, model, name = self._view, self._model(), self.model.currentText()
        if view is None or model is None:
            return
        text = self.phrase.text()
        self.note.setText("Projecting units onto the library …")

        def still_wanted() -> bool:
            here = self._view is view and self.model.currentText() == name
            same = self.phrase.text() == text
            return here and same and self.what.currentData() == "words"

        def show(shown: CortexMap) -> None:
            if still_wanted():
                self.note.setText(_sentence(shown.help))
                self.changed.emit(shown)

        def failed(error: BaseException) -> None:
            if still_wanted():
                self.note.setText("")
                self.told.emit("error", str(error))

        self._background.run(
            lambda: word_map(model, view.answering.answers(name).library,
                             text.split(",")),
            show, failed,
        )  # fmt: skip

    def _on_answered(self, phrase: str, space: str, vector: Any) -> None:
        model = self._model()
        if model is None or self.what.currentData() != "text" or model.space != space:
            return
        try:
            shown = query_map(model, vector, phrase)
        except StriateError as error:
            self.told.emit("error", str(error))
            return
        self.note.setText(_sentence(shown.help))
        self.changed.emit(shown)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""
