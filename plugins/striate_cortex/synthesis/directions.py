"""A unit's weights as the direction in an encoder's space that images are to take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from striate_cortex.synthesis.networks import Network

__all__ = ["contrast", "direction_of"]


def direction_of(weights: ArrayLike, network: Network) -> Tensor:
    """Return weights (d,) brought to unit length, where the network runs.

    Raises
    ------
    InputError
        When they are of another space, all zero or not finite.
    """
    from torch import tensor

    w = np.asarray(weights, np.float32)
    if w.shape != (network.dimension,):
        raise InputError(
            f"Weights are {w.shape} and the encoder's space has {network.dimension} "
            "dimensions: images need a model fitted with this encoder; the starter "
            "has 384."
        )
    length = float(np.linalg.norm(w))
    if not np.isfinite(length) or length == 0:
        raise InputError("This unit's weights are all zero: there is nothing to show.")
    return tensor(w / length, device=network.device)


def contrast(
    weights: ArrayLike, units: ArrayLike, minus: ArrayLike | None = None
) -> NDArray[np.float32]:
    """Return the mean weights of some units, less those of others.

    Parameters
    ----------
    weights
        (v, d) of all units.
    units, minus
        Numbers of units, or (v,) bool: a unit, a region, or one that was drawn.

    Raises
    ------
    InputError
        When either holds no units.
    """
    w = np.asarray(weights)
    parts = [w[_rows(units, len(w))].mean(axis=0, dtype=np.float64)]
    if minus is not None:
        parts.append(w[_rows(minus, len(w))].mean(axis=0, dtype=np.float64))
        return np.asarray(parts[0] - parts[1], np.float32)
    return np.asarray(parts[0], np.float32)


def _rows(units: ArrayLike, count: int) -> NDArray[np.int64]:
    u = np.asarray(units)
    rows = np.flatnonzero(u) if u.dtype == np.bool_ else u.reshape(-1)
    fits = len(u) == count if u.dtype == np.bool_ else True
    if not len(rows) or not fits or rows.min() < 0 or rows.max() >= count:
        raise InputError(f"Choose at least one unit of 0 to {count - 1:,}.")
    return rows.astype(np.int64)
