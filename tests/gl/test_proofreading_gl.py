"""What a person does in the Proofread panel is on the screen at once."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.qt import QtViewer
from qtpy.QtWidgets import QApplication
from tests.filaments.panel_parts import make_services
from tests.filaments.proofread_parts import SHAPE, A, click, damaged

from striate.project import Project
from striate_filaments.panels.neuron_layers import add_neurons, view_of
from striate_filaments.panels.proofread import ProofreadPanel

pytestmark = pytest.mark.gl

AMBER, BLUE = (255, 176, 0), (77, 163, 255)
"""The colours of a trace and of what comes off in a split."""


@pytest.fixture(scope="module")
def jobs(tmp_path_factory, qapp):
    made = make_services(tmp_path_factory.mktemp("jobs"))
    yield made
    made.jobs.close()


@pytest.fixture
def canvas(qapp, qtbot):
    if QApplication.platformName() == "offscreen":
        pytest.skip("draws with OpenGL: run under xvfb-run with QT_QPA_PLATFORM=xcb")
    model = ViewerModel()
    widget = QtViewer(model)
    widget.resize(480, 360)
    widget.show()
    qtbot.waitExposed(widget)
    yield widget, model
    model.layers.clear()
    widget.close()
    widget.deleteLater()


@pytest.fixture
def panel(canvas, jobs, qtbot):
    _, model = canvas
    jobs.project = Project()
    image = np.random.default_rng(0).poisson(10, SHAPE).astype(np.uint16)
    image[tuple(A.T)] = 210
    layer = model.add_image(image, name="image")
    layer.opacity = 0.3
    add_neurons(model, damaged())
    made = ProofreadPanel(model, jobs)
    qtbot.addWidget(made)
    yield made
    made.close()
    jobs.project.close()


def count(widget, colour):
    """How many pixels have a colour."""
    pixels = widget.screenshot(flash=False)[..., :3].astype(int)
    return int(np.count_nonzero(np.abs(pixels - colour).max(-1) < 12))


def test_a_merge_and_its_undo_change_the_picture(canvas, panel):
    widget, model = canvas
    view = view_of(panel.view().layer)
    view.layer.opacity = 1.0
    view.recolour([1], "#D55E00")
    view.recolour([2], "#009E73")
    model.dims.set_point(0, 5)
    model.reset_view()
    green = (0, 158, 115)
    assert count(widget, green) > 100
    view.select([1])
    panel.choose_tool("merge")
    click(model, (5, 20, 90))
    # What is not chosen is drawn darker.
    view.select([])
    assert count(widget, green) == 0
    panel.undo()
    assert count(widget, green) > 100


@pytest.mark.parametrize("ndisplay", [2, 3])
def test_what_a_split_takes_off_is_shown_first(canvas, panel, ndisplay):
    widget, model = canvas
    panel.view().select([3])
    panel.choose_tool("split")
    model.dims.ndisplay = ndisplay
    model.dims.set_point(0, 5)
    model.reset_view()
    before = count(widget, BLUE)
    panel.tools.click((11, 60, 52), [3])
    panel.tools.click((5, 55, 60), [3], second=True)
    assert count(widget, BLUE) > before + 50
    panel.drop()
    assert count(widget, BLUE) == before


def test_a_trace_is_a_line_in_3d(canvas, panel):
    widget, model = canvas
    panel.choose_tool("trace")
    model.dims.ndisplay = 3
    model.reset_view()
    assert count(widget, AMBER) == 0
    for voxel in ((5, 20, 8), (5, 20, 112)):
        panel.tools.click(voxel, [])
    assert count(widget, AMBER) > 50
    red, green, blue = np.moveaxis(widget.screenshot(flash=False)[..., :3], -1, 0)
    # Edges of the line are softened: anything near amber is the trace.
    amber = (red > 220) & (green > 140) & (green < 200) & (blue < 70)
    assert np.ptp(np.nonzero(amber)[1]) > 150
