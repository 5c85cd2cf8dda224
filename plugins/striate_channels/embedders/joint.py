"""The joint policy: one model sees all channels of a picture at once (ChAda-ViT)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from striate_channels.embedders.contract import EmbeddingSpace

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from striate_channels.chadavit import ChAdaViT

__all__ = ["JointEmbedder"]


class JointEmbedder:
    """Wraps a :class:`~striate_channels.chadavit.ChAdaViT`.

    Parameters
    ----------
    model
        The network.
    name
        Of the space.
    facts
        Of the card, such as ``simulated_training``.
    """

    def __init__(self, model: ChAdaViT, name: str, **facts: Any) -> None:
        self.model = model
        c = model.config
        self._space = EmbeddingSpace(
            name=name,
            dimension=c.embed_dim,
            policy="joint",
            max_channels=c.max_channels,
            patch_size=c.patch_size,
            size=c.img_size,
            model=model.origin,
            **facts,
        )

    @property
    def space(self) -> EmbeddingSpace:
        return self._space

    def embed(self, images: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """See :class:`~striate_channels.embedders.Embedder`."""
        return self.model.embed(images)

    def embed_tokens(
        self, images: Sequence[NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        """See :class:`~striate_channels.embedders.Embedder`."""
        return self.model.embed(images, tokens=True)
