"""Teaching a network what links look like in context: torch, on the CPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.linking.contraction import PURE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from striate_filaments.linking.context import ContextNet
    from striate_filaments.linking.surroundings import Surroundings

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]

__all__ = ["Sight", "fit_context"]

_RATE, _DECAY, _WARM = 3e-3, 1e-3, 0.1
_OF_REGIONS = 0.2
"""What knowing neurite from background counts, beside knowing links."""


@dataclass(frozen=True)
class Sight:
    """A graph of links with the answers.

    Parameters
    ----------
    right, link_weight
        (m,) 1 where a link joins what is one neuron, and how much it counts: 0 where
        that is not clear.
    neurite, region_weight
        (n,) the same for regions that are mostly some neuron's.
    """

    around: Surroundings
    right: Floats
    link_weight: Floats
    neurite: Floats
    region_weight: Floats

    @classmethod
    def of(cls, around: Surroundings, votes: Doubles) -> Sight:
        """Answer by (n, T + 1) `votes`, voxels that regions have of each neuron."""
        own, size = votes.argmax(axis=1), votes.sum(axis=1)
        none = own == votes.shape[1] - 1
        clear = votes.max(axis=1) > PURE * size
        a, b = around.pairs.T
        known = clear[a] & clear[b] & ~(none[a] & none[b])
        weight = np.clip(np.sqrt(np.minimum(size[a], size[b])), 1.0, 40.0) * known
        return cls(
            around,
            (own[a] == own[b]).astype(np.float32),
            weight.astype(np.float32),
            (~none).astype(np.float32),
            np.sqrt(size).astype(np.float32),
        )


def fit_context(
    sights: Sequence[Sight],
    seed: int,
    epochs: int,
    told: Callable[[str], None] = lambda _: None,
) -> ContextNet:
    """Train a network on graphs, one at a time; the same numbers each time."""
    import torch

    from striate_filaments.linking.context import ContextNet

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        sights = [s for s in sights if s.link_weight.any()]
        net = ContextNet(sights[0].around.links.shape[1])
        for name in ("link", "region", "turn"):
            rows = [getattr(s.around, f"{name}s") for s in sights]
            getattr(net, f"{name}_scale").set(*_mean_and_spread(rows))
        _train(net, sights, seed, epochs, told)
    return net.eval()


def _train(
    net: ContextNet,
    sights: Sequence[Sight],
    seed: int,
    epochs: int,
    told: Callable[[str], None],
) -> None:
    import torch

    from striate_filaments.linking.context import Graph

    adam = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=_DECAY)
    steps = epochs * len(sights)
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, _RATE, steps, pct_start=_WARM)
    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        total = 0.0
        for i in rng.permutation(len(sights)):
            link, region = net(Graph.of(sights[i].around))
            loss = _loss(link, sights[i].right, sights[i].link_weight)
            loss = loss + _OF_REGIONS * _loss(
                region, sights[i].neurite, sights[i].region_weight
            )
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            adam.step()
            rate.step()
            total += loss.item()
        told(f"look {epoch + 1} of {epochs}: loss {total / len(sights):.4f}")


def _mean_and_spread(tables: Sequence[Floats]) -> tuple[Doubles, Doubles]:
    """Mean and standard deviation of each column over all tables."""
    count = sum(len(t) for t in tables)
    mean = sum(t.sum(axis=0, dtype=np.float64) for t in tables) / count
    squares = sum(((t - mean) ** 2).sum(axis=0) for t in tables) / count
    return np.asarray(mean), np.sqrt(np.asarray(squares))


def _loss(odds: Tensor, answer: Floats, weight: Floats) -> Tensor:
    import torch

    weights = torch.from_numpy(weight / max(float(weight.mean()), 1e-9))
    return torch.nn.functional.binary_cross_entropy_with_logits(
        odds, torch.from_numpy(answer), weight=weights
    )
