"""Joining regions along links, surest first, scored anew as they grow."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.linking.links import BETWEEN
from striate_filaments.linking.regions import PAIR, pair_features
from striate_filaments.linking.scorer import log_odds
from striate_filaments.segmentation.agglomerate import find_root
from striate_filaments.segmentation.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.linking.links import Links
    from striate_filaments.linking.regions import LinkRegions
    from striate_filaments.linking.scorer import Scorer

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["PURE", "Lesson", "contract"]

PURE = 0.6
"""Share of its voxels above which a set is taken to be one true neuron's."""
_AT_MOST = 4
_MERGES = 1 << 31


@dataclass
class Lesson:
    """Notes taken while joining where the truth is known.

    Parameters
    ----------
    votes
        (K, T + 1) voxels that each piece, or set, has of every true neuron; the
        last column is background.
    obey
        Join what is truly one, whatever the score: the way to begin with.
    features, answer
        What was decided on, and whether it was right to join (filled in).
    """

    votes: Doubles
    obey: bool
    features: Doubles | None = None
    answer: NDArray[np.bool_] | None = None


def contract(
    regions: LinkRegions,
    links: Links,
    scorer: Scorer,
    grain: float,
    threshold: float,
    lesson: Lesson | None = None,
) -> NDArray[np.bool_]:
    """Join sets whose link has log-odds above `threshold`; which links joined.

    A link that became less likely as its sets grew waits its turn again. One that
    was turned down is looked at again once all others are done, for hues sharpen.
    Of all links between the same two sets only the likeliest is decided on: among
    many chances to join neurons that run side by side, one would be taken.
    """
    used = np.zeros(len(links), dtype=np.bool_)
    votes = lesson.votes if lesson else np.zeros((0, 0))
    notes = np.zeros((_AT_MOST * len(links) if lesson else 0, _width(links)))
    answers = np.zeros(len(notes), dtype=np.int8)
    written = 0
    for _ in range(3):
        before = int(used.sum())
        written = _contract(
            regions.parent, regions.total, regions.variance, regions.contrast,
            regions.doubt, regions.hue, regions.sums, regions.peak,
            np.ascontiguousarray(links.pairs), np.ascontiguousarray(links.fixed),
            links.apart, links.gap, grain, threshold, scorer.layers, used, votes,
            bool(lesson and lesson.obey), notes, answers, written,
        )  # fmt: skip
        if int(used.sum()) == before or (lesson and lesson.obey):
            break
    if lesson:
        known = answers[:written] >= 0
        lesson.features = notes[:written][known]
        lesson.answer = answers[:written][known] > 0
    return used


def _width(links: Links) -> int:
    return len(PAIR) + links.fixed.shape[1] + len(BETWEEN)


@compiled
def _verdict(votes: Doubles, a: int, b: int) -> int:
    """1 when two sets are mostly of one true neuron, 0 when not, -1 unclear."""
    last = votes.shape[1] - 1
    ia, ib = votes[a].argmax(), votes[b].argmax()
    pure_a = votes[a, ia] > PURE * votes[a].sum()
    pure_b = votes[b, ib] > PURE * votes[b].sum()
    if not (pure_a and pure_b) or (ia == last and ib == last):
        return -1
    return 1 if ia == ib else 0


@compiled
def _append(chain: Ints, ends: Ints, number: Ints, a: int, entry: int) -> None:
    """Put one end of a link at the end of the list of a set's links."""
    if number[a] == 0:
        ends[a, 0] = entry
    else:
        chain[ends[a, 1]] = entry
    ends[a, 1] = entry
    number[a] += 1


