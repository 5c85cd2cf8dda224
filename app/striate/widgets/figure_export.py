"""Save the picture as PNG, TIFF or SVG, with a dialog that asks how."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtGui import QImage
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QWidget,
)

from striate.errors import InputError, OutputError
from striate.widgets.figure import (
    Figure,
    FigureOptions,
    bar_place,
    has_one_scale,
    note_of,
    take_figure,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FigureDialog", "export_dialog", "save_figure"]

_FILTERS = "PNG (*.png);;TIFF (*.tif *.tiff);;SVG (*.svg)"
_BACKGROUNDS = ("as shown", "black", "white", "transparent")


def export_dialog(screen: Any, viewer: Any, parent: QWidget) -> Path | None:
    """Ask how and where, save, and return the path; None when nothing was saved.

    Parameters
    ----------
    screen
        Has ``screenshot(scale=, flash=)``: a ``QtViewer`` or a ``napari.Viewer``.
    viewer
        Its model.
    """
    dialog = FigureDialog(viewer, parent)
    if not dialog.exec():
        return None
    name, chosen = QFileDialog.getSaveFileName(
        parent, "Export the figure", "figure.png", _FILTERS
    )
    if not name:
        return None
    path = Path(name)
    if not path.suffix:
        path = path.with_suffix(f".{chosen[:4].strip().lower()}" if chosen else ".png")
    save_figure(path, take_figure(screen, viewer, dialog.options()))
    return path


def save_figure(path: str | Path, figure: Figure) -> None:
    """Write a figure, by suffix, replacing what was there.

    In an SVG the picture is one image and scale bar and letters can be edited. PNG
    and TIFF carry the resolution, and the note as their description.

    Raises
    ------
    InputError
        When the suffix is none of .png, .tif, .tiff and .svg.
    OutputError
        When it cannot be written.
    """
    from striate.data import replacing

    target = Path(path)
    writer = _WRITERS.get(target.suffix.lower())
    if writer is None:
        raise InputError(
            f"{target.name}: a figure is saved as .png, .tif or .svg; "
            "give the name one of those."
        )
    with replacing(target, overwrite=True) as temporary:
        writer(temporary, figure)


class FigureDialog(QDialog):
    """Asks for resolution, background and scale bar."""

    def __init__(self, viewer: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export Figure")
        self._viewer = viewer
        self.scale = QDoubleSpinBox(minimum=0.5, maximum=8, value=2, singleStep=0.5)
        self.scale.setDecimals(1)
        self.scale.setSuffix(" ×")
        self.background = QComboBox()
        self.background.addItems(_BACKGROUNDS)
        self.scale_bar = QCheckBox("Draw a scale bar")
        self.scale_bar.setChecked(True)
        self._size = QLabel()
        self._size.setObjectName("Muted")
        self._lay_out()
        self._say_size()

    def options(self) -> FigureOptions:
        """Return what was chosen."""
        return FigureOptions(
            self.scale.value(),
            self.background.currentText(),  # type: ignore[arg-type]
            self.scale_bar.isChecked() and self.scale_bar.isEnabled(),
        )

    # ---- Private methods

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(18, 16, 18, 14)
        form.setVerticalSpacing(10)
        form.addRow("&Resolution", self.scale)
        form.addRow("", self._size)
        form.addRow("&Background", self.background)
        form.addRow("", self.scale_bar)
        self.scale.valueChanged.connect(self._say_size)
        self.scale.setAccessibleName("Resolution, times the screen's")
        self.background.setAccessibleName("Background")
        if not has_one_scale(self._viewer):
            self.scale_bar.setEnabled(False)
            self.scale_bar.setToolTip("A view with perspective has no one scale.")
        note = note_of(self._viewer.layers)
        if note:
            form.addRow(QLabel(f"The word “{note}” is put on this picture."))
        save = QDialogButtonBox.StandardButton.Save
        box = QDialogButtonBox(save | QDialogButtonBox.StandardButton.Cancel)
        box.button(save).setText("Save As…")
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        form.addRow(box)

    def _say_size(self, *_: Any) -> None:
        height, width = (
            round(n * self.scale.value()) for n in self._viewer.canvas.size
        )
        self._size.setText(f"{width} × {height} pixels")


# ---- Writers


def _write_png(path: Path, figure: Figure) -> None:
    image = _image(figure.drawn())
    if figure.pixels_per_unit and figure.unit == "µm":
        per_metre = min(2**31 - 1, round(figure.pixels_per_unit * 1e6))
        image.setDotsPerMeterX(per_metre)
        image.setDotsPerMeterY(per_metre)
    if figure.note:
        image.setText("Description", figure.note)
    if not image.save(str(path), "PNG"):
        raise OutputError(f"{path.parent} cannot be written to: choose another folder.")


def _write_tiff(path: Path, figure: Figure) -> None:
    import tifffile

    known = figure.pixels_per_unit if figure.unit == "µm" else None
    resolution = {"resolution": (1e4 * known, 1e4 * known),
                  "resolutionunit": "CENTIMETER"} if known else {}  # fmt: skip
    tifffile.imwrite(
        path,
        figure.drawn(),
        photometric="rgb",
        extrasamples=["unassalpha"],
        compression="zlib",
        description=figure.note or "",
        metadata=None,
        **resolution,
    )


def _write_svg(path: Path, figure: Figure) -> None:
    height, width = figure.pixels.shape[:2]
    size = figure.text_pixels
    ink, edge = figure.inks
    style = (
        f'font-family="DejaVu Sans, sans-serif" font-size="{size}" fill="{ink}" '
        f'stroke="{edge}" stroke-width="{size / 6:.2f}" paint-order="stroke"'
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">',
        f'<image width="{width}" height="{height}" '
        f'href="data:image/png;base64,{_png_text(figure.pixels)}"/>',
    ]
    if figure.bar is not None:
        bar = bar_place(figure)
        parts.append(
            f'<rect x="{bar.x():.2f}" y="{bar.y():.2f}" width="{bar.width():.2f}" '
            f'height="{bar.height():.2f}" fill="{ink}" stroke="{edge}"/>'
            f'<text x="{bar.center().x():.2f}" y="{bar.y() - size * 0.45:.2f}" '
            f'text-anchor="middle" {style}>{escape(figure.bar.text)}</text>'
        )
    if figure.note:
        parts.append(
            f'<text x="{size}" y="{height - size}" {style}>{escape(figure.note)}</text>'
        )
    path.write_text("\n".join([*parts, "</svg>\n"]), encoding="utf-8")


_WRITERS = {
    ".png": _write_png,
    ".tif": _write_tiff,
    ".tiff": _write_tiff,
    ".svg": _write_svg,
}


def _image(pixels: NDArray[np.uint8]) -> QImage:
    height, width = pixels.shape[:2]
    kind = QImage.Format.Format_RGBA8888
    return QImage(np.ascontiguousarray(pixels).tobytes(), width, height, 4 * width,
                  kind).copy()  # fmt: skip


def _png_text(pixels: NDArray[np.uint8]) -> str:
    from qtpy.QtCore import QBuffer, QIODevice

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    _image(pixels).save(buffer, "PNG")
    return base64.b64encode(bytes(buffer.data().data())).decode()
