"""A picture of a result for a paper: the raw stack beside its neurons, to scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from striate import resources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

    from striate.data import Volume
    from striate_filaments.neurons import NeuronSet

__all__ = ["Panel", "neuron_panel", "overview", "raw_panel"]

_WIDTH = 760
"""Pixels of a panel; figures are read at about half of that."""
_MARGIN, _GAP, _STRIP = 36, 24, 8
_INK, _GREY = (20, 20, 24), (105, 105, 112)
_MOST_NUMBERS = 24
_SMALLEST_STRIP = 24


@dataclass(frozen=True)
class Panel:
    """One picture of a figure.

    Parameters
    ----------
    title
        What is written above it.
    top, front
        Projections along z (Y, X, 3) and along y (Z, X, 3), values 0 to 1.
    numbers
        Number and place (y, x) in `top` to write there.
    """

    title: str
    top: NDArray[np.float32]
    front: NDArray[np.float32]
    numbers: Sequence[tuple[int, tuple[int, int]]] = ()


def raw_panel(volume: Volume, title: str = "Raw, maximum projection") -> Panel:
    """Project a volume along z and y, each channel in its colour.

    Contrast runs from the top of each channel's background to its 99.8 % quantile in
    the projection, or to a third of the brightest channel's where that is more, with
    a gamma of 0.7.
    """
    data = volume.czyx()
    hues = np.array([_rgb(c.colour) for c in volume.channels], np.float32)
    tops = [np.asarray(channel.max(axis=0)) for channel in data]
    fronts = [np.asarray(channel.max(axis=1)) for channel in data]
    ranges = _ranges(tops)
    return Panel(title, _blend(tops, ranges, hues), _blend(fronts, ranges, hues))


def neuron_panel(
    neurons: NeuronSet,
    title: str,
    context: Panel | None = None,
    *,
    colours: Mapping[int, NDArray[np.float32]] | None = None,
) -> Panel:
    """Project neurons along z and y, each in its colour and with its number.

    Thicker is brighter, and the smaller neuron lies on top. `context`, such as the
    raw panel, shows through in grey. `colours` by id (r, g, b from 0 to 1) take the
    place of those that the viewer chooses.
    """
    from striate_filaments.colours import display_colours

    colours = display_colours(neurons) if colours is None else colours
    top = _ground(context.top if context else None, neurons.shape[1:])
    front = _ground(context.front if context else None, neurons.shape[::2])
    numbers = []
    for neuron in sorted(neurons, key=lambda n: -len(n)):
        z, y, x = neuron.coordinates().T
        thick = _paint(top, y, x, colours[neuron.id])
        _paint(front, z, x, colours[neuron.id])
        numbers.append((neuron.id, thick))
    return Panel(title, top, front, numbers[:_MOST_NUMBERS])


def overview(
    panels: Sequence[Panel],
    voxel_size: tuple[float, float, float],
    unit: str,
    *,
    title: str,
    note: str = "",
) -> Image:
    """Set panels side by side, to scale, with letters, a scale bar and a note.

    Parameters
    ----------
    voxel_size
        (z, y, x) in `unit`.
    title, note
        Above and below the panels; the note may have several lines.
    """
    from PIL import Image, ImageDraw

    drawn = [_drawn(p, voxel_size, unit, first=i == 0) for i, p in enumerate(panels)]
    lines = note.splitlines()
    height = max(image.height for image in drawn)
    size = (
        2 * _MARGIN + sum(image.width + _GAP for image in drawn) - _GAP,
        2 * _MARGIN + 60 + 48 + height + (20 + 30 * len(lines) if lines else 0),
    )
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    pen.text((_MARGIN, _MARGIN - 14), title, fill=_INK, font=_font(36))
    x, y = _MARGIN, _MARGIN + 60
    for letter, panel, image in zip("abcdefgh", panels, drawn, strict=False):
        pen.text((x, y), letter, fill=_INK, font=_font(30), stroke_width=1)
        pen.text((x + 32, y + 2), panel.title, fill=_INK, font=_font(27))
        sheet.paste(image, (x, y + 48))
        x += image.width + _GAP
    for i, line in enumerate(lines):
        place = (_MARGIN, y + 48 + height + 16 + 30 * i)
        pen.text(place, line, fill=_GREY, font=_font(21))
    return sheet


# ---- Projections


def _ranges(tops: list[NDArray[Any]]) -> list[tuple[float, float]]:
    found = []
    for top in tops:
        middle, high = np.nanquantile(top, (0.5, 0.998))
        spread = 1.4826 * float(np.nanmedian(np.abs(top - middle)))
        found.append((float(min(middle + 2 * spread, 0.3 * high)), float(high)))
    brightest = max(high for _, high in found)
    return [(low, max(high, brightest / 3, low + 1e-6)) for low, high in found]


def _blend(
    planes: list[NDArray[Any]],
    ranges: list[tuple[float, float]],
    hues: NDArray[np.float32],
) -> NDArray[np.float32]:
    picture = np.zeros((*planes[0].shape, 3), np.float32)
    for plane, (low, high), hue in zip(planes, ranges, hues, strict=True):
        shown = (np.nan_to_num(plane.astype(np.float32)) - low) / (high - low)
        picture += np.clip(shown, 0, 1)[..., None] ** 0.7 * hue
    return np.clip(picture, 0, 1)


def _ground(
    context: NDArray[np.float32] | None, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    if context is None or context.shape[:2] != shape:
        return np.zeros((*shape, 3), np.float32)
    return np.repeat(0.3 * context.max(-1, keepdims=True), 3, axis=-1)


def _paint(
    picture: NDArray[np.float32],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    colour: NDArray[np.float32],
) -> tuple[int, int]:
    """Paint one neuron's projection and return its thickest place."""
    width = picture.shape[1]
    flat, counts = np.unique(rows * width + columns, return_counts=True)
    shade = 0.55 + 0.45 * np.minimum(1.0, counts / max(2.0, np.quantile(counts, 0.9)))
    picture.reshape(-1, 3)[flat] = shade[:, None] * colour
    row, column = divmod(int(flat[np.argmax(counts)]), width)
    return row, column


