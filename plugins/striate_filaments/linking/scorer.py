"""A small network that scores features: arrays in, log-odds out, compiled.

Two hidden layers of rectified units. It is trained with torch and evaluated here
without it, one row at a time, from inside compiled loops.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.segmentation.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]
    Layers = tuple[Doubles, Doubles, Doubles, Doubles, Doubles, Doubles, Doubles]

__all__ = ["Scorer", "log_odds"]

_WIDEST = 4.0
"""Standard deviations beyond which a feature is taken to be no farther."""


@dataclass(frozen=True)
class Scorer:
    """The network's numbers.

    Parameters
    ----------
    mean, spread
        (F,) of the features it was trained on.
    w1, b1, w2, b2, w3
        (H, F), (H,), (G, H), (G,) and (G + 1,) weights; the last of `w3` is a bias.
    """

    mean: Doubles
    spread: Doubles
    w1: Doubles
    b1: Doubles
    w2: Doubles
    b2: Doubles
    w3: Doubles

    @property
    def layers(self) -> Layers:
        """What compiled code takes."""
        return (self.mean, self.spread, self.w1, self.b1, self.w2, self.b2, self.w3)

    def __call__(self, features: Doubles) -> Doubles:
        """(n,) log-odds of (n, F) features."""
        return _many(np.ascontiguousarray(features, dtype=np.float64), *self.layers)

    @classmethod
    def linear(cls, weights: Doubles, bias: float) -> Scorer:
        """Weigh features that are not negative; a start to train from."""
        n = len(weights)
        one, zero = np.eye(n), np.zeros(n)
        return cls(zero, np.full(n, 100.0), one, zero, one, zero,
                   np.append(100.0 * weights, bias))  # fmt: skip


@compiled
def log_odds(
    x: Doubles,
    mean: Doubles,
    spread: Doubles,
    w1: Doubles,
    b1: Doubles,
    w2: Doubles,
    b2: Doubles,
    w3: Doubles,
) -> float:
    """Log-odds of one row of features."""
    z = np.empty(len(x))
    for f in range(len(x)):
        z[f] = min(max((x[f] - mean[f]) / spread[f], -_WIDEST), _WIDEST)
    h = np.empty(len(b1))
    for i in range(len(b1)):
        value = b1[i]
        for f in range(len(x)):
            value += w1[i, f] * z[f]
        h[i] = max(value, 0.0)
    out = w3[len(b2)]
    for j in range(len(b2)):
        value = b2[j]
        for i in range(len(b1)):
            value += w2[j, i] * h[i]
        out += w3[j] * max(value, 0.0)
    return out


@compiled
def _many(
    rows: Doubles,
    mean: Doubles,
    spread: Doubles,
    w1: Doubles,
    b1: Doubles,
    w2: Doubles,
    b2: Doubles,
    w3: Doubles,
) -> Doubles:
    out = np.empty(len(rows))
    for i in range(len(rows)):
        out[i] = log_odds(rows[i], mean, spread, w1, b1, w2, b2, w3)
    return out
