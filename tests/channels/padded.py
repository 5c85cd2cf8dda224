"""The published formulation, written from its description: pad to ten, mask the rest.

Slow on purpose and used only as a measure: by the tests for what is right, by the
bench for what it costs.
"""

from __future__ import annotations

import torch
from torch.nn import functional


def forward_padded(model, images, *, tokens=False):
    """Run (C, H, W) tensors of one size through the weights of `model`, padded.

    Returns (B, D) summaries, or with `tokens` the (sum of C*h*w, D) patches of all
    images one after the other.
    """
    c = model.config
    patch = c.patch_size
    h, w = (n // patch for n in images[0].shape[1:])
    counts = [len(image) for image in images]
    stacked = torch.cat(list(images))[:, None]
    proj = model.token_learner.proj
    patches = functional.conv2d(stacked, proj.weight, proj.bias, stride=patch)
    patches = patches.flatten(2).transpose(1, 2)
    filled = torch.zeros(len(images), c.max_channels, h * w, c.embed_dim)
    for i, own in enumerate(patches.split(counts)):
        filled[i, : counts[i]] = own
    # A padded token is one whose vector is all zeros, before positions are added.
    masked = (filled == 0).all(-1).flatten(1)
    filled = filled + positions(model, h, w)[:, None] + model.channel_token
    first = model.cls_token + model.pos_embed[:, 0, :1]
    x = torch.cat([first.expand(len(images), -1, -1), filled.flatten(1, 2)], 1)
    never = torch.zeros(len(images), 1, dtype=torch.bool)
    hidden = torch.cat([never, masked], 1)
    for block in model.blocks:
        normed = block.norm1(x)
        attended, _ = block.self_attn(
            normed, normed, normed, key_padding_mask=hidden, need_weights=False
        )
        mid = block.norm1(x + attended)
        x = block.norm2(mid + block.linear2(functional.relu(block.linear1(mid))))
    x = model.norm(x)
    return x[:, 1:][~masked] if tokens else x[:, 0]


def positions(model, h, w):
    grid = model.config.grid
    places = model.pos_embed[:, 0, 1:]
    if (h, w) == (grid, grid):
        return places
    square = places.reshape(1, grid, grid, -1).permute(0, 3, 1, 2)
    square = functional.interpolate(
        square, scale_factor=((h + 0.1) / grid, (w + 0.1) / grid), mode="bicubic"
    )
    assert square.shape[-2:] == (h, w)
    return square.flatten(2).transpose(1, 2)