@compiled
def _describe(
    a: int,
    b: int,
    i: int,
    parent: Ints,
    pairs: Ints,
    fixed: Doubles,
    chain: Ints,
    ends: Ints,
    number: Ints,
    out: Doubles,
) -> None:
    """Write what link `i` is like, and what all between its two sets are like."""
    width = fixed.shape[1]
    few = a if number[a] < number[b] else b
    many = b if few == a else a
    entry, count, total = ends[few, 0], 0, 0.0
    low, high = fixed[i, width - 1], fixed[i, width - 1]
    for _ in range(number[few]):
        other = pairs[entry // 2, 1 - entry % 2]
        if find_root(parent, other) == many:
            odds = fixed[entry // 2, width - 1]
            low, high = min(low, odds), max(high, odds)
            total += odds
            count += 1
        entry = chain[entry]
    for f in range(width):
        out[f] = fixed[i, f]
    out[width] = math.log(max(count, 1))
    out[width + 1] = total / max(count, 1)
    out[width + 2] = low
    out[width + 3] = high


@compiled
def _contract(
    parent: Ints,
    total: Doubles,
    variance: Doubles,
    contrast: Doubles,
    doubt: Doubles,
    hue: Doubles,
    sums: Doubles,
    peak: Doubles,
    pairs: Ints,
    fixed: Doubles,
    apart: Doubles,
    gap: bool,
    grain: float,
    threshold: float,
    layers: tuple[Doubles, Doubles, Doubles, Doubles, Doubles, Doubles, Doubles],
    used: NDArray[np.bool_],
    votes: Doubles,
    obey: bool,
    notes: Doubles,
    answers: NDArray[np.int8],
    written: int,
) -> int:
    mean, spread, w1, b1, w2, b2, w3 = layers
    x = np.empty(len(mean))
    own = x[len(x) - fixed.shape[1] - len(BETWEEN) :]
    # The links of each set as a list: ends 2i and 2i + 1 are those of link i.
    chain = np.full(2 * len(pairs), -1, dtype=np.int64)
    ends = np.full((len(parent), 2), -1, dtype=np.int64)
    number = np.zeros(len(parent), dtype=np.int64)
    for i in range(len(pairs)):
        a, b = find_root(parent, pairs[i, 0]), find_root(parent, pairs[i, 1])
        if a != b:
            _append(chain, ends, number, a, 2 * i)
            _append(chain, ends, number, b, 2 * i + 1)
    seen = np.full((4 * len(pairs) + 1, 2), -1, dtype=np.int64)
    version = np.zeros(len(parent), dtype=np.int64)
    merges = 0
    heap = [(0.0, -1)]
    heap.pop()
    for i in range(len(pairs)):
        a, b = find_root(parent, pairs[i, 0]), find_root(parent, pairs[i, 1])
        if a == b:
            continue
        pair_features(a, b, total, variance, contrast, doubt, hue, sums, peak, grain, x)
        _describe(a, b, i, parent, pairs, fixed, chain, ends, number, own)
        odds = log_odds(x, mean, spread, w1, b1, w2, b2, w3)
        if odds > threshold or len(notes) > 0:
            heap.append((-odds, i))
    heapq.heapify(heap)
    while len(heap) > 0:
        before, i = heapq.heappop(heap)
        a, b = find_root(parent, pairs[i, 0]), find_root(parent, pairs[i, 1])
        if a == b:
            continue
        # As the likeliest of these two sets, as they are, was turned down before.
        low, high = min(a, b), max(a, b)
        key, state = low * len(parent) + high, version[low] * _MERGES + version[high]
        slot = key % len(seen)
        if seen[slot, 0] == key and seen[slot, 1] == state:
            continue
        pair_features(a, b, total, variance, contrast, doubt, hue, sums, peak, grain, x)
        _describe(a, b, i, parent, pairs, fixed, chain, ends, number, own)
        odds = log_odds(x, mean, spread, w1, b1, w2, b2, w3)
        if -odds > before + 0.05:
            if odds > threshold or len(notes) > 0:
                heapq.heappush(heap, (-odds, i))
            continue
        yes = odds > threshold
        if len(notes) > 0:
            verdict = _verdict(votes, a, b)
            if written < len(notes):
                notes[written] = x
                answers[written] = verdict
                written += 1
            if obey:
                yes = verdict == 1
        if not yes:
            seen[slot, 0], seen[slot, 1] = key, state
            continue
        if sums[a, 0] < sums[b, 0]:
            a, b = b, a
        parent[b] = a
        total[a] += total[b]
        variance[a] += variance[b]
        contrast[a] += contrast[b]
        doubt[a] += doubt[b]
        hue[a] += hue[b]
        sums[a] += sums[b]
        peak[a] = max(peak[a], peak[b])
        sums[a, 2] += apart[i]
        if gap:
            sums[a, 3] += apart[i]
        if len(votes) > 0:
            votes[a] += votes[b]
        chain[ends[a, 1]] = ends[b, 0]
        ends[a, 1] = ends[b, 1]
        number[a] += number[b]
        merges += 1
        version[a] = merges
        used[i] = True
    return written
