"""The map as a figure: SVG for papers, PNG for everything else."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["PALETTE", "colours_for", "write_png", "write_svg"]

PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B2A429",
    "#6F6F6F", "#8C510A", "#5AB4AC", "#762A83", "#A6DBA0",
)  # fmt: skip
"""Okabe and Ito's colours, made a little darker on white, and four more."""
_NONE = "#BBBBBB"
_SIZE, _MARGIN = 640, 40
_MOST_NAMES = 12


def colours_for(values: NDArray[Any] | None, n: int) -> tuple[list[str], list[str]]:
    """Colour of each point, and the names in the order of the palette.

    The twelve most frequent values have colours of their own; others are grey.
    """
    if values is None:
        return [PALETTE[0]] * n, []
    text = np.array(["" if v is None or v != v else str(v) for v in values])
    names, counts = np.unique(text[text != ""], return_counts=True)
    kept = sorted(names[np.argsort(-counts, kind="stable")][:_MOST_NAMES], key=_natural)
    place = {str(name): PALETTE[i] for i, name in enumerate(kept)}
    return [place.get(str(v), _NONE) for v in text], [str(k) for k in kept]


def write_svg(
    path: Path, points: NDArray[np.float32], values: NDArray[Any] | None, title: str
) -> None:
    """Write a scatter of (n, 2) points, coloured by `values`, with a legend."""
    colours, names = colours_for(values, len(points))
    xy = _placed(points, _SIZE)
    radius = _radius(len(points))
    width = _SIZE + (160 if names else 0)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_SIZE}" '
        f'viewBox="0 0 {width} {_SIZE}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{_SIZE}" fill="white"/>',
        f'<text x="{_MARGIN}" y="24" font-size="14">{escape(title)}</text>',
        *(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}" '
            'fill-opacity="0.7"/>'
            for (x, y), colour in zip(xy, colours, strict=True)
        ),
        *(
            f'<circle cx="{_SIZE + 8}" cy="{_MARGIN + 18 * i}" r="5" '
            f'fill="{PALETTE[i]}"/><text x="{_SIZE + 20}" y="{_MARGIN + 4 + 18 * i}">'
            f"{escape(name[:22])}</text>"
            for i, name in enumerate(names)
        ),
        *_numbers(xy, values, names),
        "</svg>",
    ]
    path.write_text("\n".join(lines), "utf-8")


def write_png(
    path: Path, points: NDArray[np.float32], values: NDArray[Any] | None, title: str
) -> None:
    """Write the same as a picture, drawn at twice the size and reduced."""
    from PIL import Image, ImageDraw, ImageFont

    colours, names = colours_for(values, len(points))
    zoom = 2
    width = _SIZE + (160 if names else 0)
    image = Image.new("RGB", (width * zoom, _SIZE * zoom), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=13 * zoom)
    radius = _radius(len(points)) * zoom
    for (x, y), colour in zip(_placed(points, _SIZE) * zoom, colours, strict=True):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    draw.text((_MARGIN * zoom, 10 * zoom), title, fill="black", font=font)
    for i, name in enumerate(names):
        x, y = (_SIZE + 8) * zoom, (_MARGIN + 18 * i) * zoom
        draw.ellipse((x - 10, y - 10, x + 10, y + 10), fill=PALETTE[i])
        draw.text((x + 24, y - 14), name[:22], fill="black", font=font)
    image.resize((width, _SIZE), Image.Resampling.LANCZOS).save(path, "PNG")


def _placed(points: NDArray[np.float32], size: int) -> NDArray[np.float64]:
    """Fit points into a square with margins, y upwards."""
    values = points[:, :2].astype(np.float64)
    low, high = values.min(0), values.max(0)
    span = np.maximum(high - low, 1e-9)
    unit = (values - low) / span
    unit[:, 1] = 1 - unit[:, 1]
    return _MARGIN + unit * (size - 2 * _MARGIN)


def _radius(n: int) -> float:
    return float(np.clip(60 / np.sqrt(max(n, 1)), 0.6, 4))


def _numbers(
    xy: NDArray[np.float64], values: NDArray[Any] | None, names: list[str]
) -> list[str]:
    """Name groups where they lie, so that colour is not the only sign."""
    if values is None:
        return []
    text = np.array([str(v) for v in values])
    lines = []
    for name in names:
        x, y = np.median(xy[text == name], axis=0)
        lines.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" stroke="white" '
            f'stroke-width="3" paint-order="stroke">{escape(name[:12])}</text>'
        )
    return lines


def _natural(name: str) -> tuple[int, float, str]:
    try:
        return (0, float(name), name)
    except ValueError:
        return (1, 0.0, name)
