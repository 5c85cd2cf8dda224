"""The contract of an embedder, and the description of the space it maps into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Embedder", "EmbeddingSpace", "Policy", "Pooling"]

Policy = Literal["joint", "bag of channels"]
Pooling = Literal["mean", "concatenate"]


class EmbeddingSpace(BaseModel):
    """What must be equal for two embeddings to be comparable; stored beside each.

    Parameters
    ----------
    name
        Id of the model card, or name of the file.
    dimension
        Length of a vector; 0 when it depends on the number of channels
        (bag of channels, concatenated).
    policy
        ``"joint"``: the model sees all channels at once, and their order matters.
        ``"bag of channels"``: one channel at a time.
    pooling
        How the vectors of channels become one, for a bag of channels.
    max_channels
        Most channels the model takes; None for any number.
    patch_size
        Smallest picture it takes.
    size
        Edge of the pictures it was trained on; the default size.
    normalise
        Normalisation it was trained with; the default.
    simulated_training
        Whether simulated pictures were among those it was trained on.
    model
        Facts about the weights: file, sha256, heads, eps and who chose them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    dimension: int
    policy: Policy
    pooling: Pooling | None = None
    max_channels: int | None = None
    patch_size: int = 1
    size: int = 224
    normalise: str = "channel"
    simulated_training: bool = False
    model: dict[str, Any] = Field(default_factory=dict)


class Embedder(Protocol):
    """Anything that turns (C, H, W) pictures into vectors of one space."""

    @property
    def space(self) -> EmbeddingSpace:
        """The space its vectors live in."""
        ...

    def embed(self, images: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Embed (C, H, W) float32 pictures; returns (N, D) float32."""
        ...

    def embed_tokens(
        self, images: Sequence[NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        """Embed the patches: a (C*h*w, D) float32 array for each picture."""
        ...
