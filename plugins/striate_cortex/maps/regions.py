"""Numbers of a map by region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["region_rows"]


def region_rows(
    values: NDArray[np.float32],
    rois: Mapping[str, NDArray[np.bool_]],
    on_left: NDArray[np.bool_],
) -> list[dict[str, Any]]:
    """Describe a map in each region, and over all units.

    Parameters
    ----------
    values
        (u,) NaN where unknown; those do not count.
    rois
        Name to (u,) bool.
    on_left
        (u,) whether a unit is in the left hemisphere.

    Returns
    -------
    One dict per region: ``region``, ``n``, ``median``, ``mean``, ``low`` and ``high``
    (quartiles), ``left`` and ``right`` (medians), None where there is no value.
    """
    everything = np.ones(len(values), bool)
    named = [("All units", everything), *rois.items()]
    return [_row(name, values, np.asarray(inside), on_left) for name, inside in named]


def _row(
    name: str,
    values: NDArray[np.float32],
    inside: NDArray[np.bool_],
    on_left: NDArray[np.bool_],
) -> dict[str, Any]:
    known = inside & np.isfinite(values)
    found = values[known].astype(np.float64)
    row: dict[str, Any] = {"id": name, "region": name, "n": int(known.sum())}
    row |= {"median": None, "mean": None, "low": None, "high": None}
    if len(found):
        low, middle, high = (float(v) for v in np.percentile(found, (25, 50, 75)))
        row |= {"median": middle, "mean": float(found.mean()), "low": low, "high": high}
    for side, here in (("left", on_left), ("right", ~on_left)):
        half = values[known & here]
        row[side] = float(np.median(half)) if len(half) else None
    return row
