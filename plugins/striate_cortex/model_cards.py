"""Every model card that comes with Cortex, from the rooms that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from striate.models.cards import ModelCard

__all__ = ["cards"]


def cards() -> tuple[ModelCard, ...]:
    """Return the cards of encoders, of models that write, and of diffusion models."""
    from striate_cortex.captions.cards import cards as writers
    from striate_cortex.encoders.cards import cards as encoders
    from striate_cortex.synthesis.cards import cards as diffusion

    return (*encoders(), *writers(), *diffusion())
