"""Self-attention guidance (Hong et al. 2023): blur what the network attends to."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

__all__ = ["degraded", "remembering_attention"]

_KERNEL, _SIGMA = 9, 1.0


@contextlib.contextmanager
def remembering_attention(unet: Any, *, wanted: bool) -> Iterator[dict[str, Any]]:
    """Keep how much the network's middle attends to each place, while it runs.

    Yields
    ------
    dict
        After the run, ``"received"`` (b, places), the attention each place receives
        from all, averaged over heads, and ``"size"``, the map's height and width.

    Raises
    ------
    InputError
        When it is wanted and the network has no self-attention in its middle.
    """
    kept: dict[str, Any] = {}
    if not wanted:
        yield kept
        return
    try:
        block = unet.mid_block.attentions[0]
        attention = block.transformer_blocks[0].attn1
    except (AttributeError, IndexError, TypeError) as error:
        raise InputError(
            "This network has no self-attention in its middle: set sag_scale to 0."
        ) from error

    def heard(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        states = args[0] if args else kwargs["hidden_states"]
        kept["received"] = _received(module, states.detach())

    def shaped(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        kept["size"] = (args[0] if args else kwargs["hidden_states"]).shape[-2:]

    hooks = [
        attention.register_forward_pre_hook(heard, with_kwargs=True),
        block.register_forward_pre_hook(shaped, with_kwargs=True),
    ]
    try:
        yield kept
    finally:
        for hook in hooks:
            hook.remove()


def _received(attention: Any, states: Tensor) -> Tensor:
    """(b, places): columns of the attention matrix, averaged over heads, summed."""
    import torch

    with torch.no_grad():
        b, places, _ = states.shape
        query, key = (
            part(states).reshape(b, places, attention.heads, -1).transpose(1, 2)
            for part in (attention.to_q, attention.to_k)
        )
        shares = (query @ key.transpose(-1, -2) * attention.scale).softmax(-1)
        return shares.mean(1).sum(1)


def degraded(
    clean: Tensor, noise: Tensor, alpha: Tensor, attention: dict[str, Any]
) -> Tensor:
    """Blur the clean latents where they are attended to, and make them noisy again."""
    from torch.nn.functional import interpolate

    b = len(clean)
    mask = (attention["received"] > 1).to(clean.dtype)
    mask = mask.reshape(b, 1, *attention["size"])
    mask = interpolate(mask, clean.shape[-2:])
    mixed = _blurred(clean) * mask + clean * (1 - mask)
    return alpha.sqrt() * mixed + (1 - alpha).sqrt() * noise


def _blurred(x: Tensor) -> Tensor:
    import torch
    from torch.nn.functional import conv2d, pad

    half = _KERNEL // 2
    place = torch.arange(-half, half + 1, device=x.device, dtype=x.dtype)
    row = torch.exp(-0.5 * (place / _SIGMA) ** 2)
    row = row / row.sum()
    kernel = torch.outer(row, row).expand(x.shape[1], 1, -1, -1)
    if min(x.shape[-2:]) <= half:
        raise InputError(
            f"Latents of {tuple(x.shape[-2:])} are too small for self-attention "
            f"guidance: it takes {half + 1} by {half + 1} at least."
        )
    return conv2d(pad(x, [half] * 4, "reflect"), kernel, groups=x.shape[1])
