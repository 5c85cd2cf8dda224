"""Beam search over any model that says how probable the next token is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    NextLogProbs = Callable[[list[tuple[int, ...]]], NDArray[np.float64]]

__all__ = ["Beam", "beam_search"]


@dataclass(frozen=True)
class Beam:
    """Tokens, the stop included, and their log-probability by token on average."""

    tokens: tuple[int, ...]
    score: float


def beam_search(
    next_log_probs: NextLogProbs, stop: int, *, beams: int = 5, longest: int = 67
) -> list[Beam]:
    """Find probable sequences, ranked by mean log-probability of their tokens.

    As CLIPCap decodes: sequences that ended keep their place among the beams and
    compete by mean, not sum.

    Parameters
    ----------
    next_log_probs
        Prefixes, all of one length, to (n, tokens) log-probabilities of what follows.
    stop
        Token that ends a sequence.
    beams
        How many to keep at each step.
    longest
        Tokens at most.

    Returns
    -------
    list
        The best first.
    """
    going: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    ended: list[Beam] = []
    for _ in range(longest):
        found = list(ended)
        steps = next_log_probs([tokens for tokens, _ in going])
        for (tokens, total), row in zip(going, steps, strict=True):
            for k in _highest(np.asarray(row, np.float64), beams):
                sums = total + float(row[k])
                found.append(Beam((*tokens, k), sums / (len(tokens) + 1)))
        found.sort(key=lambda b: -b.score)
        kept = found[:beams]
        ended = [b for b in kept if b.tokens[-1] == stop]
        going = [
            (b.tokens, b.score * len(b.tokens)) for b in kept if b.tokens[-1] != stop
        ]
        if not going:
            return kept
    return kept


def _highest(row: NDArray[np.float64], count: int) -> list[int]:
    count = min(count, int(np.isfinite(row).sum()))
    if not count:
        return []
    near = np.argpartition(-row, count - 1)[:count]
    return [int(k) for k in near]
