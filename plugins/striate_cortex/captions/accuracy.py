"""How well a caption tells which images a unit answers to (Matsuyama et al., LaVCa)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["caption_accuracy", "ranked"]


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
    told, did = ranked(captions, stimuli, y)
    return np.asarray((told * did).sum(axis=0))


def ranked(
    caption_embeddings: ArrayLike, stimulus_embeddings: ArrayLike, activity: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return predictions and activity, (i, v) each, as ranks of mean 0 and length 1.

    The product of two columns, summed, is Spearman's rho; NaN where one is constant or
    not finite.
    """
    means = np.nanmean(_unit(np.asarray(stimulus_embeddings, np.float64)), axis=1)
    told = means @ _unit(np.asarray(caption_embeddings, np.float64)).T
    return _ranks(told), _ranks(np.asarray(activity, np.float64))


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12))


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.stats import rankdata

    known = np.isfinite(values).all(axis=0)
    r = rankdata(np.nan_to_num(values), axis=0)
    r = r - r.mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = r / np.sqrt((r**2).sum(axis=0))
    return np.asarray(np.where(known, unit, np.nan))
