"""Small pictures of embedded objects, read when they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtGui import QImage, QPixmap

from striate_channels.objects.images import open_image
from striate_channels.objects.pixels import Pixels
from striate_channels.preprocessing.prepare import resized

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_channels.panels.session import MapTable

__all__ = ["Thumbnails", "composite"]

_KEPT = 256
SIZE = 112


class Thumbnails:
    """Reads crops by row; one image is kept open. Not for the GUI thread."""

    def __init__(self, table: MapTable) -> None:
        self._table = table
        self._source = ""
        self._pixels: Any = None
        self._colours: list[str] = []
        self._made: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()

    def picture(self, row: int) -> NDArray[np.uint8]:
        """Return the (112, 112, 3) uint8 composite of a row.

        Raises
        ------
        StriateError
            When its image cannot be opened any more.
        """
        if row not in self._made:
            self._made[row] = self._make(row)
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return self._made[row]

    def _make(self, row: int) -> NDArray[np.uint8]:
        c = self._table.columns
        source, t = str(c["source"][row]), int(c["t"][row])
        if source != self._source:
            volume = open_image(source)
            self._pixels = Pixels(volume, t)
            self._colours = [channel.colour for channel in volume.channels]
            self._source = source
        start = (int(c["z0"][row]), int(c["y0"][row]), int(c["x0"][row]))
        stop = (int(c["z1"][row]), int(c["y1"][row]), int(c["x1"][row]))
        crop = self._pixels.read(start, stop).astype(np.float32).max(1)
        return composite(resized(np.nan_to_num(crop), SIZE), self._colours)


def composite(picture: NDArray[np.float32], colours: list[str]) -> NDArray[np.uint8]:
    """Add (C, H, W) channels up in their colours: (H, W, 3) uint8."""
    total = np.zeros((*picture.shape[1:], 3), np.float32)
    for channel, colour in zip(picture, colours, strict=False):
        low, high = np.percentile(channel, [1, 99.7])
        unit = np.clip((channel - low) / max(float(high - low), 1e-6), 0, 1)
        rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        total += unit[..., None] * np.array(rgb, np.float32)
    return np.clip(total, 0, 255).astype(np.uint8)


def pixmap(picture: NDArray[np.uint8]) -> QPixmap:
    """Return it as a pixmap."""
    height, width = picture.shape[:2]
    data = np.ascontiguousarray(picture).tobytes()
    image = QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image.copy())
