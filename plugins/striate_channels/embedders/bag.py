"""The bag-of-channels policy: a single-channel model, one channel after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from striate.errors import InputError
from striate_channels.checks import checked_images
from striate_channels.embedders.contract import EmbeddingSpace, Pooling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

__all__ = ["Backbone", "BagOfChannels"]

BATCH_PIXELS = 32 * 224 * 224
"""Pixels run together; a picture larger than that goes alone."""


class Backbone(Protocol):
    """A network that sees one picture of `in_channels` equal planes."""

    dim: int
    patch_size: int
    in_channels: int

    def __call__(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(B, in_channels, H, W) to summaries (B, D) and patches (B, h*w, D)."""
        ...


class BagOfChannels:
    """Runs a backbone on each channel and pools the vectors.

    Parameters
    ----------
    backbone
        The network; one made for RGB sees the channel three times.
    pooling
        ``"mean"`` keeps one dimension for any number of channels and forgets which
        channel was which; ``"concatenate"`` keeps them apart, and then all pictures
        must have equally many.
    """

    def __init__(
        self,
        backbone: Backbone,
        name: str,
        *,
        pooling: Pooling = "mean",
        device: str = "cpu",
        **facts: Any,
    ) -> None:
        self.backbone = backbone
        self.pooling = pooling
        self.device = device
        self._space = EmbeddingSpace(
            name=name,
            dimension=backbone.dim if pooling == "mean" else 0,
            policy="bag of channels",
            pooling=pooling,
            patch_size=backbone.patch_size,
            **facts,
        )

    @property
    def space(self) -> EmbeddingSpace:
        return self._space

    def embed(self, images: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """See :class:`~striate_channels.embedders.Embedder`.

        Raises
        ------
        InputError
            Also when channels are concatenated and pictures differ in their number.
        """
        vectors = [summary for summary, _ in self._channels(images, patches=False)]
        if self.pooling == "mean":
            pooled = [v.mean(0) for v in vectors]
        else:
            pooled = [v.reshape(-1) for v in vectors]
        if len({len(p) for p in pooled}) > 1:
            raise InputError(
                "Concatenated channels need pictures with equally many channels: pool "
                "them by their mean, or embed them apart."
            )
        if not pooled:
            return np.zeros((0, self.backbone.dim), np.float32)
        return np.stack(pooled).astype(np.float32)

    def embed_tokens(
        self, images: Sequence[NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        """See :class:`~striate_channels.embedders.Embedder`."""
        found = self._channels(images, patches=True)
        return [patches.reshape(-1, self.backbone.dim) for _, patches in found]

    def _channels(
        self, images: Sequence[NDArray[np.float32]], *, patches: bool
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """(C, D) summaries and (C, h*w, D) patches of every picture, in order."""
        import torch

        least = self.backbone.patch_size
        ready = checked_images(images, max_channels=None, least=least)
        planes = [(i, plane) for i, image in enumerate(ready) for plane in image]
        answers: dict[int, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}
        with torch.inference_mode():
            for batch in _batches([p for _, p in planes]):
                pixels = torch.from_numpy(np.stack([planes[k][1] for k in batch]))
                pixels = pixels[:, None].to(self.device)
                pixels = pixels.expand(-1, self.backbone.in_channels, -1, -1)
                summary, tokens = self.backbone(pixels)
                kept = tokens if patches else tokens[:, :0]
                for k, one, many in zip(
                    batch, summary.cpu().numpy(), kept.cpu().numpy(), strict=True
                ):
                    answers[k] = one, many
        return _grouped(planes, answers, len(ready))


def _batches(planes: list[NDArray[np.float32]]) -> Iterator[list[int]]:
    buckets: dict[tuple[int, ...], list[int]] = {}
    for k, plane in enumerate(planes):
        buckets.setdefault(plane.shape, []).append(k)
    for (height, width), members in buckets.items():
        size = max(1, BATCH_PIXELS // (height * width))
        for start in range(0, len(members), size):
            yield members[start : start + size]


def _grouped(
    planes: list[tuple[int, NDArray[np.float32]]],
    answers: dict[int, tuple[NDArray[np.float32], NDArray[np.float32]]],
    count: int,
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    own: list[list[int]] = [[] for _ in range(count)]
    for k, (i, _) in enumerate(planes):
        own[i].append(k)
    return [
        (
            np.stack([answers[k][0] for k in members]),
            np.stack([answers[k][1] for k in members]),
        )
        for members in own
    ]
