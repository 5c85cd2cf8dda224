"""The cortex on the screen: left on the left, this colour there, a click that hits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.qt import QtViewer
from tests.cortex.panel_parts import N, make_services, write_small_subject

from striate_cortex.maps import Colouring, CortexMap, Limits
from striate_cortex.panels.cortex_layers import add_subject, add_view
from striate_cortex.panels.cortex_view import CortexView
from striate_cortex.panels.figure import FigureOptions, save_figure
from striate_cortex.panels.standard_views import fit, look_from
from striate_cortex.panels.unit import UnitPanel
from striate_cortex.subjects import Subject, SubjectManifest

pytestmark = pytest.mark.gl


@pytest.fixture
def canvas(qapp, qtbot):
    model = ViewerModel()
    widget = QtViewer(model)
    widget.resize(500, 400)
    widget.show()
    qtbot.waitExposed(widget)
    yield widget, model
    model.layers.clear()
    widget.close()
    widget.deleteLater()


@pytest.fixture
def view(canvas, tmp_path):
    """The left hemisphere is painted red, the right one blue."""
    view = add_subject(canvas[1], write_small_subject(tmp_path / "small"))
    paint_sides(view)
    return view


def paint_sides(view) -> None:
    colours = np.zeros((view.brain.n_vertices, 3), "f4")
    colours[: view.brain.n_left, 0], colours[view.brain.n_left :, 2] = 1, 1
    view.show_map(CortexMap("sides", "Sides", colours, "colour"), Colouring())


def fsaverage5_subject() -> Subject:
    pytest.importorskip("nilearn")
    kinds = {"white": "white", "pial": "pial", "inflated": "infl", "flat": "flat"}
    surfaces = {
        kind: {s: f"nilearn:fsaverage5/{n}_{s}.gii.gz" for s in ("left", "right")}
        for kind, n in kinds.items()
    }
    manifest = SubjectManifest(name="fsaverage5", surfaces=surfaces)
    return Subject(Path(), manifest)


def columns_of(pixels, channel) -> np.ndarray:
    """Columns where a colour is drawn, whatever its brightness."""
    seen = pixels[..., :3].astype(int)
    others = np.delete(seen, channel, axis=-1).max(-1)
    return np.flatnonzero(((seen[..., channel] > 100) & (others < 60)).any(0))


@pytest.mark.parametrize(
    ("kind", "place"), [("pial", "top"), ("inflated", "back"), ("flat", "back")]
)
def test_left_hemisphere_is_drawn_on_the_left(canvas, kind, place):
    """A mirrored brain shows blue on the left here."""
    widget, model = canvas
    view = CortexView(fsaverage5_subject())
    add_view(model, view)
    paint_sides(view)
    view.morph_to(view.morph.stop(kind))
    look_from(model, place)
    fit(model, view.shown_vertices)
    pixels = widget.screenshot(flash=False)
    red, blue = columns_of(pixels, 0), columns_of(pixels, 2)
    assert len(red) > 40
    assert len(blue) > 40
    assert np.median(red) < 250 < np.median(blue)
    assert red.max() < blue.min() + 8


def test_fit_fills_the_canvas(canvas, view):
    widget, model = canvas
    view.morph_to(view.morph.stop("flat"))
    look_from(model, "back")
    fit(model, view.shown_vertices)
    pixels = widget.screenshot(flash=False)[..., :3].max(-1) > 60
    width = np.ptp(np.flatnonzero(pixels.any(0))) / pixels.shape[1]
    height = np.ptp(np.flatnonzero(pixels.any(1))) / pixels.shape[0]
    assert 0.8 < max(width, height) <= 1


def test_recolouring_is_seen_at_once(canvas, view):
    widget, model = canvas
    view.morph_to(view.morph.stop("flat"))
    fit(model, view.shown_vertices)
    shown = CortexMap("ones", "Ones", np.ones(2 * N, "f4"))
    view.show_map(shown, Colouring("viridis", Limits(0, 1)))
    pixels = widget.screenshot(flash=False)[..., :3].reshape(-1, 3).astype(int)
    yellow = np.abs(pixels - [0xFD, 0xE7, 0x25]).max(1) < 8
    assert yellow.mean() > 0.1


def test_click_with_the_mouse_picks_the_vertex_that_is_there(
    canvas, view, qtbot, tmp_path
):
    """Pressed and released on the canvas where a vertex is drawn."""
    from qtpy.QtCore import QPoint, Qt

    widget, model = canvas
    services = make_services(tmp_path / "jobs")
    panel = UnitPanel(model, services)
    qtbot.addWidget(panel)
    view.morph_to(view.morph.stop("flat"))
    look_from(model, "back")
    fit(model, view.shown_vertices)
    widget.screenshot(flash=False)
    camera, native = model.scene.camera, widget.canvas.native
    for vertex in (24, N + 24, N + 10):
        away = view.points[vertex] - np.asarray(camera.center)[::-1]
        place = QPoint(
            round(native.width() / 2 + camera.zoom * float(away[0])),
            round(native.height() / 2 - camera.zoom * float(away[2])),
        )
        qtbot.mouseMove(native, place)
        qtbot.mousePress(native, Qt.MouseButton.LeftButton, pos=place)
        qtbot.mouseRelease(native, Qt.MouseButton.LeftButton, pos=place)
        assert view.vertex == vertex
    panel.close()
    services.jobs.close()


def test_figure_holds_both_sides_and_its_legend(canvas, view, tmp_path):
    import imageio.v3 as iio

    path = save_figure(
        tmp_path / "figure.png", view, FigureOptions("Flat map", 1.0, "white")
    )
    pixels = iio.imread(path)
    assert pixels.shape[:2] == (590, 900)
    red, blue = columns_of(pixels, 0), columns_of(pixels, 2)
    assert red.max() < blue.min()
    assert pixels[2, 2, :3].tolist() == [255, 255, 255]


def test_svg_figure_has_words_that_can_be_edited(canvas, view, tmp_path):
    path = save_figure(tmp_path / "figure.svg", view, FigureOptions("Flat map", 1.0))
    text = path.read_text("utf-8")
    assert "<image" in text
    assert "Left hemisphere on the left" in text
    assert "Small subject" in text


def test_second_view_shows_the_same_map_and_places(canvas, view, qtbot):
    from striate_cortex.panels.second_view import SecondView

    window = SecondView(view)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    assert window.view.is_flat
    assert not view.is_flat
    pixels = window._qt_viewer.screenshot(flash=False)
    assert columns_of(pixels, 0).max() < columns_of(pixels, 2).min()
    view.show_map(CortexMap("ones", "Ones", np.ones(2 * N, "f4")), Colouring("magma"))
    np.testing.assert_array_equal(window.view.colours, view.colours)
    view.pick(5)
    view.pin(7)
    assert (window.view.vertex, window.view.pins) == (5, (7,))
    window.view.pick(9)
    assert view.vertex == 9
    window.close()
    view.pick(11)
    assert window.view.vertex == 9
