"""A plain vision transformer whose shape is read off its weights.

Covers DINO, DINOv2 and timm checkpoints (ViT-S/16 such as MorphEm, any depth and
width): pre-norm blocks with GELU, optional layer scale and register tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch  # noqa: TID253 - this module is imported to run a network
from torch import Tensor, nn  # noqa: TID253 - as above
from torch.nn import functional  # noqa: TID253 - as above

__all__ = ["PlainViT", "ViTShape"]


@dataclass(frozen=True)
class ViTShape:
    """Everything about the network that its weights do or do not tell."""

    dim: int
    depth: int
    heads: int
    ffn: int
    patch: int
    grid: int
    in_channels: int = 1
    registers: int = 0
    layer_scale: bool = False
    summary_position: bool = True
    eps: float = 1e-6


class _Attention(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        b, n, d = x.shape
        qkv = self.qkv(x).view(b, n, 3, self.heads, d // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v)
        return self.proj(mixed.transpose(1, 2).reshape(b, n, d))


class _Mlp(nn.Module):
    def __init__(self, dim: int, ffn: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, ffn)
        self.fc2 = nn.Linear(ffn, dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(x)))


class _Scale(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(dim))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


class _Block(nn.Module):
    def __init__(self, s: ViTShape) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(s.dim, eps=s.eps)
        self.attn = _Attention(s.dim, s.heads)
        self.norm2 = nn.LayerNorm(s.dim, eps=s.eps)
        self.mlp = _Mlp(s.dim, s.ffn)
        self.ls1: nn.Module = _Scale(s.dim) if s.layer_scale else nn.Identity()
        self.ls2: nn.Module = _Scale(s.dim) if s.layer_scale else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))


class _Patches(nn.Module):
    def __init__(self, s: ViTShape) -> None:
        super().__init__()
        self.proj = nn.Conv2d(s.in_channels, s.dim, s.patch, stride=s.patch)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x)


class PlainViT(nn.Module):
    """See the module; fulfils :class:`striate_channels.embedders.bag.Backbone`."""

    def __init__(self, shape: ViTShape) -> None:
        super().__init__()
        self.shape = shape
        self.dim = shape.dim
        self.patch_size = shape.patch
        self.in_channels = shape.in_channels
        places = shape.grid**2 + int(shape.summary_position)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, shape.dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, places, shape.dim))
        if shape.registers:
            registers = torch.zeros(1, shape.registers, shape.dim)
            self.register_tokens = nn.Parameter(registers)
        self.patch_embed = _Patches(shape)
        self.blocks = nn.ModuleList(_Block(shape) for _ in range(shape.depth))
        self.norm = nn.LayerNorm(shape.dim, eps=shape.eps)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(B, in_channels, H, W) to summaries (B, D) and patches (B, h*w, D)."""
        grid = self.patch_embed(pixels)
        b, _, h, w = grid.shape
        first, places = self._positions(h, w)
        patches = grid.flatten(2).transpose(1, 2) + places
        ahead = [(self.cls_token + first).expand(b, -1, -1)]
        if self.shape.registers:
            ahead.append(self.register_tokens.expand(b, -1, -1))
        x = torch.cat([*ahead, patches], dim=1)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        return x[:, 0], x[:, 1 + self.shape.registers :]

    def _positions(self, h: int, w: int) -> tuple[Tensor, Tensor]:
        own = int(self.shape.summary_position)
        first = self.pos_embed[:, :own] if own else torch.zeros_like(self.cls_token)
        places, grid = self.pos_embed[:, own:], self.shape.grid
        if (h, w) == (grid, grid):
            return first, places
        square = places.reshape(1, grid, grid, -1).permute(0, 3, 1, 2)
        scale = ((h + 0.1) / grid, (w + 0.1) / grid)
        square = functional.interpolate(square, scale_factor=scale, mode="bicubic")
        return first, square.flatten(2).transpose(1, 2)
