"""How wrong an answer is: classes, centre lines that must not break, togetherness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch  # noqa: TID253 - this module is imported to train
from torch import Tensor  # noqa: TID253 - as above
from torch.nn import functional  # noqa: TID253 - as above

from striate_filaments.learned.config import OFFSETS

if TYPE_CHECKING:
    from striate_filaments.learned.network import Maps

__all__ = ["Targets", "loss_of"]

CLASS_WEIGHTS = (1.0, 3.0, 6.0)
_CENTRE_WEIGHT = 4.0
_MOST_UNLIKE = 8.0


@dataclass(frozen=True)
class Targets:
    """A batch of :class:`striate_filaments.training.truth.Target`, all (B, z, y, x).

    Parameters
    ----------
    owner, second
        int32; unlike neurons of unlike crops have unlike names.
    """

    owner: Tensor
    second: Tensor
    centre: Tensor
    known: Tensor

    def to(self, device: str) -> Targets:
        """Move all of it."""
        moved = (self.owner, self.second, self.centre, self.known)
        return Targets(*(t.to(device, non_blocking=True) for t in moved))


def loss_of(maps: Maps, targets: Targets) -> dict[str, Tensor]:
    """The terms whose sum is minimised; unknown voxels say nothing.

    Returns
    -------
    ``count``, ``recall``, ``centre`` and ``affinity``, each a scalar
    """
    known = targets.known.float()
    many = (targets.owner > 0).long() + (targets.second > 0).long()
    weight = maps.number.new_tensor(CLASS_WEIGHTS)[many] * known
    count = functional.cross_entropy(maps.number, many, reduction="none")
    return {
        "count": (count * weight).sum() / weight.sum().clamp(min=1),
        "recall": 0.5 * _broken(maps, targets),
        "centre": 0.5 * _centre(maps, targets, known),
        "affinity": 0.5 * _affinity(maps, targets),
    }


def _broken(maps: Maps, targets: Targets) -> Tensor:
    """Skeleton recall (Kirchhoff et al. 2024): share of centre lines not seen.

    Each neuron counts alike, so that dim and short ones are not drowned.
    """
    seen = 1 - maps.number.softmax(1)[:, 0]
    on = targets.centre & targets.known
    if not bool(on.any()):
        return seen.sum() * 0
    _, name = torch.unique(targets.owner[on], return_inverse=True)
    size = torch.bincount(name).to(seen.dtype)
    total = torch.zeros_like(size).index_add(0, name, seen[on])
    return 1 - (total / size).mean()


def _centre(maps: Maps, targets: Targets, known: Tensor) -> Tensor:
    wanted = targets.centre.float()
    weight = known * (1 + (_CENTRE_WEIGHT - 1) * wanted)
    found = functional.binary_cross_entropy_with_logits(
        maps.centre[:, 0], wanted, reduction="none"
    )
    return (found * weight).sum() / weight.sum().clamp(min=1)


def _affinity(maps: Maps, targets: Targets) -> Tensor:
    """Over pairs that both belong to neurons; different ones are rare, and count more.

    Pairs in voxels of several neurons are together when they share any.
    """
    total = maps.affinity.sum() * 0
    for k, offset in enumerate(OFFSETS):
        here, there = _sides(offset, targets.owner.shape[1:])
        a, b = targets.owner[here], targets.owner[there]
        c, d = targets.second[here], targets.second[there]
        pair = (a > 0) & (b > 0) & targets.known[here] & targets.known[there]
        if not bool(pair.any()):
            continue
        same = (a == b) | (a == d) | (c == b) | ((c == d) & (c > 0))
        wanted = same[pair].float()
        unlike = (wanted.sum() / (1 - wanted).sum().clamp(min=1)).clamp(1, _MOST_UNLIKE)
        weight = torch.where(wanted > 0, torch.ones_like(wanted), unlike)
        found = functional.binary_cross_entropy_with_logits(
            maps.affinity[:, k][here][pair], wanted, weight, reduction="sum"
        )
        total = total + found / weight.sum()
    return total / len(OFFSETS)


def _sides(
    offset: tuple[int, int, int], shape: torch.Size
) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    here = tuple(slice(0, n - o) for o, n in zip(offset, shape, strict=True))
    there = tuple(slice(o, None) for o in offset)
    return (slice(None), *here), (slice(None), *there)
