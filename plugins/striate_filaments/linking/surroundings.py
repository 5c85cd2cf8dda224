"""Links among their neighbours: what a network needs to see which of rivals is right.

Whether two regions are one neuron shows not only in the two, but in what else either
could go on to: at a crossing of like hues, the arm straight ahead. So links are the
nodes of a graph here, and where two of them meet at a region there is a turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.linking.links import pair_key
from striate_filaments.linking.regions import PAIR, signal_to_noise
from striate_filaments.segmentation.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.linking.fragments import Fragments
    from striate_filaments.linking.links import Links
    from striate_filaments.linking.regions import LinkRegions

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]

__all__ = ["REGION", "TURN", "Surroundings", "surroundings"]

REGION = (
    "size", "score", "peak", "signal", "scatter", "brightness", "cable", "thickness",
    "gaps", "pieces", "several", "real", "degree", "long", "grain", "coloured",
    "contrast",
)  # fmt: skip
"""What a region looks like on its own."""
_SEEN = ("angle", "unlike", "unlike_grain", "angle_in_grains", "brightness",
         "signal_low", "size_low", "contrast_angle", "contrast_unlike")  # fmt: skip
TURN = ("straight", "parallel", "apart", "shift", "linked", *_SEEN)
"""What the way from one region through another to a third is like: cosine of the
turn, cosine of both axes, distance of both far ends and of where the links set out,
whether the outer two are linked as well, and how they look side by side."""
_REACH = 12.0
"""Half thicknesses between the places where two links set out, at most."""
_MOST = {False: 16, True: 8}
"""Others that a link hears of at either end, at most: over contacts, and over gaps,
of which there are many more chances."""
_AT_ONCE = 100_000


@dataclass(frozen=True)
class Surroundings:
    """A graph of links.

    Parameters
    ----------
    pairs
        (m, 2) regions that the links join, as rows of `regions`.
    links
        (m, F) what the links are like.
    regions
        (n, len(REGION)) what the regions are like.
    slot
        (t,) sorted: a link, plus m where it is seen from its second region.
    other
        (t,) another link of that region.
    turns
        (t, len(TURN)) what it is like to come from one and go on by the other.
    """

    pairs: Ints
    links: Floats
    regions: Floats
    slot: Ints
    other: Ints
    turns: Floats


def surroundings(
    fragments: Fragments, regions: LinkRegions, links: Links
) -> Surroundings:
    """Lay out the graph of `links` between regions as they are now."""
    label = regions.labels
    ends = label[links.pairs]
    names, rows = np.unique(ends, return_inverse=True)
    pairs = rows.reshape(-1, 2).astype(np.int64)
    own = regions.side_by_side(ends, fragments.grain)
    slot, other = _meetings(pairs, links, fragments.pieces.place, len(names))
    return Surroundings(
        pairs,
        np.concatenate([own, links.fixed], axis=1).astype(np.float32),
        _describe(fragments, regions, label, names, pairs),
        slot,
        other,
        _turns(fragments, regions, links.pairs, ends, slot, other),
    )


def _describe(
    fragments: Fragments, regions: LinkRegions, label: Ints, names: Ints, pairs: Ints
) -> Floats:
    """(n, len(REGION)) features of the regions called `names`."""
    sums, total = regions.sums[names], np.maximum(regions.total[names], 0.0)
    size, shine, cable, gaps, pieces, inner, real, _ = sums.T
    light = np.linalg.norm(total, axis=1)
    signal = signal_to_noise(total, regions.variance[names])
    rise = signal_to_noise(regions.contrast[names], regions.doubt[names])
    hue = np.linalg.norm(regions.hue[names], axis=1) / size
    long = np.bincount(label, fragments.axes.length * fragments.pieces.size)
    columns = (
        np.log(size),
        np.log(shine / size + 0.1),
        np.log(regions.peak[names] + 0.1),
        np.log(signal + 0.1),
        np.sqrt(np.maximum(0.0, 2 - 2 * hue)),
        np.log(light / size + 1e-3),
        np.log1p(cable),
        np.log(size / (cable + 3.0)),
        gaps / (cable + 3.0),
        np.log(pieces),
        inner / size,
        real / size,
        np.log1p(np.bincount(pairs.ravel(), minlength=len(names))),
        long[names] / size,
        np.full(len(names), fragments.grain),
        np.full(len(names), float(total.shape[1] > 1)),
        np.log(rise + 0.1),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def _meetings(
    pairs: Ints, links: Links, place: Doubles, count: int
) -> tuple[Ints, Ints]:
    """For each end of each link, those to other regions that set out close by.

    The shortest of them: they are the rivals that matter, and a hub of thousands of
    links stays small.
    """
    ends = pairs.T.ravel()
    order = np.lexsort((np.tile(links.apart, 2), ends))
    start = np.searchsorted(ends[order], np.arange(count + 1))
    feet = place[links.pairs.T.ravel()]
    most = _MOST[links.gap]
    slot = np.empty(most * len(ends), dtype=np.int64)
    other = np.empty_like(slot)
    onto = pairs.T[::-1].ravel()
    found = _meet(ends, onto, order, start, feet, most, slot, other)
    return slot[:found].copy(), other[:found].copy()


@compiled
def _meet(
    ends: Ints,
    onto: Ints,
    order: Ints,
    start: Ints,
    feet: Doubles,
    most: int,
    slot: Ints,
    other: Ints,
) -> int:
    """Write meetings down; how many there are."""
    links, found = len(ends) // 2, 0
    for i in range(len(ends)):
        met = 0
        for at in range(start[ends[i]], start[ends[i] + 1]):
            j = order[at]
            if onto[j] == onto[i]:
                continue
            far = 0.0
            for axis in range(3):
                far += (feet[i, axis] - feet[j, axis]) ** 2
            if far > _REACH * _REACH:
                continue
            slot[found], other[found] = i, j % links
            found += 1
            met += 1
            if met == most:
                break
    return found


def _turns(
    fragments: Fragments,
    regions: LinkRegions,
    pieces: Ints,
    ends: Ints,
    slot: Ints,
    other: Ints,
) -> Floats:
    """(t, len(TURN)) features of ways that go in by `slot` and out by `other`."""
    out = np.empty((len(slot), len(TURN)), dtype=np.float32)
    known = np.unique(pair_key(ends))
    for first in range(0, len(slot), _AT_ONCE):
        chosen = slice(first, first + _AT_ONCE)
        links, side = slot[chosen] % len(pieces), slot[chosen] // len(pieces)
        middle = ends[links, side]
        back = np.where(ends[other[chosen], 0] == middle, 0, 1)
        here, onto = pieces[links, side], pieces[links, 1 - side]
        there, away = pieces[other[chosen], back], pieces[other[chosen], 1 - back]
        outer = np.stack([ends[links, 1 - side], ends[other[chosen], 1 - back]], axis=1)
        out[chosen, :4] = _geometry(fragments, here, onto, there, away)
        out[chosen, 4] = np.isin(pair_key(outer), known)
        seen = regions.side_by_side(outer, fragments.grain)
        out[chosen, 5:] = seen[:, [PAIR.index(name) for name in _SEEN]]
    return out


def _geometry(
    fragments: Fragments, here: Ints, onto: Ints, there: Ints, away: Ints
) -> Doubles:
    place, way = fragments.pieces.place, fragments.axes.way
    a, b = place[onto] - place[here], place[away] - place[there]
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.stack(
        [
            -(a * b).sum(axis=1) / np.maximum(lengths, 1e-9),
            np.abs((way[onto] * way[away]).sum(axis=1)),
            np.linalg.norm(place[onto] - place[away], axis=1),
            np.linalg.norm(place[here] - place[there], axis=1),
        ],
        axis=1,
    )
