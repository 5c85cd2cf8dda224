"""How much of a response could be explained at all: noise ceilings, reliability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["ncsnr_of_repeats", "noise_ceiling", "split_half_reliability"]


def noise_ceiling(
    ncsnr: ArrayLike,
    n: float | None = None,
    *,
    counts: Sequence[int] | None = None,
) -> NDArray[np.float64]:
    """Noise ceiling of NSD (Allen et al. 2022) in percent of variance.

    ``100 ncsnr² / (ncsnr² + 1/n)``: the share of the variance of responses averaged
    over n trials that is signal.

    Parameters
    ----------
    ncsnr
        Standard deviation of the signal over that of the noise, any shape.
    n
        Trials that are averaged.
    counts
        Instead of `n`, (A, B, C): how many images were seen 3, 2 and 1 times, each
        averaged over its trials; 1/n is then (A/3 + B/2 + C) / (A + B + C).

    Returns
    -------
    ndarray
        0 to 100, of the shape of `ncsnr`; NaN where that is NaN.

    Raises
    ------
    InputError
        When neither or both of `n` and `counts` are given, or they count nothing.

    Examples
    --------
    >>> round(float(noise_ceiling(0.49, 3)), 1)
    41.9
    """
    if (n is None) == (counts is None):
        raise InputError("Give n, the trials averaged, or counts, and not both.")
    if counts is not None:
        seen = np.asarray(counts, float)
        if seen.shape != (3,) or (seen < 0).any() or seen.sum() == 0:
            raise InputError(
                "Counts are three numbers: the images seen three times, twice and once."
            )
        inverse = float((seen / [3, 2, 1]).sum() / seen.sum())
    else:
        if n is None or not n > 0:
            raise InputError(f"{n} trials cannot be averaged: give 1 or more.")
        inverse = 1 / n
    power = np.asarray(ncsnr, np.float64) ** 2
    return np.asarray(100 * power / (power + inverse))


def ncsnr_of_repeats(responses: ArrayLike) -> NDArray[np.float64]:
    """Estimate the ratio of signal to noise from repeated images, as NSD does.

    Parameters
    ----------
    responses
        (i, r, u): i images, r repeats, u units; NaN for repeats that are missing.

    Returns
    -------
    ndarray
        (u,); 0 where nothing but noise is found, NaN for constant units.

    Raises
    ------
    InputError
        When there are fewer than 2 repeats or images.
    """
    y = _repeats(responses)
    noise = np.nanmean(np.nanvar(y, axis=1, ddof=1), axis=0)
    total = np.nanvar(y, axis=(0, 1), ddof=1)
    signal = np.clip(total - noise, 0, None)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(total > 0, np.sqrt(signal / noise), np.nan))


def split_half_reliability(
    responses: ArrayLike, *, splits: int = 20, seed: int = 0
) -> NDArray[np.float64]:
    """Correlate halves of the repeats, corrected for their length (Spearman-Brown).

    Parameters
    ----------
    responses
        (i, r, u), as for :func:`ncsnr_of_repeats`, without NaN.
    splits
        Random halves to average over; with two repeats there is one.
    seed
        Of the halves.

    Returns
    -------
    ndarray
        (u,) expected correlation of the mean over all repeats with that of as many
        others; NaN for constant units.
    """
    y = _repeats(responses)
    r = y.shape[1]
    rng = np.random.default_rng(seed)
    halves = [rng.permutation(r) for _ in range(1 if r == 2 else splits)]
    found = [
        _columns_r(y[:, h[: r // 2]].mean(axis=1), y[:, h[r // 2 :]].mean(axis=1))
        for h in halves
    ]
    r_half = np.mean(found, axis=0)
    return np.asarray(2 * r_half / (1 + r_half))


def _repeats(responses: ArrayLike) -> NDArray[np.float64]:
    y = np.asarray(responses, np.float64)
    if y.ndim != 3 or y.shape[0] < 2 or y.shape[1] < 2:
        raise InputError(
            f"Repeats have the shape {y.shape}: they must be images by repeats by "
            "units, at least two of the former."
        )
    return y


def _columns_r(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float64]:
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(
            (a * b).sum(axis=0) / np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
        )
