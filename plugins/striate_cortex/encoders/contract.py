"""The contract of an encoder, and the description of the space it maps into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Picture = Path | str | NDArray[np.uint8]

__all__ = ["Encoder", "EncoderSpace"]


class EncoderSpace(BaseModel):
    """What must be equal for two vectors to be comparable.

    Parameters
    ----------
    name
        Id of the encoder; kept with every model that is fitted in its space.
    dimension
        Length of a vector.
    text
        Whether it takes texts too, into the same space.
    unit_length
        Whether its vectors have length 1.
    quality
        What it can do and cannot, for the person who chooses.
    better
        Id of an encoder that is the better choice where it can be had; empty: none.
    licence, model
        Of the weights, and facts about them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str = ""
    dimension: int
    text: bool = True
    unit_length: bool = False
    quality: str = ""
    better: str = ""
    licence: str = ""
    model: dict[str, Any] = Field(default_factory=dict)


class Encoder(Protocol):
    """Anything that turns pictures, and perhaps texts, into vectors of one space."""

    @property
    def space(self) -> EncoderSpace:
        """The space its vectors live in."""
        ...

    def embed_images(self, images: Sequence[Picture]) -> NDArray[np.float32]:
        """Embed files or (H, W, 3) uint8 arrays; returns (n, d) float32."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts; returns (n, d) float32.

        Raises
        ------
        InputError
            When it takes images only.
        """
        ...
