"""A network that judges links by what is around them: messages along turns.

A graph network (Battaglia et al. 2018) on the graph of
:mod:`~striate_filaments.linking.surroundings`: in every round each link hears of the
other links at both of its regions by way of the turn to them, as bonds do in
DimeNet (Gasteiger et al. 2020), and each region of its links. The order of regions,
links and channels does not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch  # noqa: TID253 - this module is imported to run the network
from torch import Tensor, nn  # noqa: TID253 - as above

from striate_filaments.linking.hearing import hear
from striate_filaments.linking.surroundings import REGION, TURN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from striate_filaments.linking.surroundings import Surroundings

    Doubles = NDArray[np.float64]

__all__ = ["ContextNet", "Graph", "judge"]

_WIDEST = 4.0
"""Standard deviations beyond which a feature is taken to be no farther."""


class Graph(NamedTuple):
    """`Surroundings` as tensors, named the same."""

    pairs: Tensor
    links: Tensor
    regions: Tensor
    slot: Tensor
    other: Tensor
    turns: Tensor

    @classmethod
    def of(cls, around: Surroundings) -> Graph:
        """Share the memory of the arrays."""
        return cls(*(torch.from_numpy(getattr(around, name)) for name in cls._fields))


class ContextNet(nn.Module):
    """A graph of links to log-odds of every link, and of every region to be neurite.

    Parameters
    ----------
    features
        Of a link.
    width, rounds
        Numbers that stand for a link or a region, and how often they hear of others.
    """

    def __init__(self, features: int, width: int = 32, rounds: int = 3) -> None:
        super().__init__()
        self.sizes = {"features": features, "width": width, "rounds": rounds}
        self.link_scale = _Scale(features)
        self.region_scale = _Scale(len(REGION))
        self.turn_scale = _Scale(len(TURN))
        self.link_in = _layers(features, 2 * width, width)
        self.region_in = _layers(len(REGION), width, width)
        self.rounds = nn.ModuleList(_Round(width) for _ in range(rounds))
        self.link_out = nn.Sequential(nn.LayerNorm(width), _layers(width, width, 1))
        self.region_out = nn.Sequential(nn.LayerNorm(width), _layers(width, width, 1))

    def forward(self, graph: Graph) -> tuple[Tensor, Tensor]:
        """(m,) and (n,) log-odds."""
        link = self.link_in(self.link_scale(graph.links))
        region = self.region_in(self.region_scale(graph.regions))
        turns = self.turn_scale(graph.turns)
        start = torch.searchsorted(graph.slot, torch.arange(2 * len(link) + 1))
        for step in self.rounds:
            link, region = step(graph, turns, start, link, region)
        return self.link_out(link)[:, 0], self.region_out(region)[:, 0]


def judge(net: ContextNet, around: Surroundings) -> tuple[Doubles, Doubles]:
    """Log-odds of (m,) links and of (n,) regions, as numpy arrays."""
    with torch.inference_mode():
        link, region = net(Graph.of(around))
    return link.double().numpy(), region.double().numpy()


class _Scale(nn.Module):
    """Features less their mean, in standard deviations."""

    mean: Tensor
    spread: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("spread", torch.ones(features))

    def set(self, mean: Doubles, spread: Doubles) -> None:
        """Take over what was measured, (F,) each."""
        self.mean.copy_(torch.from_numpy(mean))
        self.spread.copy_(torch.from_numpy(spread).clamp(min=1e-3))

    def forward(self, rows: Tensor) -> Tensor:
        """Scale (n, F) rows; what lies far out is taken to be no farther."""
        return ((rows - self.mean) / self.spread).clamp(-_WIDEST, _WIDEST)


class _Round(nn.Module):
    """Links hear of links, then regions of links."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.turn = nn.Linear(len(TURN), width)
        self.other = nn.Linear(width, width, bias=False)
        self.own = nn.Linear(2 * width, width, bias=False)
        self.side = _layers(4 * width, width, width)
        self.link = nn.Sequential(
            nn.LayerNorm(2 * width), _layers(2 * width, 2 * width, width)
        )
        self.region = nn.Sequential(
            nn.LayerNorm(3 * width), _layers(3 * width, 2 * width, width)
        )

    def forward(
        self, graph: Graph, turns: Tensor, start: Tensor, link: Tensor, region: Tensor
    ) -> tuple[Tensor, Tensor]:
        ends = graph.pairs.T.reshape(-1)
        both = torch.cat([link, link])
        own = torch.cat([both, region[ends]], dim=1)
        weight, bias = self.turn.weight.T, self.turn.bias
        heard = hear(
            turns, weight, bias, self.other(link), self.own(own), graph.other, start
        )
        sides = self.side(torch.cat([*heard, own], dim=1))
        one, two = sides.chunk(2)
        link = link + self.link(torch.cat([link, one + two], dim=1))
        told = _gather(torch.cat([link, link]), ends, len(region))
        region = region + self.region(torch.cat([region, *told], dim=1))
        return link, region


def _gather(rows: Tensor, where: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """(count, W) mean and maximum, at least 0, of the rows of each place."""
    none = rows.new_zeros(count, rows.shape[1])
    total = none.index_add(0, where, rows)
    most = none.scatter_reduce(0, where[:, None].expand_as(rows), rows, "amax")
    number = torch.bincount(where, minlength=count).clamp(min=1)
    return total / number[:, None], most


def _layers(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.SiLU(), nn.Linear(hidden, outputs)
    )
