"""Which colour a neuron is drawn in: its own, moved until neighbours differ.

Distances are taken in OKLab (Ottosson 2020), where equal steps look equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from striate.data.volume import default_channels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from striate_filaments.neurons import NeuronSet

__all__ = ["PALETTES", "Palette", "display_colours", "from_hex", "to_hex"]

Palette = Literal["own", "safe"]
PALETTES: dict[Palette, str] = {
    "own": "Own colours",
    "safe": "Colour-blind safe",
}

# Okabe & Ito 2008 without black, which cannot be seen on a dark canvas.
_SAFE = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
_GOLDEN_ANGLE = 2.399963
_LIGHTNESS = (0.74, 0.62, 0.86)
_SHIFTS = np.radians([0, -14, 14, -28, 28, -42, 42])
_ALL_AROUND = np.radians(np.arange(0, 360, 30))
_GREY = 0.04
"""Chroma below which a colour has no hue worth keeping."""
_FAR = 0.16
"""OKLab distance that is clearly seen; more earns nothing."""
_COMPARED = 96
"""How many of the neurons coloured before are kept apart from."""


def display_colours(
    neurons: NeuronSet,
    channel_colours: Sequence[str] = (),
    palette: Palette = "own",
) -> dict[int, NDArray[np.float32]]:
    """Choose a colour (r, g, b from 0 to 1) per neuron id.

    A colour that a person gave (``metadata["display_colour"]``, ``"#RRGGBB"``)
    stays as it is.

    Parameters
    ----------
    channel_colours
        Display colour of each of the volume's channels; the usual ones if empty.
    palette
        ``"own"``: the neuron's colour as the volume shows it, lightness and hue
        moved a little where two would look alike. ``"safe"``: the seven colours of
        Okabe and Ito in three shades.
    """
    if palette == "safe":
        found = dict(zip(neurons.ids, _safe(len(neurons)), strict=True))
    else:
        found = _own(neurons, channel_colours)
    for neuron in neurons:
        given = neuron.metadata.get("display_colour")
        if given:
            found[neuron.id] = from_hex(str(given))
    return found


def from_hex(text: str) -> NDArray[np.float32]:
    """Read ``"#RRGGBB"`` as (r, g, b) from 0 to 1."""
    return np.array([int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)


def to_hex(colour: Any) -> str:
    """Write (r, g, b) from 0 to 1 as ``"#RRGGBB"``."""
    parts = (round(255 * min(1.0, max(0.0, float(c)))) for c in colour[:3])
    return "#" + "".join(f"{p:02X}" for p in parts)


# ---- The palettes


def _safe(n: int) -> list[NDArray[np.float32]]:
    base = _to_lab(np.array([from_hex(c) for c in _SAFE]))
    shades = []
    for lift in (0.0, 0.13, -0.13):
        moved = base.copy()
        moved[:, 0] = np.clip(moved[:, 0] + lift, 0.45, 0.95)
        shades.append(_to_rgb(moved))
    colours = np.concatenate(shades)
    return [colours[i % len(colours)] for i in range(n)]


def _own(
    neurons: NeuronSet, channel_colours: Sequence[str]
) -> dict[int, NDArray[np.float32]]:
    chosen: dict[int, NDArray[np.float32]] = {}
    used: list[NDArray[np.float64]] = []
    # The big ones are seen first, so they keep their colour best.
    for place, neuron in enumerate(sorted(neurons, key=lambda n: (-len(n), n.id))):
        wanted = _mixed(neuron.colour, channel_colours)
        candidates, cost = _candidates(wanted, place)
        best = int(np.argmax(_distance(candidates, used[-_COMPARED:]) - cost))
        used.append(candidates[best])
        chosen[neuron.id] = _to_rgb(candidates[best][None])[0]
    return {id: chosen[id] for id in neurons.ids}


def _mixed(
    colour: Sequence[float], channel_colours: Sequence[str]
) -> NDArray[np.float64] | None:
    """Colour (OKLab) as the volume shows it; None where there is no hue in it."""
    values = np.asarray(colour, float)
    if len(values) < 2 or not np.all(np.isfinite(values)) or values.max() <= 0:
        return None
    names = list(channel_colours)
    if len(names) != len(values):
        names = [c.colour for c in default_channels(len(values))]
    rgb = np.clip(values, 0, None) @ np.array([from_hex(c) for c in names])
    return _to_lab((rgb / rgb.max())[None])[0] if rgb.max() > 0 else None


def _candidates(
    wanted: NDArray[np.float64] | None, place: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Colours to choose from, and how far each strays from what is wanted."""
    if wanted is None:
        hue, chroma = place * _GOLDEN_ANGLE, 0.14
    else:
        hue = float(np.arctan2(wanted[2], wanted[1]))
        chroma = float(np.hypot(wanted[1], wanted[2]))
    grey = chroma < _GREY
    shifts = _ALL_AROUND if grey else _SHIFTS
    chroma = 0.05 if grey else float(np.clip(chroma, 0.12, 0.2))
    light, turn = (g.ravel() for g in np.meshgrid(_LIGHTNESS, shifts))
    lab = np.stack(
        [light, chroma * np.cos(hue + turn), chroma * np.sin(hue + turn)], axis=1
    )
    strayed = np.zeros(len(lab)) if grey else 0.06 * np.abs(turn)
    return lab, strayed + 0.03 * np.abs(light - _LIGHTNESS[0])


def _distance(
    candidates: NDArray[np.float64], used: list[NDArray[np.float64]]
) -> NDArray[np.float64]:
    if not used:
        return np.full(len(candidates), _FAR)
    apart = candidates[:, None] - np.array(used)[None]
    nearest = np.sqrt((apart**2).sum(-1)).min(1)
    return np.minimum(nearest, _FAR)


# ---- sRGB and OKLab

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _to_lab(rgb: NDArray[Any]) -> NDArray[np.float64]:
    value = np.asarray(rgb, float)
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T


def _to_rgb(lab: NDArray[np.float64]) -> NDArray[np.float32]:
    lms = (lab @ np.linalg.inv(_TO_LAB).T) ** 3
    linear = np.clip(lms @ np.linalg.inv(_TO_LMS).T, 0, 1)
    curved = 1.055 * linear ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, 12.92 * linear, curved).astype(np.float32)
