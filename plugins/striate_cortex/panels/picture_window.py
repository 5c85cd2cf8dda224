"""One picture, large, with where in it a unit finds what it answers to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QPainter
from qtpy.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from striate.widgets.background import Background
from striate_cortex.maps import ramp
from striate_cortex.panels.section import muted
from striate_cortex.panels.thumbnails import read_picture
from striate_cortex.panels.tiles import pixmap_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from qtpy.QtGui import QPaintEvent, QPixmap

__all__ = ["PictureWindow", "heated"]

_EDGE = 640


class PictureWindow(QWidget):
    """A window with a picture; its heat map is made when it is asked for.

    Parameters
    ----------
    path
        Of the picture.
    title, text
        What it is, and what is known of it (rich text).
    heat
        Makes the heat map of a picture, (h, w) of 0 to 1, in a thread; None: there is
        no network for that.
    """

    def __init__(
        self,
        path: str | Path,
        title: str,
        text: str,
        heat: Callable[[NDArray[np.uint8]], NDArray[np.float32]] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(title)
        self._heat = heat
        self._background = Background(self)
        self._pixels: NDArray[np.uint8] | None = None
        self._heated: QPixmap | None = None
        self.picture = _Picture()
        self.box = QCheckBox("Heat map")
        self.box.setToolTip("Shows where the predicted response comes from.")
        self.box.setVisible(heat is not None)
        self.about = QLabel(text)
        self.about.setWordWrap(True)
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.state = muted()
        row = QHBoxLayout()
        row.addWidget(self.box)
        row.addWidget(self.state, 1)
        column = QVBoxLayout(self)
        column.addWidget(self.picture, 1)
        column.addLayout(row)
        column.addWidget(self.about)
        self.box.toggled.connect(self._on_toggled)
        place = str(path)
        self._background.run(
            lambda: read_picture(place, _EDGE),
            self._show,
            lambda error: self.state.setText(f"{place} cannot be read ({error})."),
        )

    def show_heat(self, on: bool = True) -> None:
        """Lay the heat map over the picture, or take it away."""
        self.box.setChecked(on)

    def closeEvent(self, event: Any) -> None:
        """Stop what is under way."""
        self._background.close()
        super().closeEvent(event)

    # ---- Private methods

    def _show(self, pixels: NDArray[np.uint8]) -> None:
        self._pixels = pixels
        self.picture.show_pixmap(pixmap_of(pixels))
        if self.box.isChecked():
            self._on_toggled(True)

    def _on_toggled(self, on: bool) -> None:
        pixels, heat = self._pixels, self._heat
        if pixels is None or heat is None:
            return
        if not on:
            self.picture.show_pixmap(pixmap_of(pixels))
        elif self._heated is not None:
            self.picture.show_pixmap(self._heated)
        else:
            self.state.setText("Asking the network …")
            self._background.run(lambda: heat(pixels), self._show_heated, self._fail)

    def _show_heated(self, heat: NDArray[np.float32]) -> None:
        self.state.clear()
        if self._pixels is None:
            return
        if not heat.any():
            self.state.setText("Nothing in this picture speaks for the unit.")
        self._heated = pixmap_of(heated(self._pixels, heat))
        if self.box.isChecked():
            self.picture.show_pixmap(self._heated)

    def _fail(self, error: BaseException) -> None:
        self.state.setText(str(error))
        self.box.setChecked(False)


class _Picture(QWidget):
    """Draws a pixmap as large as it fits."""

    def __init__(self) -> None:
        super().__init__()
        self._pixmap: QPixmap | None = None
        self.setMinimumSize(280, 240)

    def show_pixmap(self, pixmap: QPixmap) -> None:
        """Draw this."""
        self._pixmap = pixmap
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size it would like."""
        return QSize(520, 460)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture in the middle."""
        if self._pixmap is None or self._pixmap.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        width, height = self._pixmap.width(), self._pixmap.height()
        scale = min(self.width() / width, self.height() / height)
        x = (self.width() - scale * width) / 2
        y = (self.height() - scale * height) / 2
        place = QRectF(x, y, scale * width, scale * height)
        painter.drawPixmap(place, self._pixmap, QRectF(0, 0, width, height))
        painter.end()


def heated(pixels: NDArray[np.uint8], heat: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Lay a heat map (h, w) of 0 to 1 over a picture (H, W, 3): what is cold is dim."""
    from PIL import Image

    height, width = pixels.shape[:2]
    small = Image.fromarray(np.asarray(heat, np.float32))
    large = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))
    share = np.clip(large, 0, 1)[..., None]
    colours = 255 * np.asarray(ramp("inferno"), np.float32)[:, :3]
    hot = colours[np.clip(np.round(share[..., 0] * 255), 0, 255).astype(int)]
    mixed = 0.7 * pixels * (1 - 0.6 * share) + 0.75 * share * hot
    return np.asarray(np.clip(mixed, 0, 255), np.uint8)
