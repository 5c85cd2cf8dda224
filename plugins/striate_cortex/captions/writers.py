"""The models that write for complete answers, equipped together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from striate.jobs.context import JobContext
    from striate.models import ModelCard
    from striate_cortex.captions.answers import AnswerParams, Answers
    from striate_cortex.captions.decoding import Decoder
    from striate_cortex.captions.describing import Describer
    from striate_cortex.captions.store import AnswerStore
    from striate_cortex.captions.writing import Captioner, Keyworder

__all__ = ["Writers", "open_writers"]


@dataclass(frozen=True)
class Writers:
    """What turns vectors, pictures and captions into words; each may be None."""

    decoder: Decoder | None = None
    captioner: Captioner | None = None
    keyworder: Keyworder | None = None

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        """Cards of those that are there."""
        writers = (self.decoder, self.captioner, self.keyworder)
        return tuple(w.card for w in writers if w is not None)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the cards."""
        return tuple(card.id for card in self.cards)

    def equip(self, describer: Describer, answers: Answers) -> Describer:
        """Return a describer that uses them."""
        made: dict[str, Any] = {"decode": self.decoder}
        if self.captioner is not None:
            written = _Written(self.captioner, answers.store)
            made |= {"write": written, "embed": answers.embed}
        if self.keyworder is not None:
            made |= {"name": self.keyworder.write, "embed": answers.embed}
        return replace(describer, **made)


def open_writers(
    space: str,
    params: AnswerParams,
    *,
    decode: str = "auto",
    ctx: JobContext | None = None,
) -> Writers:
    """Open the models that write, none of which is loaded before it must.

    Parameters
    ----------
    space
        Of the encoder.
    decode
        See :func:`~striate_cortex.captions.decoding.open_decoder`.
    """
    from striate_cortex.captions.decoding import open_decoder
    from striate_cortex.captions.writing import Captioner, Keyworder

    return Writers(
        open_decoder(space, wanted=decode, ctx=ctx),
        Captioner(params.captioner, ctx) if params.captioner else None,
        Keyworder(params.keyworder, ctx) if params.keyworder else None,
    )


@dataclass(frozen=True)
class _Written:
    """Captions of items; those that have none are written once and stored."""

    captioner: Captioner
    store: AnswerStore

    def __call__(self, items: Sequence[Any]) -> list[tuple[str, ...]]:
        bare = [i for i in items if not i.captions and i.image]
        card = self.captioner.card.id
        known = self.store.captions(card, [i.origin for i in bare]) if bare else {}
        missing = [i for i in bare if i.origin not in known]
        if missing:
            texts = self.captioner.write([i.image for i in missing])
            fresh = {i.origin: t for i, t in zip(missing, texts, strict=True)}
            self.store.put_captions(card, fresh)
            known |= fresh
        return [
            i.captions or ((known[i.origin],) if known.get(i.origin) else ())
            for i in items
        ]
