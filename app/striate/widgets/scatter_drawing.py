"""Points stamped into a picture as discs of pixels, tens of thousands at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QPointF, QRectF

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qtpy.QtGui import QImage

__all__ = ["extent", "packed", "pixels_of", "stamp"]


def packed(colours: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """(n, 3) colours as one number each: R, G, B and full opacity in that order."""
    rgba = np.full((len(colours), 4), 255, np.uint8)
    rgba[:, :3] = colours
    return rgba.view(np.uint32)[:, 0]


def stamp(
    canvas: NDArray[np.uint32],
    xy: NDArray[np.int64],
    colours: NDArray[np.uint32],
    radius: int,
) -> None:
    """Paint a disc at every place."""
    flat = canvas.reshape(-1)
    place = xy[:, 1] * canvas.shape[1] + xy[:, 0]
    for dy, dx in _disc(radius):
        flat[place + (dy * canvas.shape[1] + dx)] = colours


def _disc(radius: int) -> list[tuple[int, int]]:
    span = range(-radius, radius + 1)
    edge = (radius + 0.3) ** 2
    return [(dy, dx) for dy in span for dx in span if dy * dy + dx * dx <= edge]


def extent(points: list[QPointF]) -> float:
    """Return the longer side of the box around some places."""
    xs, ys = [p.x() for p in points], [p.y() for p in points]
    box = QRectF(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    return max(box.width(), box.height())


def pixels_of(image: QImage, channels: int) -> NDArray[np.uint8]:
    """Copy an image's pixels: (h, w, channels) uint8."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    wide = rows[:, : channels * image.width()]
    return wide.reshape(image.height(), image.width(), channels).copy()
