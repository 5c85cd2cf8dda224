"""CLIPCap by its card, loaded when it first has something to say."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from striate.errors import InputError
from striate_cortex.captions.cards import DECODER
from striate_cortex.captions.fetching import fetch_files, here

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate.models import ModelCard
    from striate_cortex.captions.clipcap import ClipCap

__all__ = ["Decoder", "open_decoder"]


class Decoder:
    """Turns projected weights into a sentence, as BrainSCUBA does.

    Parameters
    ----------
    card
        Of CLIPCap.
    """

    def __init__(self, card: ModelCard, ctx: JobContext | None = None) -> None:
        self.card, self._ctx = card, ctx

    def __call__(self, vector: NDArray[np.float32]) -> tuple[str, float]:
        """Return a sentence, and its mean log-probability by token; beam 5."""
        return self._model.caption(vector)

    @cached_property
    def _model(self) -> ClipCap:
        from striate_cortex.captions.clipcap import load_clipcap

        weights, tokens = fetch_files(self.card, self._ctx)
        device = self._ctx.device if self._ctx else "cpu"
        heads = self.card.details.get("heads")
        return load_clipcap(weights, tokens, heads=heads, device=device)


def open_decoder(
    space: str, *, wanted: str = "auto", ctx: JobContext | None = None
) -> Decoder | None:
    """Return what decodes vectors of a space, if there is something and it is here.

    Parameters
    ----------
    wanted
        ``"auto"``: only if its files are on this machine; ``"never"``; or
        ``"clipcap"``: it is fetched, or it is said why it cannot be.

    Raises
    ------
    InputError
        When it is wanted, and there is none for this space, or its file must be
        placed by hand.
    OfflineError
        When it is wanted and cannot be downloaded.
    """
    from striate.models import list_cards

    if wanted == "never":
        return None
    card = next(
        (c for c in list_cards(DECODER) if c.details.get("space") == space), None
    )
    if wanted == "auto":
        return Decoder(card, ctx) if card is not None and here(card) else None
    if card is None:
        raise InputError(
            f"No decoder takes vectors of {space or 'this encoder'}: CLIPCap takes "
            "those of CLIP ViT-B/32; others are captioned by the library."
        )
    if not here(card):
        fetch_files(card, ctx)
    return Decoder(card, ctx)
