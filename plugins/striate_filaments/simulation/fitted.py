"""The numbers taken from a real FISBe crop, and how each was obtained.

Source: sample JRC_SS05008-20160318_24_B2 (FISBe, Mais, Hirsch et al. 2024,
doi 10.5281/zenodo.10875063, CC BY 4.0), a crop of 3 x 50 x 50 x 50 voxels of
0.44 µm with the annotators' labels of three neurons. :mod:`.fitting` measures every
number marked *refitted* in that crop; they were rounded, and a test says how far.

Not in the crop, and therefore chosen: cable lengths, gaps, shares of dim and of
like-hued neurons (36 of the 134 neurons of FISBe's test set are dim), depth
attenuation (a crop of 22 µm shows none).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FITTED", "Fitted"]


@dataclass(frozen=True)
class Fitted:
    """Constants of the picture a microscope makes, in raw counts and µm."""

    background_median: tuple[float, ...] = (5.0, 3.0, 4.0)
    """Refitted: median per channel of voxels 10 or more from any label."""

    background_log_sd: tuple[float, ...] = (0.3, 1.0, 1.55)
    """Refitted: log of the ratio of the 90 % quantile to the median of 1 + counts of
    the same voxels over 1.2816, so that a log-normal has both."""

    psf_sigma: tuple[float, float, float] = (0.44, 0.34, 0.34)
    """Refitted: Gaussian (z, y, x) in µm whose autocorrelation at a lag of 2 voxels
    is that of the background's texture (log of 1 + counts less its mean over 9
    voxels), mean of the two channels after the first; y stands for x too."""

    read_noise: float = 0.6
    """Refitted: robust sd of second differences along z in the dimmest tenth of
    voxels, the smaller of the first two channels."""

    noise_gain: float = 0.5
    """Refitted: variance per count, from the robust sd of second differences along z
    where the local mean lies from 10 to 30 counts, less read noise and texture."""

    texture: float = 0.13
    """Refitted: the same sd over the local mean where that is 200 or more: the grain
    of labelled membranes, which grows with the signal and not with its root."""

    bleed_through: float = 0.05
    """Refitted: median over a neuron's voxels of another channel over its own, mean
    over both neurons of pure colour."""

    label_bright: float = 950.0
    """Refitted: 95 % quantile of the own channel over labelled voxels, mean of the
    three neurons."""

    label_level: float = 0.145
    """Refitted: 1 % quantile of the own channel over labelled voxels, as a share of
    the 95 % quantile; mean of the three neurons. Annotators labelled what exceeds
    one level per neuron, and this is it."""

    radius: tuple[float, float] = (0.3, 1.2)
    """Physical radius in µm of twigs and trunks. Painted, blurred and labelled at
    `label_level`, the labels are as thick as the crop's (refitted: median distance
    to the edge on the labels' skeletons, 1 to 2 voxels)."""


FITTED = Fitted()