# ---- Drawing


def _drawn(
    panel: Panel, voxel_size: tuple[float, float, float], unit: str, *, first: bool
) -> Image:
    """The view from above over the view from the front, numbered."""
    from PIL import Image, ImageDraw

    z, y, x = voxel_size
    zoom = _WIDTH / panel.top.shape[1]
    top = _image(panel.top, zoom, zoom * y / x)
    front = _image(panel.front, zoom, zoom * z / x)
    strip = front.height + _STRIP if front.height >= _SMALLEST_STRIP else 0
    image = Image.new("RGB", (top.width, top.height + strip), "white")
    image.paste(top, (0, 0))
    if strip:
        image.paste(front, (0, top.height + _STRIP))
    pen = ImageDraw.Draw(image)
    taken: list[tuple[float, float]] = []
    for number, (row, column) in panel.numbers:
        place = (column * zoom, row * zoom * y / x)
        _number(pen, str(number), place, top.size, taken)
    if first:
        _scale_bar(pen, top.size, zoom / x, unit)
    return image


def _image(picture: NDArray[np.float32], across: float, down: float) -> Image:
    from PIL import Image

    height, width = picture.shape[:2]
    small = Image.fromarray((np.clip(picture, 0, 1) * 255).astype(np.uint8))
    size = (max(1, round(width * across)), max(1, round(height * down)))
    return small.resize(size, Image.Resampling.BICUBIC)


def _number(
    pen: ImageDraw,
    text: str,
    place: tuple[float, float],
    size: tuple[int, int],
    taken: list[tuple[float, float]],
) -> None:
    """Write a number near its place where no other number is."""
    for turn in range(12):
        reach = 26 + 6 * turn
        x = place[0] + reach * math.cos(2.4 * turn)
        y = place[1] + reach * math.sin(2.4 * turn)
        x, y = min(max(x, 16), size[0] - 16), min(max(y, 16), size[1] - 16)
        if all(math.hypot(x - a, y - b) > 30 for a, b in taken):
            break
    taken.append((x, y))
    pen.line([place, (x, y)], fill="white", width=1)
    pen.text(
        (x, y), text, fill="white", font=_font(24), anchor="mm",
        stroke_width=3, stroke_fill="black",
    )  # fmt: skip


def _scale_bar(
    pen: ImageDraw, size: tuple[int, int], pixels_per_unit: float, unit: str
) -> None:
    length = _round_length(size[0] / pixels_per_unit / 5)
    right, bottom = size[0] - 24, size[1] - 24
    left = right - length * pixels_per_unit
    pen.rectangle(
        (left - 1, bottom - 8, right + 1, bottom), fill="white", outline="black"
    )
    pen.text(
        ((left + right) / 2, bottom - 14), f"{length:g} {unit}", fill="white",
        font=_font(25), anchor="mb", stroke_width=2, stroke_fill="black",
    )  # fmt: skip


def _round_length(wanted: float) -> float:
    """Return the longest of 1, 2 and 5 times a power of ten that is no longer."""
    power = 10.0 ** math.floor(math.log10(wanted))
    return max(n * power for n in (1, 2, 5) if n * power <= wanted * (1 + 1e-9))


def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(resources.path("fonts/OpenSans-Regular.ttf")), size)


def _rgb(text: str) -> list[float]:
    return [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
