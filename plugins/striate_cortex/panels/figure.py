"""Figures of a map: standard views side by side, a colourbar, as PNG or SVG.

The pictures are taken off screen from a scene of their own, so what a person looks at
stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QBuffer, QIODevice, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFont, QImage, QPainter
from qtpy.QtSvg import QSvgGenerator
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QWidget,
)

from striate.errors import InputError, OutputError
from striate_cortex.panels.colourbar import paint_colourbar
from striate_cortex.panels.cortex_layers import CortexLayers
from striate_cortex.panels.standard_views import fit, look_from

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_cortex.panels.cortex_view import CortexView

__all__ = [
    "LAYOUTS",
    "FigureOptions",
    "as_image",
    "export_dialog",
    "save_figure",
    "take_pictures",
]

LAYOUTS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Both sides, outer and inner": (
        ("inflated", "left", "left"), ("inflated", "right", "right"),
        ("inflated", "left", "right"), ("inflated", "right", "left"),
    ),
    "Back, top and bottom": (
        ("inflated", "both", "back"), ("pial", "both", "top"),
        ("pial", "both", "bottom"),
    ),
    "Flat map": (("flat", "both", "back"),),
}  # fmt: skip
"""Of each picture: the surface, the hemisphere, and where it is seen from."""

_SEEN = {
    "left": "from the left", "right": "from the right", "back": "from behind",
    "front": "from the front", "top": "from above", "bottom": "from below",
}  # fmt: skip
_CELL = (520, 400)
_WIDE = (900, 520)
"""Size of a picture that stands alone."""
_FOOT = 70


@dataclass(frozen=True, slots=True)
class FigureOptions:
    """How a figure is made.

    Parameters
    ----------
    layout
        One of `LAYOUTS`.
    scale
        Pixels for each pixel of a figure at 1: one picture is 520 x 400 of them.
    background
        ``"white"`` or ``"black"``.
    regions
        Whether borders of regions are drawn.
    marks
        Whether the chosen place and the pins are drawn.
    """

    layout: str = "Both sides, outer and inner"
    scale: float = 2.0
    background: str = "white"
    regions: bool = True
    marks: bool = False


def save_figure(path: str | Path, view: CortexView, options: FigureOptions) -> Path:
    """Write a figure of what a view paints, by suffix, replacing what was there.

    In an SVG the pictures are images, and title, numbers and letters can be edited.

    Raises
    ------
    InputError
        When the suffix is neither .png nor .svg, or the subject lacks the surface.
    OutputError
        When it cannot be written.
    """
    from striate.data import replacing

    target = Path(path)
    if target.suffix.lower() not in (".png", ".svg"):
        raise InputError(f"{target.name}: a figure is saved as .png or .svg.")
    pictures = take_pictures(view, options)
    with replacing(target, overwrite=True) as temporary:
        if target.suffix.lower() == ".png":
            done = _write_png(temporary, view, options, pictures)
        else:
            done = _write_svg(temporary, view, options, pictures)
        if not done:
            raise OutputError(f"{target.parent} cannot be written to.")
    return target


def take_pictures(view: CortexView, options: FigureOptions) -> list[NDArray[np.uint8]]:
    """Take the pictures of a layout, each (h, w, 4) uint8."""
    from napari.components import ViewerModel
    from napari.qt import QtViewer

    twin = view.sibling()
    if not options.marks:
        twin.pins, twin.vertex = (), None
    viewer = ViewerModel()
    screen = QtViewer(viewer)
    screen.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    screen.resize(QSize(*(round(n * options.scale) for n in _cell(options))))
    screen.show()
    layers = CortexLayers(twin, viewer)
    layers.show_outlines(options.regions and bool(view.units.rois))
    layers.names.show(False)
    viewer.canvas.background_color_override = options.background
    try:
        return [
            _shot(screen, viewer, twin, layers, cell)
            for cell in LAYOUTS[options.layout]
        ]
    finally:
        layers.close()
        viewer.layers.clear()
        screen.close()
        screen.deleteLater()


def _shot(
    screen: Any,
    viewer: Any,
    view: CortexView,
    layers: CortexLayers,
    cell: tuple[str, str, str],
) -> NDArray[np.uint8]:
    wanted, side, place = cell
    kind = wanted
    if wanted not in view.morph.stops:
        if wanted == "flat":
            raise InputError(f"{view.subject.title} has no flat map.")
        kind = view.morph.stops[0]
    sides = view.brain.sides if side == "both" else (side,)
    view.show_sides([s for s in view.brain.sides if s in sides])
    look_from(viewer, place)
    view.morph_to(view.morph.stop(kind))
    fit(viewer, view.shown_vertices)
    layers.light_now()
    return np.asarray(screen.screenshot(flash=False))


# ---- Putting together


def _cell(options: FigureOptions) -> tuple[int, int]:
    """Width and height of one picture at scale 1."""
    return _WIDE if len(LAYOUTS[options.layout]) == 1 else _CELL


def _size(options: FigureOptions) -> tuple[int, int, int]:
    """Columns, width and height of the figure at scale 1."""
    count = len(LAYOUTS[options.layout])
    columns = 2 if count == 4 else count
    rows = -(-count // columns)
    width, height = _cell(options)
    return columns, columns * width, rows * height + _FOOT


def _told(cell: tuple[str, str, str]) -> str:
    """Say what a picture shows, and which side is where."""
    kind, side, place = cell
    if side != "both":
        return f"{side.capitalize()} hemisphere, {_SEEN[place]}"
    if kind == "flat":
        return "Left hemisphere on the left"
    swapped = place in ("front", "bottom")
    on = "right" if swapped else "left"
    return f"{_SEEN[place].capitalize()}; left hemisphere on the {on}"


def _paint(
    painter: QPainter,
    view: CortexView,
    options: FigureOptions,
    pictures: list[NDArray[np.uint8]],
) -> None:
    columns, width, height = _size(options)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.fillRect(QRectF(0, 0, width, height), QColor(options.background))
    ink = QColor("black" if options.background == "white" else "white")
    font = QFont("DejaVu Sans")
    font.setPixelSize(14)
    painter.setFont(font)
    painter.setPen(ink)
    wide, high = _cell(options)
    for number, picture in enumerate(pictures):
        x, y = wide * (number % columns), high * (number // columns)
        painter.drawImage(QRectF(x, y, wide, high), as_image(picture))
        told = QRectF(x + 16, y + 8, wide - 32, 24)
        words = _told(LAYOUTS[options.layout][number])
        painter.drawText(told, int(Qt.AlignmentFlag.AlignLeft), words)
    foot = height - _FOOT
    names = QRectF(16, foot, width / 2 - 32, _FOOT - 8)
    align = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft
    painter.drawText(names, int(align | Qt.TextFlag.TextWordWrap), _caption(view))
    if view.map is not None:
        bar = QRectF(width - 316, foot - 6, 300, _FOOT - 4)
        paint_colourbar(painter, bar, view.map, view.colouring, ink)


def _caption(view: CortexView) -> str:
    title = view.subject.title
    if view.subject.simulated and "simulated" not in title.lower():
        title += " (simulated)"
    return title


def as_image(pixels: NDArray[np.uint8]) -> QImage:
    """Make an image of (h, w, 4) uint8."""
    height, width = pixels.shape[:2]
    data = np.ascontiguousarray(pixels)
    kind = QImage.Format.Format_RGBA8888
    return QImage(data.tobytes(), width, height, 4 * width, kind).copy()


def _write_png(
    path: Path, view: CortexView, options: FigureOptions, pictures: list[Any]
) -> bool:
    _, width, height = _size(options)
    scaled = [round(n * options.scale) for n in (width, height)]
    image = QImage(*scaled, QImage.Format.Format_RGBA8888)
    painter = QPainter(image)
    painter.scale(options.scale, options.scale)
    _paint(painter, view, options, pictures)
    painter.end()
    image.setText("Description", _caption(view))
    return bool(image.save(str(path), "PNG"))


def _write_svg(
    path: Path, view: CortexView, options: FigureOptions, pictures: list[Any]
) -> bool:
    _, width, height = _size(options)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    made = QSvgGenerator()
    made.setOutputDevice(buffer)
    made.setSize(QSize(width, height))
    made.setViewBox(QRectF(0, 0, width, height))
    made.setTitle(_caption(view))
    painter = QPainter(made)
    _paint(painter, view, options, pictures)
    painter.end()
    path.write_bytes(bytes(buffer.data().data()))
    return True


# ---- Asking


class FigureDialog(QDialog):
    """Asks which views, how large, on what, with borders or not."""

    def __init__(self, view: CortexView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export Figure")
        self.layout_menu = QComboBox()
        flat = "flat" in view.morph.stops
        self.layout_menu.addItems([n for n in LAYOUTS if flat or n != "Flat map"])
        self.scale = QDoubleSpinBox(minimum=0.5, maximum=4, value=2, singleStep=0.5)
        self.scale.setDecimals(1)
        self.scale.setSuffix(" ×")
        self.background = QComboBox()
        self.background.addItems(["white", "black"])
        self.regions = QCheckBox("Borders of regions", checked=True)
        form = QFormLayout(self)
        form.setContentsMargins(18, 16, 18, 14)
        form.setVerticalSpacing(10)
        form.addRow("&Views", self.layout_menu)
        form.addRow("&Resolution", self.scale)
        form.addRow("&Background", self.background)
        form.addRow("", self.regions)
        save = QDialogButtonBox.StandardButton.Save
        box = QDialogButtonBox(save | QDialogButtonBox.StandardButton.Cancel)
        box.button(save).setText("Save As…")
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        form.addRow(box)

    def options(self) -> FigureOptions:
        """Return what was chosen."""
        return FigureOptions(
            self.layout_menu.currentText(),
            self.scale.value(),
            self.background.currentText(),
            self.regions.isChecked(),
        )


def export_dialog(view: CortexView, parent: QWidget) -> Path | None:
    """Ask how and where, save, and return the path; None when nothing was saved."""
    dialog = FigureDialog(view, parent)
    if not dialog.exec():
        return None
    name, chosen = QFileDialog.getSaveFileName(
        parent, "Export the figure", "cortex.png", "PNG (*.png);;SVG (*.svg)"
    )
    if not name:
        return None
    path = Path(name)
    if not path.suffix:
        path = path.with_suffix(".svg" if chosen.startswith("SVG") else ".png")
    return save_figure(path, view, dialog.options())
