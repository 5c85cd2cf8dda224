"""The numbers taken from a real FISBe crop, and how each was obtained.

Source: sample JRC_SS05008-20160318_24_B2 (FISBe, Mais, Hirsch et al. 2024,
doi 10.5281/zenodo.10875063, CC BY 4.0), a crop of 3 x 50 x 50 x 50 voxels of
0.44 µm with the annotators' labels of three neurons. :mod:`.fitting` recomputes
every number marked *refitted* from that crop, and a test compares.

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
    """Refitted: log of the ratio of the 90 % quantile to the median of the same
    voxels over 1.2816, so that a log-normal has both."""

    psf_sigma: tuple[float, float, float] = (0.44, 0.34, 0.34)
    """Refitted: Gaussian (z, y, x) in µm whose autocorrelation at a lag of 2 voxels
    is that of the background's texture, mean over channels 1 and 2."""

    read_noise: float = 0.6
    """Refitted: smallest robust sd of second differences along z over a bin of the
    dimmest tenth of voxels, any channel."""

    noise_gain: float = 0.5
    """Refitted: variance per count, robust sd of second differences along z where
    the local mean lies from 10 to 30 counts."""

    texture: float = 0.13
    """Refitted: the same sd over the local mean where that is 200 or more: the grain
    of labelled membranes, which grows with the signal and not with its root."""

    bleed_through: float = 0.05
    """Refitted: median over labelled voxels of one neuron of another channel over
    its own, mean over the pairs of pure colours."""

    label_bright: float = 950.0
    """Refitted: 95 % quantile of the own channel over labelled voxels, mean of the
    three neurons."""

    label_level: float = 0.145
    """Refitted: 1 % quantile of the own channel over labelled voxels, as a share of
    the 95 % quantile; mean of the three neurons. Annotators labelled what exceeds
    one level per neuron, and this is it."""

    radius: tuple[float, float] = (0.3, 1.2)
    """Physical radius in µm of twigs and trunks. Painted, blurred and labelled at
    `label_level`, radii of the labels agree with the crop's (refitted: median of
    the distance to the edge on the labels' skeleton, 1 to 2 voxels)."""


FITTED = Fitted()
