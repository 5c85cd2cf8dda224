"""How well a caption tells which images a unit answers to (Matsuyama et al., LaVCa)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["caption_accuracy"]


def caption_accuracy(
    caption_embeddings: ArrayLike,
    stimulus_embeddings: ArrayLike,
    activity: ArrayLike,
) -> NDArray[np.float64]:
    """Rank correlation of a caption's likeness to images with the unit's responses.

    The prediction for an image is the mean cosine between the unit's caption and the
    image's captions; Spearman's rho compares it with the measured activity.

    Parameters
    ----------
    caption_embeddings
        (v, d) one sentence vector per unit.
    stimulus_embeddings
        (i, c, d) sentence vectors of the c captions of each image; NaN where an image
        has fewer.
    activity
        (i, v) measured responses.

    Returns
    -------
    ndarray
        (v,) -1 to 1; NaN where a unit's activity or its prediction is constant.

    Raises
    ------
    InputError
        When sizes do not match.
    """
    captions = np.asarray(caption_embeddings, np.float64)
    stimuli = np.asarray(stimulus_embeddings, np.float64)
    y = np.asarray(activity, np.float64)
    fits = captions.ndim == 2 and stimuli.ndim == 3 and y.ndim == 2
    if not fits or stimuli.shape[2] != captions.shape[1]:
        raise InputError(
            f"Captions are {captions.shape} and those of images {stimuli.shape}: give "
            "units by dimensions, and images by captions by dimensions."
        )
    if y.shape != (len(stimuli), len(captions)) or len(y) < 3:
        raise InputError(
            f"Activity is {y.shape} and must be {(len(stimuli), len(captions))}, "
            "images by units, with three images at least."
        )
    means = np.nanmean(_unit(stimuli), axis=1)
    return _spearman(means @ _unit(captions).T, y)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12))


def _spearman(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.stats import rankdata

    known = np.isfinite(a).all(axis=0) & np.isfinite(b).all(axis=0)
    a, b = (rankdata(np.nan_to_num(v), axis=0) for v in (a, b))
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = (a * b).sum(axis=0) / np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    return np.asarray(np.where(known, rho, np.nan))
