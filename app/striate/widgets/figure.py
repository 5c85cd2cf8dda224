"""A picture of the viewer for a paper: resolution, background, scale bar, one note.

Only napari's public API is used, so it works in the shell and in plain napari.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = [
    "Figure",
    "FigureOptions",
    "ScaleBar",
    "is_semi_synthetic",
    "note_of",
    "take_figure",
]

Background = Literal["as shown", "black", "white", "transparent"]
_MICROMETRES = ("micrometer", "micron", "µm", "um", "μm")
_NOTE = "semi-synthetic"
_BAR_SHARE = 0.2
"""Longest share of the width that a scale bar takes."""


@dataclass(frozen=True, slots=True)
class FigureOptions:
    """How the figure is made.

    Parameters
    ----------
    scale
        Pixels of the figure for each pixel on screen.
    background
        What is behind the data.
    scale_bar
        Whether a scale bar is drawn, where the picture has one scale.
    """

    scale: float = 2.0
    background: Background = "as shown"
    scale_bar: bool = True


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A bar of `length` `unit`, `pixels` wide."""

    length: float
    unit: str
    pixels: float

    @property
    def text(self) -> str:
        """The words under it: ``"20 µm"``."""
        return f"{self.length:g} {self.unit}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture and what is written on it.

    Parameters
    ----------
    pixels
        (h, w, 4) uint8 RGBA, without bar and note.
    bar
        The scale bar, or None.
    note
        What must be said with the picture: ``"semi-synthetic"``, ``"simulated"``, or
        empty.
    pixels_per_unit
        Resolution, or None where the picture has no one scale.
    unit
        Unit of that resolution.
    """

    pixels: NDArray[np.uint8]
    bar: ScaleBar | None = None
    note: str = ""
    pixels_per_unit: float | None = None
    unit: str = "px"

    def drawn(self) -> NDArray[np.uint8]:
        """Return the picture with bar and note painted on it, (h, w, 4) uint8."""
        height, width = self.pixels.shape[:2]
        kind = QImage.Format.Format_RGBA8888
        image = QImage(self.pixels.tobytes(), width, height, 4 * width, kind).copy()
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint(painter, self)
        painter.end()
        return _array(image)

    @property
    def text_pixels(self) -> int:
        """Height of the letters."""
        return max(11, round(self.pixels.shape[0] / 40))

    @property
    def inks(self) -> tuple[str, str]:
        """Colour of bar and letters, and of the line around them."""
        height, width = self.pixels.shape[:2]
        strip = self.pixels[-max(1, height // 8) :].astype(float)
        strip = np.delete(strip, slice(width // 5, 4 * width // 5), axis=1)
        bright = strip[..., :3].mean(-1) * strip[..., 3] / 255 + 255 - strip[..., 3]
        return ("#000000", "#FFFFFF") if bright.mean() > 140 else ("#FFFFFF", "#000000")


def take_figure(screen: Any, viewer: Any, options: FigureOptions) -> Figure:
    """Take a picture of a viewer.

    Parameters
    ----------
    screen
        Has ``screenshot(scale=, flash=)``: a ``QtViewer`` or a ``napari.Viewer``.
    viewer
        Its model: a ``ViewerModel``, or the same ``napari.Viewer``.
    """
    shown = viewer.canvas.size[1]
    pixels = _take(screen, viewer, options)
    unit = scene_unit(viewer)
    per_unit = viewer.scene.camera.zoom * pixels.shape[1] / shown
    scaled = has_one_scale(viewer)
    return Figure(
        pixels,
        _bar(per_unit, unit, pixels.shape[1])
        if options.scale_bar and scaled and len(viewer.layers)
        else None,
        note_of(viewer.layers),
        float(per_unit) if scaled else None,
        unit,
    )


def is_semi_synthetic(layers: Iterable[Any]) -> bool:
    """Whether a visible layer shows a volume that a program painted."""
    return any(layer.visible and _painted(layer) for layer in layers)


def note_of(layers: Iterable[Any]) -> str:
    """Return what must be said with a picture of the layers; empty for real data."""
    shown = [layer for layer in layers if layer.visible]
    if is_semi_synthetic(shown):
        return _NOTE
    return "simulated" if any(map(_simulated, shown)) else ""


def has_one_scale(viewer: Any) -> bool:
    """Whether a pixel is as long everywhere: not in a 3-D view with perspective."""
    return viewer.dims.ndisplay == 2 or viewer.scene.camera.perspective == 0


def scene_unit(viewer: Any) -> str:
    """Return ``"µm"`` when a layer is calibrated, else ``"px"``."""
    units = [str(layer.units[-1]) for layer in viewer.layers if layer.units]
    return "µm" if any(unit in _MICROMETRES for unit in units) else "px"


# ---- The picture


def _take(screen: Any, viewer: Any, options: FigureOptions) -> NDArray[np.uint8]:
    if options.background != "transparent":
        return _shot(screen, viewer, options.scale, options.background)
    black = _shot(screen, viewer, options.scale, "black").astype(np.float32)
    white = _shot(screen, viewer, options.scale, "white").astype(np.float32)
    return _without_background(black[..., :3], white[..., :3])


def _shot(screen: Any, viewer: Any, scale: float, background: str) -> Any:
    camera, canvas = viewer.scene.camera, viewer.canvas
    before, zoom = canvas.background_color_override, camera.zoom
    if background != "as shown":
        canvas.background_color_override = background
    # A larger screenshot alone would show more of the scene, not more of its detail.
    camera.zoom = zoom * scale
    try:
        return np.asarray(screen.screenshot(scale=scale, flash=False))
    finally:
        canvas.background_color_override = before
        camera.zoom = zoom


def _without_background(black: Any, white: Any) -> NDArray[np.uint8]:
    """Solve colour and opacity from the same picture on black and on white."""
    alpha = 1 - (white - black).max(-1, keepdims=True).clip(0, 255) / 255
    colour = np.divide(black, alpha, out=np.zeros_like(black), where=alpha > 0)
    rgba = np.concatenate([colour.clip(0, 255), 255 * alpha], axis=-1)
    return rgba.round().astype(np.uint8)


def _array(image: QImage) -> NDArray[np.uint8]:
    rgba = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(rgba.constBits(), np.uint8).reshape(rgba.height(), -1)
    return rows[:, : 4 * rgba.width()].reshape(rgba.height(), rgba.width(), 4).copy()


def _painted(layer: Any) -> bool:
    ours = layer.metadata.get("striate") or {}
    volume = ours.get("volume")
    stated = getattr(volume, "metadata", {}).get("semi_synthetic")
    return bool(stated or ours.get("semi_synthetic") or _NOTE in layer.name)


def _simulated(layer: Any) -> bool:
    return bool((layer.metadata.get("striate") or {}).get("simulated"))


# ---- What is written on it


def _bar(per_unit: float, unit: str, width: int) -> ScaleBar:
    most = _BAR_SHARE * width / per_unit
    power = 10.0 ** np.floor(np.log10(most))
    length = float(max(n for n in (1, 2, 5) if n * power <= most) * power)
    return ScaleBar(length, unit, length * per_unit)


def bar_place(figure: Figure) -> QRectF:
    """Where the scale bar is, in pixels of the figure."""
    assert figure.bar is not None
    height, width = figure.pixels.shape[:2]
    thick, margin = max(2, height // 160), figure.text_pixels
    left = width - margin - figure.bar.pixels
    return QRectF(left, height - margin - thick, figure.bar.pixels, thick)


def _paint(painter: QPainter, figure: Figure) -> None:
    size, height = figure.text_pixels, figure.pixels.shape[0]
    font = QFont("DejaVu Sans")
    font.setPixelSize(size)
    if figure.bar is not None:
        place = bar_place(figure)
        ink, edge = map(QColor, figure.inks)
        painter.setPen(edge)
        painter.setBrush(ink)
        painter.drawRect(place)
        width = QFontMetricsF(font).horizontalAdvance(figure.bar.text)
        at = QPointF(place.center().x() - width / 2, place.top() - size * 0.45)
        _write(painter, figure, font, at, figure.bar.text)
    if figure.note:
        _write(painter, figure, font, QPointF(size, height - size), figure.note)


def _write(
    painter: QPainter, figure: Figure, font: QFont, at: QPointF, text: str
) -> None:
    ink, edge = map(QColor, figure.inks)
    path = QPainterPath()
    path.addText(at, font, text)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.strokePath(path, _outline(edge, font.pixelSize() / 6))
    painter.fillPath(path, ink)


def _outline(colour: QColor, width: float) -> Any:
    from qtpy.QtGui import QPen

    pen = QPen(colour, width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen
