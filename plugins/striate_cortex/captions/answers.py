"""The answer to a click on a unit: fast first, complete after, kept for next time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from striate.errors import InputError, StriateError
from striate_cortex.captions.describing import Describer, UnitCaption
from striate_cortex.captions.record import TopItem, UnitAnswer
from striate_cortex.captions.store import model_mark, store_of
from striate_cortex.captions.vocabulary import (
    Vocabulary,
    embed_vocabulary,
    read_vocabulary,
)
from striate_cortex.captions.writers import Writers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.captions.predicting import Effect, Predicted
    from striate_cortex.captions.store import AnswerStore
    from striate_cortex.encoders import Encoder
    from striate_cortex.encoding import EncodingModel
    from striate_cortex.library import Library
    from striate_cortex.subjects import Subject

__all__ = ["AnswerParams", "Answers"]

_SHOWN = 12
_REMEMBERED = 64
_VERSION = 1


class AnswerParams(BaseModel):
    """How units are told in words.

    Parameters
    ----------
    tau
        Temperature of the projection: towards 0 the nearest item alone.
    top
        Items of the library whose captions are looked at.
    pmi
        MILAN's lambda against captions that could be of anything; 0: not used.
    repeats
        Random halves of the library that the projection is averaged over, as in
        BrainSCUBA; 1: the whole library, once.
    floor
        Ceiling in percent below which a unit is called unreliable.
    captioner, keyworder
        Cards of models that caption pictures without a caption, and that find
        keywords; empty: none. They write complete answers only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tau: float = Field(1 / 150, gt=0, title="Temperature")
    top: int = Field(50, ge=1, title="Items looked at")
    pmi: float = Field(0.0, ge=0, title="Against generic captions")
    repeats: int = Field(1, ge=1, le=20, title="Repeats")
    floor: float = Field(5.0, ge=0, title="Noise floor (%)")
    captioner: str = Field("", title="Captions by")
    keyworder: str = Field("", title="Keywords by")


