"""Small pictures of files, read in a thread and kept."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject

from striate.widgets.background import Background
from striate_cortex.panels.tiles import pixmap_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from qtpy.QtGui import QPixmap

__all__ = ["Thumbnails", "read_picture"]

_EDGE = 320
"""Pixels: twice the tile, for screens with two for one."""
_KEPT = 400


class Thumbnails(QObject):
    """Gives pictures of files; those asked for last are read, others forgotten."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._kept: OrderedDict[str, QPixmap] = OrderedDict()
        self._wanted: list[tuple[str, Callable[[QPixmap], Any]]] = []
        self._busy = False

    def ask(self, wanted: list[tuple[str, Callable[[QPixmap], Any]]]) -> None:
        """Read these paths, one after the other, in place of those asked for before."""
        self._wanted = []
        for path, then in wanted:
            if path in self._kept:
                self._kept.move_to_end(path)
                then(self._kept[path])
            else:
                self._wanted.append((path, then))
        self._next()

    def ask_more(
        self, path: str, then: Callable[[QPixmap], Any], *, fresh: bool = False
    ) -> None:
        """Read one more path after those asked for; `fresh` though it was read before.

        A path that is gone by then is passed over.
        """
        if fresh:
            self._kept.pop(path, None)
        if path in self._kept:
            then(self._kept[path])
            return
        self._wanted.append((path, then))
        self._next()

    def close(self) -> None:
        """Read nothing more."""
        self._wanted = []
        self._background.close()

    def _next(self) -> None:
        if self._busy or not self._wanted:
            return
        path, then = self._wanted.pop(0)
        self._busy = True

        def show(picture: NDArray[np.uint8]) -> None:
            self._busy = False
            self._kept[path] = pixmap_of(picture)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            then(self._kept[path])
            self._next()

        def failed(error: BaseException) -> None:
            self._busy = False
            self._next()

        self._background.run(lambda: read_picture(path), show, failed)


def read_picture(path: str, edge: int = _EDGE) -> NDArray[np.uint8]:
    """Read a picture, small: (h, w, 3) uint8, `edge` pixels on its shorter side.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    from PIL import Image, ImageOps

    with Image.open(path) as file:
        file.draft("RGB", (2 * edge, 2 * edge))
        turned = ImageOps.exif_transpose(file).convert("RGB")
    scale = edge / min(turned.size)
    if scale < 1:
        size = [max(1, round(side * scale)) for side in turned.size]
        turned = turned.resize((size[0], size[1]), Image.Resampling.LANCZOS)
    return np.asarray(turned, np.uint8)
