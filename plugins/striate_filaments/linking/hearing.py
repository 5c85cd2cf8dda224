"""What every link hears along its turns: one pass over them, forth and back.

A turn says ``hardswish(turn @ weight + bias + other + own)`` (Howard et al. 2019), W
numbers, and every end of a link takes the mean and the maximum of what its turns say.
There are ten times as many turns as links: written down one operation after the other,
as torch would, they take most of the time and nearly all of the memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch  # noqa: TID253 - this module is imported to run the network

from striate_filaments.segmentation.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float32]

__all__ = ["hear"]

_SIXTH = np.float32(1 / 6)
_THREE = np.float32(3)


def hear(
    turns: Tensor,
    weight: Tensor,
    bias: Tensor,
    other: Tensor,
    own: Tensor,
    index: Tensor,
    start: Tensor,
) -> tuple[Tensor, Tensor]:
    """Mean, and maximum if above 0, over the turns of each of n ends.

    Parameters
    ----------
    turns
        (t, F) float32, those of one end after the other; no gradient flows there.
    weight, bias
        (F, W) and (W,).
    other
        (m, W) what each link says, and `index` (t,) which of them a turn leads to.
    own
        (n, W) what each end adds.
    start
        (n + 1,) where the turns of each end begin.

    Returns
    -------
    (mean, most), both (n, W); 0 for an end without turns
    """
    mean, most = _Hearing.apply(  # type: ignore[no-untyped-call]
        turns, weight.contiguous(), bias, other, own, index, start
    )
    return mean, most


class _Hearing(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *given: Tensor) -> tuple[Tensor, Tensor]:
        own = given[4]
        mean, most = torch.empty_like(own), torch.empty_like(own)
        first = torch.empty(own.shape, dtype=torch.int32)
        _forth(*(g.detach().numpy() for g in (*given, mean, most, first)))
        ctx.save_for_backward(*given, first)
        return mean, most

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        *given, first = ctx.saved_tensors
        _, weight, bias, other, own, _, _ = given
        back = [torch.zeros_like(g) for g in (weight, bias, other, own)]
        arrays = (*given, first, *(g.contiguous() for g in grads), *back)
        _back(*(a.detach().numpy() for a in arrays))
        return None, *back, None, None


@compiled
def _forth(
    turns: Floats,
    weight: Floats,
    bias: Floats,
    other: Floats,
    own: Floats,
    index: Ints,
    start: Ints,
    mean: Floats,
    most: Floats,
    first: NDArray[np.int32],
) -> None:
    width = own.shape[1]
    said, total = np.empty(width, np.float32), np.empty(width, np.float32)
    best, where = np.empty(width, np.float32), np.empty(width, np.int32)
    base = np.empty(width, np.float32)
    for end in range(len(own)):
        total[:], best[:], where[:] = 0, 0, -1
        share = _set_out(bias, own, start, end, base)
        for t in range(start[end], start[end + 1]):
            _say(turns, weight, base, other, t, index[t], said)
            for w in range(width):
                x = said[w]
                value = x * min(max(x + _THREE, np.float32(0)), np.float32(6)) * _SIXTH
                total[w] += value
                more = value > best[w]
                best[w] = value if more else best[w]
                where[w] = t - start[end] if more else where[w]
        for w in range(width):
            mean[end, w] = total[w] * share
            most[end, w] = best[w]
            first[end, w] = where[w]


@compiled
def _back(
    turns: Floats,
    weight: Floats,
    bias: Floats,
    other: Floats,
    own: Floats,
    index: Ints,
    start: Ints,
    first: NDArray[np.int32],
    by_mean: Floats,
    by_most: Floats,
    to_weight: Floats,
    to_bias: Floats,
    to_other: Floats,
    to_own: Floats,
) -> None:
    width = own.shape[1]
    said, base = np.empty(width, np.float32), np.empty(width, np.float32)
    push = np.empty(width, np.float32)
    for end in range(len(own)):
        share = _set_out(bias, own, start, end, base)
        for t in range(start[end], start[end + 1]):
            j = index[t]
            _say(turns, weight, base, other, t, j, said)
            at = t - start[end]
            for w in range(width):
                x = said[w]
                slope = (x + x + _THREE) * _SIXTH
                slope = np.float32(0) if x < -_THREE else slope
                slope = np.float32(1) if x > _THREE else slope
                most = by_most[end, w] if first[end, w] == at else np.float32(0)
                push[w] = (by_mean[end, w] * share + most) * slope
            for w in range(width):
                to_own[end, w] += push[w]
                to_other[j, w] += push[w]
            for f in range(turns.shape[1]):
                for w in range(width):
                    to_weight[f, w] += turns[t, f] * push[w]
        for w in range(width):
            to_bias[w] += to_own[end, w]


@compiled
def _set_out(
    bias: Floats, own: Floats, start: Ints, end: int, base: Floats
) -> np.float32:
    """Write what all turns of an end begin with; the share of each in their mean."""
    for w in range(len(base)):
        base[w] = bias[w] + own[end, w]
    return np.float32(1) / np.float32(max(start[end + 1] - start[end], 1))


@compiled
def _say(
    turns: Floats,
    weight: Floats,
    base: Floats,
    other: Floats,
    t: int,
    j: int,
    said: Floats,
) -> None:
    for w in range(len(said)):
        said[w] = base[w] + other[j, w]
    for f in range(turns.shape[1]):
        for w in range(len(said)):
            said[w] += turns[t, f] * weight[f, w]
