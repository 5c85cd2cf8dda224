"""The ChAda-ViT network, after its published description; tokens of real channels only.

Bourriez et al. 2024 (CVPR), https://github.com/nicoboou/chadavit. The published code
pads every image to ten channels and masks the rest away; here an image has the tokens
of its own channels and no others, and images with equally many tokens are run
together. The two are equal (``tests/channels/test_chadavit.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch  # noqa: TID253 - this module is imported to run a network
from torch import Tensor, nn  # noqa: TID253 - as above
from torch.nn import functional  # noqa: TID253 - as above

from striate_channels.chadavit.config import ChAdaViTConfig
from striate_channels.checks import checked_images

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["Block", "ChAdaViT"]

BATCH_TOKENS = 6144
"""Tokens run together: enough to keep two cores busy, few enough for memory."""
FFN_ROWS = 1024
"""Tokens per step of the wide layer, whose 2,048 values then stay in cache."""


class Block(nn.Module):
    """One transformer block.

    It is neither the usual pre-norm nor the usual post-norm block: the weights of
    `norm1` are used twice, around the attention, and `norm2` closes the block.
    """

    def __init__(self, dim: int, heads: int, ffn: int, eps: float) -> None:
        super().__init__()
        self.heads = heads
        # Holds the weights under their published names; its forward is not used.
        self.self_attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.linear1 = nn.Linear(dim, ffn)
        self.linear2 = nn.Linear(ffn, dim)
        self.norm1 = nn.LayerNorm(dim, eps=eps)
        self.norm2 = nn.LayerNorm(dim, eps=eps)

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, D) to (B, N, D)."""
        q, k, v = self.heads_of(self.norm1(x))
        mixed = functional.scaled_dot_product_attention(q, k, v)
        mixed = mixed.transpose(1, 2).reshape(x.shape)
        h = self.norm1(x + self.self_attn.out_proj(mixed))
        return self.norm2(h + self._wide(h))

    def heads_of(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys, values of normalised tokens, each (B, heads, N, D/heads)."""
        attn = self.self_attn
        qkv = functional.linear(x, attn.in_proj_weight, attn.in_proj_bias)
        b, n, d = x.shape
        qkv = qkv.view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        return qkv[0], qkv[1], qkv[2]

    def _wide(self, h: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            return self.linear2(functional.relu(self.linear1(h)))
        rows = h.reshape(-1, h.shape[-1])
        parts = [
            self.linear2(functional.relu_(self.linear1(rows[i : i + FFN_ROWS])))
            for i in range(0, len(rows), FFN_ROWS)
        ]
        return torch.cat(parts).view(h.shape)


class ChAdaViT(nn.Module):
    """A network that turns (C, H, W) images, C from 1 to 10, into vectors.

    Channels are told apart by their order in the image and by nothing else: the
    same channels in another order give another vector.

    Parameters
    ----------
    config
        Shape of the network.

    Attributes
    ----------
    origin
        What the weights are and how they were read; goes beside every embedding.
    """

    def __init__(self, config: ChAdaViTConfig | None = None) -> None:
        super().__init__()
        self.config = config or ChAdaViTConfig()
        self.origin: dict[str, Any] = {"weights": "random"}
        c = self.config
        self.cls_token = nn.Parameter(torch.zeros(1, 1, c.embed_dim))
        self.channel_token = nn.Parameter(
            torch.zeros(1, c.max_channels, 1, c.embed_dim)
        )
        self.pos_embed = nn.Parameter(torch.zeros(1, 1, c.grid**2 + 1, c.embed_dim))
        self.token_learner = _TokenLearner(c.patch_size, c.embed_dim)
        self.blocks = nn.ModuleList(
            Block(c.embed_dim, c.num_heads, c.ffn_dim, c.eps) for _ in range(c.depth)
        )
        self.norm = nn.LayerNorm(c.embed_dim, eps=c.eps)
        self._initialise()

    # ---- Public methods

    def forward(self, pixels: Tensor) -> Tensor:
        """Run images of one shape.

        Parameters
        ----------
        pixels
            (B, C, H, W) float32.

        Returns
        -------
        Tensor
            (B, 1 + C*h*w, D), normalised: the summary, then the patches of the
            first channel row by row, of the second, and so on.
        """
        x = self.tokens(pixels)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)

    def tokens(self, pixels: Tensor) -> Tensor:
        """(B, C, H, W) to the (B, 1 + C*h*w, D) tokens that enter the first block."""
        b, c, height, width = pixels.shape
        patches = self.token_learner(pixels.reshape(b * c, 1, height, width))
        h, w = patches.shape[-2:]
        patches = patches.flatten(2).transpose(1, 2).reshape(b, c, h * w, -1)
        summary, places = self._positions(h, w)
        patches = patches + places + self.channel_token[:, :c]
        first = (self.cls_token + summary).expand(b, -1, -1)
        return torch.cat([first, patches.flatten(1, 2)], dim=1)

    def embed(
        self, images: Sequence[NDArray[np.float32]], *, tokens: bool = False
    ) -> Any:
        """Embed images, which may differ in channels and size.

        Parameters
        ----------
        images
            (C, H, W) arrays, 1 to `max_channels` channels, each at least one patch
            high and wide; what does not fill a patch at the right and lower edge is
            not seen. Nothing is normalised here: see ``normalise_channels``.
        tokens
            Give the vectors of the patches instead of one vector per image.

        Returns
        -------
        ndarray or list of ndarray
            (N, D) float32; with `tokens` a list of (C*h*w, D) float32, channel by
            channel, row by row.

        Raises
        ------
        InputError
            For no or too many channels, an image smaller than a patch, or values
            that are not finite.
        """
        c = self.config
        ready = checked_images(images, max_channels=c.max_channels, least=c.patch_size)
        found: dict[int, NDArray[np.float32]] = {}
        with torch.inference_mode():
            for batch in _batches(ready, c.patch_size):
                answer = self._run([ready[i] for i in batch])
                answer = answer[:, 1:] if tokens else answer[:, 0]
                for i, value in zip(batch, answer.float().cpu().numpy(), strict=True):
                    found[i] = value
        ordered = [found[i] for i in range(len(ready))]
        if tokens:
            return ordered
        return np.stack(ordered) if ordered else np.zeros((0, c.embed_dim), np.float32)

    @property
    def device(self) -> torch.device:
        return self.cls_token.device

    # ---- Private methods

    def _run(self, images: list[NDArray[np.float32]]) -> Tensor:
        pixels = torch.from_numpy(np.stack(images)).to(self.device)
        answer: Tensor = self(pixels)
        return answer

    def _positions(self, h: int, w: int) -> tuple[Tensor, Tensor]:
        """Positions of the summary (1, 1, D) and of h x w patches (1, 1, h*w, D).

        Another size than the trained one is interpolated as DINO does it: bicubic,
        with 0.1 added to the target so that rounding never loses a row.
        """
        summary, places = self.pos_embed[:, 0, :1], self.pos_embed[:, :, 1:]
        grid = self.config.grid
        if (h, w) == (grid, grid):
            return summary, places
        square = places.reshape(1, grid, grid, -1).permute(0, 3, 1, 2)
        scale = ((h + 0.1) / grid, (w + 0.1) / grid)
        square = functional.interpolate(square, scale_factor=scale, mode="bicubic")
        return summary, square.flatten(2).transpose(1, 2)[:, None]

    def _initialise(self) -> None:
        for parameter in (self.cls_token, self.channel_token, self.pos_embed):
            nn.init.trunc_normal_(parameter, std=0.02)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)


class _TokenLearner(nn.Module):
    """One convolution for every channel, with the published name of its weights."""

    def __init__(self, patch: int, dim: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(1, dim, patch, stride=patch)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x)


class _Bucket(NamedTuple):
    shape: tuple[int, ...]
    members: list[int]


def _batches(images: list[NDArray[np.float32]], patch: int) -> Iterator[list[int]]:
    """Indices of images to run together: one shape each, within the token budget."""
    buckets: dict[tuple[int, ...], _Bucket] = {}
    for i, image in enumerate(images):
        buckets.setdefault(image.shape, _Bucket(image.shape, [])).members.append(i)
    for (c, height, width), members in buckets.values():
        tokens = 1 + c * (height // patch) * (width // patch)
        size = max(1, BATCH_TOKENS // tokens)
        for start in range(0, len(members), size):
            yield members[start : start + size]
