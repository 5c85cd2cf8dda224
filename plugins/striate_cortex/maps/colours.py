"""From values to colours over folding: limits, threshold, opacity by reliability."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from striate.errors import InputError
from striate_cortex.surfaces.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COLORMAPS", "Colouring", "LimitMode", "Limits", "limits_of", "ramp"]

LimitMode = Literal["percentile", "symmetric", "range", "fixed"]

# Stops at equal distances. Viridis, magma, inferno and cividis: matplotlib (CC0);
# red-blue and purple-orange: ColorBrewer (Apache-2.0). The colour-blind can use all.
# fmt: off
COLORMAPS = {
    "viridis": ("440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779",
                "6ece58", "b5de2b", "fde725"),
    "magma": ("000004", "180f3d", "440f76", "721f81", "9e2f7f", "cd4071", "f1605d",
              "fd9668", "feca8d", "fcfdbf"),
    "inferno": ("000004", "1b0c41", "4a0c6b", "781c6d", "a52c60", "cf4446", "ed6925",
                "fb9b06", "f7d13d", "fcffa4"),
    "cividis": ("00224e", "123570", "3b496c", "575d6d", "707173", "8a8678", "a59c74",
                "c3b369", "e1cc55", "fee838"),
    "red-blue": ("053061", "2166ac", "4393c3", "92c5de", "d1e5f0", "f7f7f7", "fddbc7",
                 "f4a582", "d6604d", "b2182b", "67001f"),
    "purple-orange": ("2d004b", "542788", "8073ac", "b2abd2", "d8daeb", "f7f7f7",
                      "fee0b6", "fdb863", "e08214", "b35806", "7f3b08"),
}
# fmt: on

_BELOW_FLOOR = 0.5
"""Grey of what is below the noise floor: one tone, so that no folding shows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The values at the two ends of a colour table."""

    low: float
    high: float


@lru_cache(maxsize=32)
def ramp(name: str) -> NDArray[np.float32]:
    """Return (256, 3) colours from 0 to 1 of a colour table.

    Raises
    ------
    InputError
        When there is none of that name.
    """
    if name not in COLORMAPS:
        raise InputError(f"There are no colours {name!r}: use {', '.join(COLORMAPS)}.")
    stops = np.array(
        [[int(c[i : i + 2], 16) for i in (0, 2, 4)] for c in COLORMAPS[name]]
    )
    places = np.linspace(0, 1, len(stops))
    at = np.linspace(0, 1, 256)
    table = np.stack([np.interp(at, places, stops[:, i]) for i in range(3)], axis=1)
    return (table / 255).astype(np.float32)


def limits_of(
    values: NDArray[np.float32], mode: LimitMode, percent: float = 99.0
) -> Limits:
    """Return limits that suit values; NaN and infinite ones do not count.

    Parameters
    ----------
    values
        Any shape.
    mode
        ``"percentile"`` leaves out as much at either end; ``"symmetric"`` is that
        percentile of the absolute values on both sides of 0; ``"range"`` is all.
    percent
        Share of the values that lies within, in percent.
    """
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    if not known.size:
        return Limits(0.0, 1.0)
    if mode == "symmetric":
        reach = float(np.percentile(np.abs(known), percent)) or 1.0
        return Limits(-reach, reach)
    if mode == "range":
        low, high = float(known.min()), float(known.max())
    else:
        rest = (100.0 - percent) / 2
        low, high = (float(v) for v in np.percentile(known, (rest, 100.0 - rest)))
    return Limits(low, high) if high > low else Limits(low, low + 1.0)


@dataclass(frozen=True)
class Colouring:
    """How values are drawn over the folding of the surface.

    Parameters
    ----------
    colours
        Name of a colour table.
    limits
        Values at its ends.
    threshold
        Values nearer to 0 than this are not drawn; None draws all.
    one_sided
        Whether values below the threshold are not drawn either, however negative.
    reliability
        Limits of the second dimension: at the lower one and below a value is
        transparent, at the upper one opaque. None: all are opaque.
    floor
        Reliability below which a vertex is grey: below the noise. None greys none.
    opacity
        Of all that is drawn.
    """

    colours: str = "viridis"
    limits: Limits = Limits(0.0, 1.0)
    threshold: float | None = None
    one_sided: bool = False
    reliability: Limits | None = None
    floor: float | None = None
    opacity: float = 1.0

    def paint(
        self,
        values: NDArray[np.float32],
        underlay: NDArray[np.float32],
        reliability: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Return (n, 4) RGBA float32, opaque.

        Parameters
        ----------
        values
            (n,) numbers, or (n, 3) colours from 0 to 1; NaN shows the underlay.
        underlay
            (n, 3) greys of the folding.
        reliability
            (n,) such as the noise ceiling in percent; NaN counts as unknown, and is
            drawn as reliable.
        """
        out = np.ones((len(values), 4), np.float32)
        sure = np.full(len(values), np.nan, np.float32)
        if reliability is not None:
            sure = np.ascontiguousarray(reliability, np.float32)
        low, span = 0.0, 0.0
        if self.reliability is not None and reliability is not None:
            low = self.reliability.low
            span = max(self.reliability.high - low, 1e-12)
        floor = -np.inf if self.floor is None else self.floor
        given = np.ascontiguousarray(values, np.float32)
        if given.ndim == 2:
            _blend(out, given, underlay, sure, low, span, floor, self.opacity)
            return out
        scale = 255.0 / max(self.limits.high - self.limits.low, 1e-30)
        cut = -1.0 if self.threshold is None else self.threshold
        _look_up(out, given, underlay, sure, ramp(self.colours), self.limits.low, scale,
                 cut, self.one_sided, low, span, floor, self.opacity)  # fmt: skip
        return out


# ---- Machine code: one pass over the vertices


@compiled
def _share(sure: float, low: float, span: float, opacity: float) -> float:
    """Opacity of a vertex."""
    if span == 0.0 or np.isnan(sure):
        return opacity
    return opacity * min(1.0, max(0.0, (sure - low) / span))


@compiled
def _look_up(
    out: NDArray[np.float32],
    values: NDArray[np.float32],
    underlay: NDArray[np.float32],
    sure: NDArray[np.float32],
    table: NDArray[np.float32],
    start: float,
    scale: float,
    cut: float,
    one_sided: bool,
    low: float,
    span: float,
    floor: float,
    opacity: float,
) -> None:
    for i in range(len(values)):
        value = values[i]
        share = 0.0
        place = 0
        size = value if one_sided else abs(value)
        if not np.isnan(value) and (cut < 0.0 or size >= cut):
            place = int(min(255.0, max(0.0, (value - start) * scale + 0.5)))
            share = _share(sure[i], low, span, opacity)
        grey = sure[i] < floor and not np.isnan(value)
        for k in range(3):
            if grey:
                out[i, k] = _BELOW_FLOOR
            else:
                out[i, k] = share * table[place, k] + (1.0 - share) * underlay[i, k]


@compiled
def _blend(
    out: NDArray[np.float32],
    colours: NDArray[np.float32],
    underlay: NDArray[np.float32],
    sure: NDArray[np.float32],
    low: float,
    span: float,
    floor: float,
    opacity: float,
) -> None:
    for i in range(len(colours)):
        known = not np.isnan(colours[i, 0])
        share = _share(sure[i], low, span, opacity) if known else 0.0
        grey = known and sure[i] < floor
        for k in range(3):
            colour = min(1.0, max(0.0, colours[i, k])) if known else 0.0
            if grey:
                out[i, k] = _BELOW_FLOOR
            else:
                out[i, k] = share * colour + (1.0 - share) * underlay[i, k]
