"""Where a network looks: attention over space, and between channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError
from striate_channels.checks import checked_images

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from striate_channels.chadavit.network import Block, ChAdaViT

__all__ = ["AttentionMaps", "attention_maps"]


@dataclass(frozen=True)
class AttentionMaps:
    """Attention of one image in one block, averaged over heads.

    Parameters
    ----------
    space
        (C, h, w) float32: attention of the query on every patch of every channel.
        The query is the summary unless a patch was asked for.
    between
        (C, C) float32: mean share of attention that the patches of channel i pay
        to all patches of channel j; a row sums to one less what the summary gets.
    block
        Number of the block, from 0.
    """

    space: NDArray[np.float32]
    between: NDArray[np.float32]
    block: int


def attention_maps(
    model: ChAdaViT,
    image: NDArray[np.float32],
    *,
    block: int = -1,
    query: tuple[int, int, int] | None = None,
) -> AttentionMaps:
    """Return the attention maps of one (C, H, W) image.

    Parameters
    ----------
    block
        Which block; -1 is the last.
    query
        (channel, row, column) of a patch whose attention is asked for; None asks
        for the summary's, from which the embedding is made.

    Raises
    ------
    InputError
        For an image the model does not take, or a block or patch that is not there.
    """
    import torch

    c = model.config
    [ready] = checked_images(
        [image], max_channels=c.max_channels, least=c.patch_size
    )  # fmt: skip
    number = block if block >= 0 else c.depth + block
    if not 0 <= number < c.depth:
        raise InputError(f"Block {block} does not exist: the model has {c.depth}.")
    shape = (len(ready), *(n // c.patch_size for n in ready.shape[1:]))
    row = _row(query, shape)
    with torch.inference_mode():
        x = model.tokens(torch.from_numpy(ready)[None].to(model.device))
        for before in list(model.blocks)[:number]:
            x = before(x)
        chosen: Block = model.blocks[number]  # type: ignore[assignment]
        q, k, _ = chosen.heads_of(chosen.norm1(x))
        space, between = _averaged(q[0], k[0], row, shape)
    return AttentionMaps(space, between, number)


def _row(query: tuple[int, int, int] | None, shape: tuple[int, ...]) -> int:
    if query is None:
        return 0
    if any(not 0 <= i < n for i, n in zip(query, shape, strict=True)):
        raise InputError(f"Patch {query} does not exist: there are {shape}.")
    return 1 + int(np.ravel_multi_index(query, shape))


def _averaged(
    q: Tensor, k: Tensor, row: int, shape: tuple[int, ...]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """One head at a time, so that only one (N, N) matrix is held."""
    heads, _, width = q.shape
    c, patches = shape[0], shape[1] * shape[2]
    space = np.zeros(c * patches, np.float64)
    between = np.zeros((c, c), np.float64)
    for head in range(heads):
        weights = (q[head] @ k[head].T * width**-0.5).softmax(-1).cpu().numpy()
        space += weights[row, 1:] / heads
        inner = weights[1:, 1:].reshape(c, patches, c, patches)
        between += inner.sum(3).mean(1) / heads
    return space.reshape(shape).astype(np.float32), between.astype(np.float32)
