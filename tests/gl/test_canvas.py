"""What is drawn: colours at pixels, in 2-D and 3-D, through docking and export."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import Qt
from qtpy.QtGui import QImage

from striate.widgets.figure import FigureOptions, take_figure
from striate.widgets.figure_export import FigureDialog, save_figure

pytestmark = pytest.mark.gl

RED, GREEN, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 0)


@pytest.fixture
def page(shell, qapp):
    """Show a 40 x 40 µm picture whose left half is red and right half is green."""
    if qapp.platformName() != "xcb":
        pytest.skip("draws with OpenGL: run under xvfb-run with QT_QPA_PLATFORM=xcb")
    window = shell()
    window.resize(1000, 700)
    window.show_page("tiny")
    made = window.current_page()
    for _ in range(5):
        # Until the docks have their places and the canvas its size.
        qapp.processEvents()
    halves = np.zeros((2, 4, 20, 20), np.uint8)
    halves[0, :, :, :10] = 255
    halves[1, :, :, 10:] = 255
    for data, colour in zip(halves, ("red", "green"), strict=True):
        made.model.add_image(
            data, colormap=colour, blending="additive", scale=(2, 2, 2), name=colour,
            units=["um"] * 3, contrast_limits=(0, 255),
        )  # fmt: skip
    made.show_middle()
    made.window_ = window
    return made


def picture(page):
    from qtpy.QtWidgets import QApplication

    for _ in range(3):
        QApplication.processEvents()
    return page.picture()


def at(pixels, x, y):
    """Return the colour at a share of the width and height."""
    height, width = pixels.shape[:2]
    return tuple(int(v) for v in pixels[int(y * height), int(x * width), :3])


def near(colour, wanted):
    return all(abs(a - b) <= 8 for a, b in zip(colour, wanted, strict=True))


def shows_the_halves(pixels):
    return near(at(pixels, 0.4, 0.5), RED) and near(at(pixels, 0.6, 0.5), GREEN)


def test_channels_are_drawn_in_their_colours(page):
    assert shows_the_halves(picture(page))


def test_the_same_in_3d(page):
    page.toggle_3d()
    pixels = picture(page)
    assert shows_the_halves(pixels)
    assert near(at(pixels, 0.02, 0.02), at(pixels, 0.98, 0.98))


def test_the_first_plane_is_nearest_in_3d(page):
    page.model.layers.clear()
    stack = np.zeros((4, 20, 20), np.uint8)
    labels = stack.copy()
    labels[0], labels[3] = 1, 2
    page.model.add_labels(labels, colormap={None: "black", 1: "red", 2: "lime"})
    page.toggle_3d()
    page.fit()
    colour = at(picture(page), 0.5, 0.5)
    assert colour[0] > 100
    assert colour[1] < 60


def test_a_docked_page_keeps_its_picture_when_floated_and_put_back(page):
    from qtpy.QtWidgets import QApplication, QDockWidget

    # Without shared contexts every draw after this fails with GLError 1281.
    dock = QDockWidget("Out", page.window_)
    dock.setObjectName("out")
    page.window_.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    holder = page.parentWidget()
    dock.setWidget(page)
    page.show()
    for floating in (True, False):
        dock.setFloating(floating)
        QApplication.processEvents()
        assert shows_the_halves(picture(page))
    holder.layout().addWidget(page)
    page.show()
    assert shows_the_halves(picture(page))


def test_panels_float_and_the_picture_stays(page):
    dock = page.panels["first"]
    dock.setFloating(True)
    assert shows_the_halves(picture(page))
    dock.setFloating(False)
    assert shows_the_halves(picture(page))


def test_the_canvas_follows_the_theme(page):
    page.model.layers.clear()
    corners = {}
    for theme in ("dark", "light"):
        page.set_theme(theme)
        page.model.add_points(np.zeros((1, 3)), size=1)
        corners[theme] = sum(at(picture(page), 0.02, 0.02))
    assert corners["light"] > corners["dark"] + 300


# ---- Figures


def test_a_figure_has_the_detail_it_says(page):
    screen = page._qt_viewer
    figure = take_figure(screen, page.model, FigureOptions(scale=2, scale_bar=True))
    row = figure.pixels[figure.pixels.shape[0] // 2]
    red = int((row[:, 0] > 200).sum())
    assert red == pytest.approx(20 * figure.pixels_per_unit, abs=3)
    assert figure.unit == "µm"
    assert figure.bar.pixels == figure.bar.length * figure.pixels_per_unit
    plain = take_figure(screen, page.model, FigureOptions(scale=1))
    assert figure.pixels.shape[1] == 2 * plain.pixels.shape[1]
    assert shows_the_halves(figure.pixels)
    assert shows_the_halves(plain.pixels)


def test_the_view_is_as_before_after_an_export(page):
    camera = page.model.scene.camera
    before = (camera.zoom, camera.center, page.model.canvas.background_color_override)
    take_figure(page._qt_viewer, page.model, FigureOptions(3, "transparent"))
    after = (camera.zoom, camera.center, page.model.canvas.background_color_override)
    assert after == before


@pytest.mark.parametrize(
    ("background", "corner"),
    [("white", (255, 255, 255, 255)), ("black", (0, 0, 0, 255)),
     ("transparent", (0, 0, 0, 0))],
)  # fmt: skip
def test_backgrounds(page, background, corner):
    figure = take_figure(page._qt_viewer, page.model, FigureOptions(1, background))
    assert tuple(map(int, figure.pixels[1, 1])) == corner
    assert shows_the_halves(figure.pixels)
    height, width = figure.pixels.shape[:2]
    assert figure.pixels[height // 2, int(width * 0.4), 3] == 255


def test_figures_are_saved_in_three_formats(page, tmp_path):
    page.model.layers[0].name = "MCFO 1 (semi-synthetic)"
    figure = take_figure(page._qt_viewer, page.model, FigureOptions(1))
    for suffix in ("png", "tif", "svg"):
        save_figure(tmp_path / f"a.{suffix}", figure)
    png = QImage(str(tmp_path / "a.png"))
    assert png.text("Description") == "semi-synthetic"
    assert (png.height(), png.width()) == figure.pixels.shape[:2]
    with tifffile.TiffFile(tmp_path / "a.tif") as tif:
        page0 = tif.pages[0]
        dots, per = page0.tags["XResolution"].value
        assert page0.asarray().shape == figure.pixels.shape
        assert page0.description == "semi-synthetic"
        assert dots / per == pytest.approx(1e4 * figure.pixels_per_unit, rel=1e-3)
    svg = (tmp_path / "a.svg").read_text("utf-8")
    assert figure.bar.text in svg
    assert ">semi-synthetic</text>" in svg
    assert sorted(p.name for p in tmp_path.glob("a.*")) == ["a.png", "a.svg", "a.tif"]


def test_the_dialog_says_how_large_the_figure_gets(page):
    dialog = FigureDialog(page.model, page)
    height, width = page.model.canvas.size
    dialog.scale.setValue(3)
    assert dialog._size.text() == f"{3 * width} × {3 * height} pixels"
    assert dialog.options() == FigureOptions(3.0, "as shown", True)


def test_the_picture_goes_to_the_clipboard(page):
    from qtpy.QtWidgets import QApplication

    picture(page)
    page.window_.copy_picture()
    image = QApplication.clipboard().image()
    colour = image.pixelColor(int(image.width() * 0.4), image.height() // 2)
    assert near(colour.getRgb()[:3], RED)


def test_what_waits_to_be_drawn_survives_that_another_layer_goes(page):
    from napari.utils.colormaps import DirectLabelColormap

    label = page.model.add_labels(np.ones((4, 20, 20), int), scale=(2, 2, 2), opacity=1)
    other = page.model.add_labels(np.zeros((4, 20, 20), int), scale=(2, 2, 2))
    picture(page)
    blue = {None: "black", 0: "transparent", 1: "blue"}
    label.colormap = DirectLabelColormap(color_dict=blue)
    # As after a paint, or while another window of OpenGL is in front.
    page.picture_area().doneCurrent()
    page.model.layers.remove(other)
    assert near(at(picture(page), 0.5, 0.5), (0, 0, 255))