class Answers:
    """Answers about the units of one model, read with one library.

    Parameters
    ----------
    subject, model
        Whose units, and the model that was clicked through.
    library
        Of the model's space.
    name
        Of the model, for the person.
    writers
        Models that write, for complete answers; None: none.
    store
        None: the subject's own.

    Raises
    ------
    InputError
        When the library is of another encoder's space.
    """

    def __init__(
        self,
        subject: Subject,
        model: EncodingModel,
        library: Library,
        *,
        name: str = "",
        params: AnswerParams | None = None,
        writers: Writers | None = None,
        store: AnswerStore | None = None,
    ) -> None:
        library.check(model.space, model.weights.shape[1])
        self.subject, self.model, self.library, self.name = (
            subject,
            model,
            library,
            name,
        )
        self.params = params or AnswerParams()
        self.store = store or store_of(subject)
        self.encoder: Encoder | None = None
        self._embedded: dict[tuple[str, ...], NDArray[np.float32]] = {}
        self.writers = writers or Writers()
        self._vocabulary = read_vocabulary(self._vocabulary_path)
        self._ceiling = subject.ceiling

    # ---- Answers

    def answer(self, unit: int) -> UnitAnswer:
        """Answer at once: reliability, top items, a caption of the library.

        No network runs. The answer is complete where it was completed before; it has
        keywords where the library's words were embedded before.

        Raises
        ------
        InputError
            When there is no such unit.
        """
        return self.answer_many([unit])[0]

    def answer_many(
        self,
        units: Sequence[int],
        ctx: JobContext | None = None,
        *,
        written: bool = False,
    ) -> list[UnitAnswer]:
        """Answer for several units, in their order; stored in one step.

        Parameters
        ----------
        written
            Let the models that write do so: CLIPCap, a captioner, a language model.
        """
        digests = {int(u): self._digest(int(u)) for u in units}
        found = self._known(digests, written)
        missing = [u for u in digests if u not in found]
        if missing:
            weights = np.asarray(self.model.weights[missing], np.float32)
            told = self.describer(written=written).describe(weights, ctx)
            for unit, one in zip(missing, told, strict=True):
                found[unit] = self.record(unit, one, written=written)
            self.store.put(self.context, [(found[u], digests[u]) for u in missing])
        return [found[int(u)] for u in units]

    def count_known(self, units: Sequence[int], *, written: bool = False) -> int:
        """Return how many of some units are answered already."""
        return len(self._known({int(u): self._digest(int(u)) for u in units}, written))

    def complete(self, unit: int, ctx: JobContext | None = None) -> UnitAnswer:
        """Answer with what takes longer: decoded caption, facets, folds, concept."""
        from striate_cortex.captions.completing import complete

        with contextlib.suppress(StriateError):
            # What is left out for want of the encoder, the note of the answer says.
            self.prepare(ctx)
        first = self.answer(unit)
        if first.complete and set(self.writers.ids) <= set(first.models):
            return first
        whole = complete(self, unit, ctx)
        self.store.put(self.context, [(whole, self._digest(unit))])
        return whole

    def predict(self, unit: int, text: str, ctx: JobContext | None = None) -> Predicted:
        """Predict a unit's response to a sentence; see :func:`.predicting.predict`."""
        from striate_cortex.captions.predicting import predict

        return predict(self, unit, text, ctx)

    def effect(
        self,
        unit: int,
        concept: str,
        pairs: Sequence[tuple[str, str]] = (),
        ctx: JobContext | None = None,
    ) -> Effect:
        """Compare sentences with and without a concept; see :func:`.effect_of`."""
        from striate_cortex.captions.predicting import effect_of

        return effect_of(self, unit, concept, pairs, ctx)

    # ---- Getting ready

    @property
    def prepared(self) -> bool:
        """Whether the library's words are embedded, so that answers have keywords."""
        return self._vocabulary is not None

    def prepare(self, ctx: JobContext | None = None) -> None:
        """Embed the library's words, once; later programs find them.

        Raises
        ------
        StriateError
            When the encoder cannot be opened here; answers then have no keywords.
        """
        if self.prepared or not self.library.captioned:
            return
        self._vocabulary = embed_vocabulary(
            self.library.items, self.open_encoder(ctx), ctx=ctx
        )
        path = self._vocabulary_path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._vocabulary.write(path)

    def embed(
        self, texts: tuple[str, ...], ctx: JobContext | None = None
    ) -> NDArray[np.float32]:
        """Embed texts, (n, d); those that were asked for before are remembered."""
        if texts not in self._embedded:
            if len(self._embedded) > _REMEMBERED:
                self._embedded.clear()
            vectors = self.open_encoder(ctx).embed_texts(texts)
            self._embedded[texts] = np.asarray(vectors, np.float32)
        return self._embedded[texts]

    def open_encoder(self, ctx: JobContext | None = None) -> Encoder:
        """Open the encoder that the model is for, once."""
        if self.encoder is None:
            from striate_cortex.encoders import open_encoder

            self.encoder = open_encoder(self.model.space, ctx=ctx)
        return self.encoder

    @property
    def vocabulary(self) -> Vocabulary | None:
        """The library's words; None until :meth:`prepare`."""
        return self._vocabulary

    def describer(self, *, written: bool = False) -> Describer:
        """Return what tells units in words; `written`: by the models that write."""
        p = self.params
        found = Describer(
            self.library, self._vocabulary, tau=p.tau, top=p.top, pmi=p.pmi,
            repeats=p.repeats,
        )  # fmt: skip
        return self.writers.equip(found, self) if written else found

    def record(
        self, unit: int, told: UnitCaption, *, written: bool = False
    ) -> UnitAnswer:
        """Put together what is known of a unit."""
        ceiling = _number(self._ceiling[unit])
        scores = {k: float(v[unit]) for k, v in self.model.scores.items()}
        reliable = None if ceiling is None else ceiling >= self.params.floor
        return UnitAnswer(
            unit=unit,
            model=self.name,
            space=self.model.space,
            library=self.library.title,
            simulated=self.subject.simulated or self.library.simulated,
            ceiling=ceiling,
            scores={k: v for k, v in scores.items() if np.isfinite(v)},
            reliable=reliable,
            caption=told.caption,
            how=told.how,
            confidence=_number(told.confidence),
            keywords=told.keywords,
            sentence=told.sentence,
            top=self._top(unit, told),
            effective_n=_number(told.effective_n),
            models=self.writers.ids if written else (),
            note=self._note(told, reliable),
        )

    # ---- Layers

    def keep_layer(
        self, name: str, units: NDArray[np.int64], values: NDArray[np.float32]
    ) -> None:
        """Store a number for some units, to be painted on the cortex."""
        whole = np.full(len(self.model), np.nan, np.float32)
        whole[units] = values
        self.store.put_layer(model_mark(self.model), name, whole)

    # ---- Private methods

    def _known(self, digests: dict[int, str], written: bool) -> dict[int, UnitAnswer]:
        found = {a.unit: a for a in self.store.get_many(self.context, digests)}
        if not written:
            return found
        wanted = set(self.writers.ids)
        return {
            u: a for u, a in found.items()
            if a.how == "none" or wanted <= set(a.models)
        }  # fmt: skip

    def _top(self, unit: int, told: UnitCaption) -> tuple[TopItem, ...]:
        places = told.top[:_SHOWN]
        if not len(places):
            return ()
        w = np.asarray(self.model.weights[unit], np.float32)
        vectors = np.asarray(self.library.vectors[places], np.float32)
        lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(w)
        cosines = vectors @ w / np.maximum(lengths, 1e-12)
        items = self.library.items_at(places)
        return tuple(
            TopItem(
                place=int(p), name=i.name, origin=i.origin, image=i.image,
                captions=i.captions, share=float(s), cosine=float(c),
            )
            for p, i, s, c in zip(
                places, items, told.top_weights[:_SHOWN], cosines, strict=True
            )
        )  # fmt: skip

    def _note(self, told: UnitCaption, reliable: bool | None) -> str:
        if told.how == "none":
            return "Its weights are zero: the model says nothing of this unit."
        if reliable is False:
            return (
                f"Its noise ceiling is below {self.params.floor:g} %: do not read "
                "anything into what is told here."
            )
        if len(self.library) == 1:
            return "The library has one item: every unit is told by it."
        return ""

    @property
    def _vocabulary_path(self) -> Path:
        # Of just these items: a library may have grown since.
        name = f"vocabulary-{self.library.fingerprint}.safetensors"
        folder = self.library.path
        if folder is not None and folder.is_dir() and os.access(folder, os.W_OK):
            return folder / name
        return self.store.path.parent / name

    @property
    def context(self) -> str:
        """What answers of a store depend on besides the unit."""
        parts = [_VERSION, self.model.space, self.library.fingerprint, self.prepared,
                 self.params.model_dump()]  # fmt: skip
        whole = json.dumps(parts, sort_keys=True)
        return f"{self.name} {hashlib.sha256(whole.encode()).hexdigest()[:16]}"

    def check(self, unit: int) -> None:
        """See that there is such a unit."""
        if not 0 <= unit < len(self.model):
            raise InputError(
                f"There is no unit {unit}: this model has units 0 to "
                f"{len(self.model) - 1:,}."
            )

    def _digest(self, unit: int) -> str:
        self.check(unit)
        digest = hashlib.sha256(
            np.ascontiguousarray(self.model.weights[unit]).tobytes()
        )
        numbers = [self._ceiling[unit], self.model.intercept[unit]]
        numbers += [v[unit] for v in self.model.scores.values()]
        digest.update(np.asarray(numbers, np.float64).tobytes())
        return digest.hexdigest()[:24]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
