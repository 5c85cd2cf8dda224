"""What is known of a link besides its two regions: the contact, or the gap.

Fixed while regions grow, unlike what :mod:`~striate_filaments.linking.regions` adds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.linking.affinities import AFFINITY
from striate_filaments.linking.regions import PAIR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.linking.shapes import Axes
    from striate_filaments.segmentation.bridges import Bridges
    from striate_filaments.segmentation.graph import Contacts, Pieces

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = [
    "BETWEEN",
    "CONTACT",
    "GAP",
    "MEETING",
    "Links",
    "contact_links",
    "contacts_between",
    "gap_links",
    "meeting_links",
    "pair_key",
]

BETWEEN = ("number", "context_mean", "context_low", "context_high")
"""What all links between two regions are like; changes as they grow. How many (log),
and what a look around said of them."""
TOUCH = ("touch_number", "touch_mean", "touch_low", "touch_high")
"""The same of the contacts between two regions that a gap could join as well; 0 where
they do not touch."""
ALONE = ("piece_contrast_angle", "piece_contrast_unlike")
"""What rises in two pieces, side by side."""
_ALONE = [PAIR.index("contrast_angle"), PAIR.index("contrast_unlike")]
CONTACT = (
    "saddle", "height", "area", "area_share", "apart", "piece_angle", "piece_unlike",
    "piece_brightness", "parallel", "beside_low", "beside_high", "long_low",
    "long_high", "piece_size_low", "piece_size_high", *ALONE, *AFFINITY, "context",
    *BETWEEN,
)  # fmt: skip
MEETING = (*CONTACT[: -len(BETWEEN)], *TOUCH, "context_again", *BETWEEN)
"""Of a contact between regions, once most pieces are joined."""
GAP = (
    "bare", "bare_share", "apart", "ahead_low", "ahead_high", "straight", "piece_angle",
    "piece_unlike", "piece_brightness", "rank_low", "rank_high", "rivals_low",
    "rivals_high", "parallel", "beside_low", "beside_high", *TOUCH, *ALONE, *AFFINITY,
    "context", *BETWEEN,
)  # fmt: skip


@dataclass(frozen=True)
class Links:
    """Edges between pieces.

    Parameters
    ----------
    pairs
        (m, 2) pieces.
    fixed
        (m, F) features, named in ``CONTACT`` or ``GAP`` but for those of ``BETWEEN``.
    apart
        (m,) distance in half thicknesses.
    gap
        Whether they go over gaps: `apart` counts as bridged then.
    """

    pairs: Ints
    fixed: Doubles
    apart: Doubles
    gap: bool

    def __len__(self) -> int:
        return len(self.pairs)

    def in_context(self, odds: Doubles) -> Links:
        """Return the same links with what a look around said of each of them."""
        return replace(self, fixed=np.column_stack([self.fixed[:, :-1], odds]))


def contact_links(
    touching: Contacts, pieces: Pieces, side: Doubles, axes: Axes, told: Doubles
) -> Links:
    """Describe the contacts of pieces.

    Parameters
    ----------
    side
        (m, len(PAIR)) what the two pieces look like on their own.
    told
        (m, len(AFFINITY)) what a network says of them.
    """
    pairs = touching.pairs
    sizes = np.sort(pieces.size[pairs], axis=1)
    apart = _apart(pieces, pairs)
    fixed = np.column_stack(
        [
            touching.saddles(pieces),
            np.log(touching.height + 0.1),
            np.log(touching.area),
            touching.area / sizes[:, 0] ** (2 / 3),
            apart,
            side[:, [0, 1, 4]],
            axes.turns(pairs, pieces.place),
            np.sort(axes.length[pairs], axis=1),
            np.log(sizes),
            side[:, _ALONE],
            told,
            np.zeros(len(pairs)),
        ]
    )
    return Links(pairs, fixed, apart, gap=False)


def meeting_links(touching: Links, region: Ints) -> Links:
    """Keep the contacts, in context, between pieces of unlike (K,) `region`."""
    ends = region[touching.pairs]
    left = np.flatnonzero(ends[:, 0] != ends[:, 1])
    pairs = touching.pairs[left]
    touch = contacts_between(touching, region, pairs)
    fixed = np.column_stack([touching.fixed[left], touch, np.zeros(len(left))])
    return Links(pairs, fixed, touching.apart[left], gap=False)


def gap_links(
    found: Bridges,
    pieces: Pieces,
    region: Ints,
    side: Doubles,
    axes: Axes,
    touch: Doubles,
    told: Doubles,
    gap: float,
) -> Links:
    """Describe gaps no wider than `gap` between pieces of unlike (K,) `region`.

    `touch` has (m, len(TOUCH)) features, the others are as for contacts.
    """
    pairs = found.pairs
    apart = _apart(pieces, pairs)
    ahead = np.sort(found.ahead, axis=1)
    cost = found.bare / gap + found.turn
    rank, rivals = _rivals(pairs, region, cost)
    fixed = np.column_stack(
        [
            found.bare / gap,
            found.bare / np.maximum(apart, 1e-9),
            apart / gap,
            ahead,
            found.ahead.sum(axis=1),
            side[:, [0, 1, 4]],
            np.log1p(np.sort(rank, axis=1)),
            np.log1p(np.sort(rivals, axis=1)),
            axes.turns(pairs, pieces.place),
            touch,
            side[:, _ALONE],
            told,
            np.zeros(len(pairs)),
        ]
    )
    return Links(pairs, fixed, apart, gap=True)


def contacts_between(touching: Links, region: Ints, pairs: Ints) -> Doubles:
    """(m, len(TOUCH)) what the contacts between the regions of (m, 2) pieces are like.

    `touching` are all contacts, in context; `region` is (K,) that of each piece.
    """
    if len(touching) == 0:
        return np.zeros((len(pairs), len(TOUCH)))
    names, place = np.unique(pair_key(region[touching.pairs]), return_inverse=True)
    odds, count = touching.fixed[:, -1], np.bincount(place)
    low, high = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    np.minimum.at(low, place, odds)
    np.maximum.at(high, place, odds)
    mean = np.bincount(place, odds) / count
    known = np.stack([np.log1p(count), mean, low, high], axis=1)
    asked = pair_key(region[pairs])
    at = np.minimum(np.searchsorted(names, asked), len(names) - 1)
    return np.where((names[at] == asked)[:, None], known[at], 0.0)


def pair_key(ends: Ints) -> Ints:
    """(m,) one number for each two regions, whichever comes first."""
    a, b = np.sort(ends, axis=1).T
    return np.asarray((a << 32) + b)


def _apart(pieces: Pieces, pairs: Ints) -> Doubles:
    ends = pieces.place[pairs]
    return np.asarray(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1))


def _rivals(pairs: Ints, region: Ints, cost: Doubles) -> tuple[Doubles, Doubles]:
    """(m, 2) how many links of the same region are cheaper, and how many there are."""
    rank, rivals = np.zeros((len(pairs), 2)), np.zeros((len(pairs), 2))
    ends = np.concatenate([region[pairs[:, 0]], region[pairs[:, 1]]])
    price = np.concatenate([cost, cost])
    order = np.lexsort((price, ends))
    first = np.r_[True, ends[order][1:] != ends[order][:-1]]
    start = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    place = np.empty(len(order))
    place[order] = np.arange(len(order)) - start
    count = np.bincount(ends, minlength=len(region))[ends]
    rank[:, 0], rank[:, 1] = np.split(place, 2)
    rivals[:, 0], rivals[:, 1] = np.split(count.astype(np.float64), 2)
    return rank, rivals
