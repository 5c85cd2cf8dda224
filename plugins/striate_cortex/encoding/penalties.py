"""What features and penalties must be before anything is fitted."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["checked_alpha", "checked_alphas", "checked_features", "warn_of_idle_units"]


def checked_features(
    features: ArrayLike, responses: tuple[int, int], *, normalise: bool
) -> NDArray[np.float64]:
    """Return features as (n, p) float64, or refuse them.

    Parameters
    ----------
    responses
        Trials and units of the responses.
    """
    x = np.asarray(features)
    if x.ndim != 2 or x.dtype.kind not in "fiub":
        raise InputError(
            f"Features have the shape {x.shape} and hold {x.dtype} values: they must "
            "be numbers, images by features."
        )
    if len(x) != responses[0]:
        shorter = "responses" if responses[0] < len(x) else "features"
        raise InputError(
            f"There are features of {len(x):,} images and responses to "
            f"{responses[0]:,}: the {shorter} are too short; are all sessions there, "
            "and in order?"
        )
    if len(x) < 3:
        raise InputError(f"{len(x)} images are too few to fit anything.")
    ready = x.astype(np.float64)
    if not np.isfinite(ready).all():
        bad = np.flatnonzero(~np.isfinite(ready).all(axis=1))
        raise InputError(
            f"The features of image {bad[0]} ({len(bad):,} in all) hold values that "
            "are not finite: make them anew."
        )
    if normalise:
        ready /= np.maximum(np.linalg.norm(ready, axis=1, keepdims=True), 1e-12)
    return ready


def checked_alphas(alphas: Any) -> NDArray[np.float64]:
    """Return the penalties to choose from, (a,)."""
    ready = np.asarray(alphas, np.float64).ravel()
    if not len(ready) or not np.isfinite(ready).all() or (ready < 0).any():
        raise InputError("Alphas must be one number or more, none of them below 0.")
    return ready


def checked_alpha(alpha: float | ArrayLike, units: int) -> NDArray[np.float64]:
    """Return one penalty for each unit, (v,)."""
    ready = np.asarray(alpha, np.float64)
    if ready.ndim == 0:
        ready = np.full(units, float(ready))
    if ready.shape != (units,):
        raise InputError(
            f"Alpha has the shape {ready.shape}: give one number, or one for each of "
            f"the {units:,} units."
        )
    if not np.isfinite(ready).all() or (ready < 0).any():
        raise InputError("Alphas must be numbers, none of them below 0.")
    return ready


def warn_of_idle_units(idle: int, units: int) -> None:
    """Say that some units could not be fitted; refuse when none could."""
    if idle == units:
        raise InputError(
            "Every unit is constant or holds values that are not finite: there is "
            "nothing to fit; is this the right file?"
        )
    if idle:
        warnings.warn(
            f"{idle:,} of {units:,} units are constant or hold values that are not "
            "finite: their weights are 0 and their scores NaN.",
            UserWarning,
            stacklevel=4,
        )
