"""From a column to colours: categories by name, numbers by a ramp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate_channels.profiles.figure import PALETTE, colours_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["colour_column", "is_number_column"]

# Viridis at even steps: from dark to light, also without colour.
_RAMP = np.array(
    [[68, 1, 84], [71, 45, 123], [59, 82, 139], [44, 114, 142], [33, 145, 140],
     [40, 174, 128], [94, 201, 98], [173, 220, 48], [253, 231, 37]], float,
)  # fmt: skip
_FEW = 12

Named = list[tuple[str, str, "NDArray[np.int64]"]]


def is_number_column(values: NDArray[Any]) -> bool:
    """Whether a column holds numbers of more kinds than a legend can name."""
    known = [v for v in values if v is not None]
    numbers = all(isinstance(v, (int, float)) for v in known)
    return bool(known) and numbers and len(set(known)) > _FEW


def colour_column(values: NDArray[Any]) -> tuple[NDArray[np.uint8], Named]:
    """Colours (n, 3) uint8 and the legend as (name, colour, rows)."""
    if is_number_column(values):
        return _ramp(values)
    colours, names = colours_for(values, len(values))
    text = np.array(["" if v is None else str(v) for v in values])
    named = [
        (name, PALETTE[i], np.flatnonzero(text == name)) for i, name in enumerate(names)
    ]
    return np.array([_rgb(c) for c in colours], np.uint8).reshape(-1, 3), named


def _ramp(values: NDArray[Any]) -> tuple[NDArray[np.uint8], Named]:
    numbers = np.array([np.nan if v is None else float(v) for v in values])
    low, high = np.nanpercentile(numbers, [1, 99])
    unit = np.clip((numbers - low) / max(high - low, 1e-12), 0, 1)
    place = np.nan_to_num(unit) * (len(_RAMP) - 1)
    below = np.minimum(place.astype(int), len(_RAMP) - 2)
    share = (place - below)[:, None]
    colours = _RAMP[below] * (1 - share) + _RAMP[below + 1] * share
    colours[np.isnan(numbers)] = 150
    none = np.zeros(0, np.int64)
    ends = [
        (f"{high:.4g}", _hex(_RAMP[-1]), none),
        (f"{(low + high) / 2:.4g}", _hex(_RAMP[4]), none),
        (f"{low:.4g}", _hex(_RAMP[0]), none),
    ]
    return colours.astype(np.uint8), ends


def _rgb(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _hex(colour: NDArray[np.float64]) -> str:
    return "#" + "".join(f"{int(v):02x}" for v in colour)
