"""Regions: sets of pieces, and what two of them look like side by side.

All that is known of a region adds up from its pieces, so that it stays exact, and
gets surer, as regions join.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.segmentation.agglomerate import find_roots
from striate_filaments.segmentation.colour import directions
from striate_filaments.segmentation.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.linking.contrast import Contrast
    from striate_filaments.segmentation.graph import Pieces

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["PAIR", "SUMS", "LinkRegions", "pair_features", "signal_to_noise"]

SUMS = ("size", "shine", "cable", "gaps", "pieces", "inner", "real",
        "relief")  # fmt: skip
"""Columns of `LinkRegions.sums`: voxels, sum of ridge scores, cable, bridged cable
(both in half thicknesses), pieces, voxels that the finder took for several
neurons' (0 where it cannot tell), voxels that are neurite by their surroundings,
and how much the score goes up and down inside of pieces."""

PAIR = (
    "angle", "unlike", "unlike_grain", "angle_in_grains", "brightness", "signal_low",
    "signal_high", "size_low", "size_high", "cable_low", "cable_high", "thickness",
    "scatter_low", "scatter_high", "score_low", "score_high", "peak_low", "gaps_high",
    "pieces_low", "pieces_high", "grain", "coloured", "several_low", "several_high",
    "real_low", "real_high", "contrast_angle", "contrast_unlike",
    "contrast_unlike_grain", "contrast_low", "contrast_high", "contrast_brightness",
)  # fmt: skip
"""What two regions look like side by side; low and high are the lesser and the
greater of both."""


@dataclass
class LinkRegions:
    """Disjoint sets of pieces; joining changes them.

    Parameters
    ----------
    parent
        (K,) next piece on the way to the piece that names the set.
    total, variance
        (K, C) sum of signal, and variance of that sum; right at set names only, as
        is all that follows.
    contrast, doubt
        (K, C) what rises in them, and the variance of that.
    hue
        (K, C) sum of the pieces' unit colours, weighed by their voxels.
    sums
        (K, len(SUMS)) what else adds up.
    peak
        (K,) strongest ridge score.
    """

    parent: Ints
    total: Doubles
    variance: Doubles
    contrast: Doubles
    doubt: Doubles
    hue: Doubles
    sums: Doubles
    peak: Doubles

    @classmethod
    def of(
        cls, pieces: Pieces, contrast: Contrast, shine: Doubles, inner: Doubles
    ) -> LinkRegions:
        """Every piece a set of its own."""
        count = len(pieces)
        sums = np.zeros((count, len(SUMS)))
        sums[:, 0], sums[:, 1], sums[:, 4] = pieces.size, shine, 1.0
        sums[:, 5], sums[:, 7] = inner, contrast.relief
        return cls(
            np.arange(count, dtype=np.int64),
            pieces.total.copy(),
            pieces.variance.copy(),
            contrast.total.copy(),
            contrast.variance.copy(),
            directions(pieces.total) * pieces.size[:, None],
            sums,
            pieces.peak.copy(),
        )

    @property
    def labels(self) -> Ints:
        """(K,) set of every piece, named by one of its pieces."""
        return find_roots(self.parent)

    def side_by_side(self, pairs: Ints, grain: float) -> Doubles:
        """(m, len(PAIR)) features of (m, 2) sets."""
        out = np.empty((len(pairs), len(PAIR)))
        args = (
            self.total, self.variance, self.contrast, self.doubt, self.hue, self.sums,
            self.peak,
        )  # fmt: skip
        _pair_many(np.ascontiguousarray(pairs), *args, grain, out)
        return out


def signal_to_noise(total: Doubles, variance: Doubles) -> Doubles:
    """(n,) length of (n, C) colours, negative parts dropped, over their noise."""
    length = np.linalg.norm(np.maximum(total, 0.0), axis=1)
    return np.asarray(length / np.sqrt(variance.sum(axis=1) + 1e-12))


@compiled
def pair_features(
    a: int,
    b: int,
    total: Doubles,
    variance: Doubles,
    contrast: Doubles,
    doubt: Doubles,
    hue: Doubles,
    sums: Doubles,
    peak: Doubles,
    grain: float,
    out: Doubles,
) -> None:
    """Write the features of two sets, named in ``PAIR``, into `out`."""
    na, nb = sums[a, 0], sums[b, 0]
    allowed = grain * grain / max(1.0, min(na, nb) / 80.0) + (0.078 * grain) ** 2
    la, lb, sa, sb, angle, unlike, mild = _compare(a, b, total, variance, allowed)
    coloured = total.shape[1] > 1
    ha, hb = 0.0, 0.0
    for c in range(total.shape[1]):
        ha += hue[a, c] ** 2
        hb += hue[b, c] ** 2
    ta, tb = na / (sums[a, 2] + 3.0), nb / (sums[b, 2] + 3.0)
    ra = math.sqrt(max(0.0, 2 - 2 * math.sqrt(ha) / na))
    rb = math.sqrt(max(0.0, 2 - 2 * math.sqrt(hb) / nb))
    ca, cb = math.log1p(sums[a, 2]), math.log1p(sums[b, 2])
    ga, gb = sums[a, 3] / (sums[a, 2] + 3.0), sums[b, 3] / (sums[b, 2] + 3.0)
    ea, eb = math.log(sums[a, 1] / na + 0.1), math.log(sums[b, 1] / nb + 0.1)
    out[0] = min(angle, 1.0)
    out[1] = unlike
    out[2] = mild
    out[3] = min(angle / grain, 10.0) if coloured else 0.0
    out[4] = abs(math.log(la / na) - math.log(lb / nb))
    out[5] = math.log(min(sa, sb) + 0.1)
    out[6] = math.log(max(sa, sb) + 0.1)
    out[7] = math.log(min(na, nb))
    out[8] = math.log(max(na, nb))
    out[9] = min(ca, cb)
    out[10] = max(ca, cb)
    out[11] = abs(math.log(ta) - math.log(tb))
    out[12] = min(ra, rb)
    out[13] = max(ra, rb)
    out[14] = min(ea, eb)
    out[15] = max(ea, eb)
    out[16] = math.log(min(peak[a], peak[b]) + 0.1)
    out[17] = max(ga, gb)
    out[18] = math.log(min(sums[a, 4], sums[b, 4]))
    out[19] = math.log(max(sums[a, 4], sums[b, 4]))
    out[20] = grain
    out[21] = 1.0 if coloured else 0.0
    out[22] = min(sums[a, 5] / na, sums[b, 5] / nb)
    out[23] = max(sums[a, 5] / na, sums[b, 5] / nb)
    out[24] = min(sums[a, 6] / na, sums[b, 6] / nb)
    out[25] = max(sums[a, 6] / na, sums[b, 6] / nb)
    la, lb, sa, sb, angle, unlike, mild = _compare(a, b, contrast, doubt, allowed)
    out[26] = min(angle, 1.0)
    out[27] = unlike
    out[28] = mild
    out[29] = math.log(min(sa, sb) + 0.1)
    out[30] = math.log(max(sa, sb) + 0.1)
    steep_a, steep_b = la / (sums[a, 7] + 1.0), lb / (sums[b, 7] + 1.0)
    out[31] = abs(math.log(steep_a + 1e-4) - math.log(steep_b + 1e-4))


@compiled
def _compare(
    a: int, b: int, total: Doubles, variance: Doubles, allowed: float
) -> tuple[float, float, float, float, float, float, float]:
    """How long both colours are, how sure, and how unlike.

    Returns
    -------
    (length of a, of b, signal to noise of a, of b, distance of the directions, log of
    the same in standard deviations, and so with `allowed` variance on top)
    """
    channels = total.shape[1]
    aa, bb, noise_a, noise_b = 1e-12, 1e-12, 1e-12, 1e-12
    for c in range(channels):
        aa += max(total[a, c], 0.0) ** 2
        bb += max(total[b, c], 0.0) ** 2
        noise_a += variance[a, c]
        noise_b += variance[b, c]
    la, lb = math.sqrt(aa), math.sqrt(bb)
    sa, sb = la / math.sqrt(noise_a), lb / math.sqrt(noise_b)
    if channels == 1:
        return la, lb, sa, sb, 0.0, 0.0, 0.0
    apart, unlike, mild = 0.0, 0.0, 0.0
    for c in range(channels):
        d = max(total[a, c], 0.0) / la - max(total[b, c], 0.0) / lb
        v = variance[a, c] / aa + variance[b, c] / bb
        apart += d * d
        unlike += d * d / (v + 1e-6)
        mild += d * d / (v + allowed)
    unlike, mild = 0.5 * math.log1p(unlike), 0.5 * math.log1p(mild)
    return la, lb, sa, sb, math.sqrt(apart), unlike, mild


@compiled
def _pair_many(
    pairs: Ints,
    total: Doubles,
    variance: Doubles,
    contrast: Doubles,
    doubt: Doubles,
    hue: Doubles,
    sums: Doubles,
    peak: Doubles,
    grain: float,
    out: Doubles,
) -> None:
    for i in range(len(pairs)):
        a, b = pairs[i, 0], pairs[i, 1]
        pair_features(
            a, b, total, variance, contrast, doubt, hue, sums, peak, grain, out[i]
        )
