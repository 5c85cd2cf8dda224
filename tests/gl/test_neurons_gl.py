"""A neuron's colour is on the screen, in slices and in the volume."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.qt import QtViewer
from qtpy.QtCore import Qt

from striate_filaments.colours import from_hex
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.panels.neuron_layers import add_neurons, view_of
from striate_filaments.panels.picking import ClickPicker

pytestmark = pytest.mark.gl

SHAPE = (12, 40, 40)
HIDDEN, SHOWN = 2, 5


@pytest.fixture
def canvas(qtbot):
    model = ViewerModel()
    widget = QtViewer(model)
    widget.resize(400, 300)
    widget.show()
    qtbot.waitExposed(widget)
    yield widget, model
    model.layers.clear()
    widget.close()
    widget.deleteLater()


def two_bars() -> NeuronSet:
    """One bar above another along the line of sight."""
    bars = []
    for id, z in ((HIDDEN, 2), (SHOWN, 8)):
        mask = np.ones((3, 10, 30), bool)
        bars.append(Neuron.from_mask(id, mask, (z, 15, 5)))
    return NeuronSet(SHAPE, (1.0, 1.0, 1.0), "µm", bars)


def share_of(pixels, colour, *, hue_only=False) -> float:
    """Share of the pixels that have a colour; lighting changes brightness only."""
    seen = pixels[..., :3].astype(float) / 255
    wanted = np.asarray(colour, float)
    if hue_only:
        bright = seen.max(-1, keepdims=True)
        seen = np.divide(seen, bright, out=np.zeros_like(seen), where=bright > 0.15)
        wanted = wanted / wanted.max()
    return float(np.mean(np.abs(seen - wanted).max(-1) < 0.06))


def test_chosen_colour_is_drawn_in_a_slice(canvas):
    widget, model = canvas
    view = view_of(add_neurons(model, two_bars()))
    view.layer.opacity = 1.0
    view.recolour([SHOWN], "#E69F00")
    model.dims.set_point(0, 9)
    model.reset_view()
    orange = from_hex("#E69F00")
    assert share_of(widget.screenshot(flash=False), orange) > 0.05
    view.hide([SHOWN])
    assert share_of(widget.screenshot(flash=False), orange) == 0.0


def test_hidden_neuron_lets_the_one_behind_be_seen_in_3d(canvas):
    widget, model = canvas
    view = view_of(add_neurons(model, two_bars()))
    view.layer.opacity = 1.0
    view.recolour([HIDDEN], "#56B4E9")
    view.recolour([SHOWN], "#E69F00")
    model.dims.ndisplay = 3
    model.reset_view()
    blue, orange = from_hex("#56B4E9"), from_hex("#E69F00")
    before = widget.screenshot(flash=False)
    front = max((blue, orange), key=lambda c: share_of(before, c, hue_only=True))
    assert share_of(before, front, hue_only=True) > 0.03
    view.hide([HIDDEN if front is blue else SHOWN])
    behind = orange if front is blue else blue
    after = widget.screenshot(flash=False)
    assert share_of(after, front, hue_only=True) < 0.005
    assert share_of(after, behind, hue_only=True) > 0.03


@pytest.mark.parametrize("ndisplay", [2, 3])
def test_real_click_chooses_the_neuron_under_it(canvas, qtbot, ndisplay):
    widget, model = canvas
    view = view_of(add_neurons(model, two_bars()))
    picker = ClickPicker(model, lambda: view, lambda id_, add: view.select([id_]))
    model.dims.set_point(0, 9)
    model.dims.ndisplay = ndisplay
    model.reset_view()
    widget.screenshot(flash=False)
    if ndisplay == 3:
        view.hide([HIDDEN])
    screen = widget.canvas.native
    # What reset_view puts in the middle is the middle of the bars.
    qtbot.mouseClick(screen, Qt.MouseButton.LeftButton, pos=screen.rect().center())
    assert view.selection == (SHOWN,)
    picker.close()
