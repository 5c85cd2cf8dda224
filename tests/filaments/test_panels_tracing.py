"""Tracing in the Proofread panel: branch, join, root, trim, neurons, and their undo."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from scipy.ndimage import gaussian_filter
from tests.filaments.panel_parts import make_services
from tests.filaments.proofread_parts import SHAPE, click, damaged, line, press

from striate.project import Project
from striate_filaments.neurons import NeuronSet
from striate_filaments.panels.neuron_layers import add_neurons
from striate_filaments.panels.proofread import ProofreadPanel
from striate_filaments.proofreading.session import digest

TRUNK = line((3, 70, 5), (3, 70, 115))
BRANCH = line((3, 70, 60), (3, 40, 60))
APART = line((3, 10, 20), (3, 10, 100))
FLAT = (2.0, 0.5, 0.5)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory, qapp):
    made = make_services(tmp_path_factory.mktemp("jobs"))
    yield made
    made.jobs.close()


@pytest.fixture
def viewer():
    model = ViewerModel()
    yield model
    model.layers.clear()


@pytest.fixture
def panel(viewer, jobs, qtbot):
    jobs.project = Project()
    image = np.random.default_rng(0).poisson(10, SHAPE).astype(np.uint16)
    for part in (TRUNK, BRANCH, APART):
        image[tuple(part.T)] = 210
    viewer.add_image(image, name="image")
    add_neurons(viewer, damaged())
    made = ProofreadPanel(viewer, jobs)
    qtbot.addWidget(made)
    press(viewer, "0")
    yield made
    made.close()
    jobs.project.close()


def trees(panel):
    return [traced.tree for traced in panel.tools.tracer.traces]


def clicks(viewer, *places):
    for place in places:
        click(viewer, place)


def reaches(tree, place, within=3.0):
    return np.linalg.norm(tree.points - np.asarray(place), axis=1).min() <= within


def test_a_branch_begins_at_a_node_of_the_trace(viewer, panel):
    clicks(viewer, (3, 70, 10), (3, 70, 110))
    press(viewer, "b")
    assert "where to go on" in panel.hint.text() == viewer.status
    clicks(viewer, (3, 70, 60), (3, 42, 60))
    (tree,) = trees(panel)
    assert len(tree.tips) == 3
    assert len(tree.branch_points) == 1
    assert reaches(tree, (3, 42, 60))
    press(viewer, "Control-Z")
    assert len(trees(panel)[0].tips) == 2
    press(viewer, "Control-Shift-Z")
    press(viewer, "Enter")
    view = panel.view()
    assert view.neurons.at((3, 70, 80)) == view.neurons.at((3, 50, 60)) == [5]
    panel.buttons["undo"].click()
    assert view.neurons.ids == [1, 2, 3, 4]


def test_two_traces_become_two_neurons_or_are_joined_into_one(viewer, panel):
    clicks(viewer, (3, 70, 10), (3, 70, 110))
    panel.buttons["branch"].click()
    clicks(viewer, (3, 10, 25), (3, 10, 95))
    assert len(trees(panel)) == 2
    panel.buttons["join"].click()
    assert "other trace" in panel.hint.text()
    click(viewer, (3, 70, 60))
    (tree,) = trees(panel)
    assert np.count_nonzero(tree.parents < 0) == 1
    panel.buttons["undo"].click()
    assert len(trees(panel)) == 2
    panel.buttons["commit"].click()
    neurons = panel.view().neurons
    assert neurons.at((3, 70, 60)) != neurons.at((3, 10, 60))
    assert len(neurons) == 6


def test_a_trace_does_not_join_itself(viewer, panel):
    clicks(viewer, (3, 70, 10), (3, 70, 110))
    press(viewer, "j")
    click(viewer, (3, 70, 60))
    assert "the other trace" in panel.message.text
    assert len(trees(panel)) == 1


def test_a_node_becomes_the_root(viewer, panel):
    clicks(viewer, (3, 70, 10), (3, 70, 110))
    length = trees(panel)[0].cable_length
    press(viewer, "r")
    click(viewer, (3, 70, 110))
    (tree,) = trees(panel)
    assert np.linalg.norm(tree.points[0] - (3, 70, 110)) < 4
    assert tree.cable_length == pytest.approx(length)
    press(viewer, "Control-Z")
    assert np.linalg.norm(trees(panel)[0].points[0] - (3, 70, 10)) < 4


def test_what_lies_beyond_a_node_is_trimmed_and_at_the_root_all(viewer, panel):
    clicks(viewer, (3, 70, 10), (3, 70, 110))
    press(viewer, "x")
    click(viewer, (3, 70, 60))
    (tree,) = trees(panel)
    assert 57 <= tree.points[:, 2].max() < 61
    press(viewer, "x")
    click(viewer, (3, 70, 6))
    assert trees(panel) == []
    assert not panel.buttons["commit"].isEnabled()
    for _ in range(2):
        press(viewer, "Control-Z")
    assert trees(panel)[0].points[:, 2].max() > 105


def test_a_neurons_skeleton_is_gone_on_with_and_trimmed(viewer, panel, qtbot):
    view = panel.view()
    start = digest(view.neurons)
    view.select([1])
    panel.buttons["trace_neuron"].click()
    qtbot.waitUntil(lambda: len(trees(panel)) == 1, timeout=30_000)
    press(viewer, "x")
    click(viewer, (5, 20, 30))
    press(viewer, "Enter")
    # The skeleton's root is one end; what lies beyond the click is gone.
    kept = [bool(view.neurons.at((5, 20, x))) for x in (10, 50)]
    assert sorted(kept) == [False, True]
    assert view.neurons.ids == [1, 2, 3, 4]
    panel.buttons["undo"].click()
    assert digest(view.neurons) == start


def test_two_neurons_joined_as_traces_become_the_first(viewer, panel, qtbot):
    view = panel.view()
    start = digest(view.neurons)
    view.select([2])
    press(viewer, "t")
    qtbot.waitUntil(lambda: len(trees(panel)) == 1, timeout=30_000)
    view.select([1])
    press(viewer, "t")
    qtbot.waitUntil(lambda: len(trees(panel)) == 2, timeout=30_000)
    press(viewer, "b")
    click(viewer, (5, 20, 50))
    press(viewer, "j")
    click(viewer, (5, 20, 58))
    press(viewer, "Enter")
    assert view.neurons.ids == [1, 3, 4]
    assert view.neurons.at((5, 20, 10)) == view.neurons.at((5, 20, 110)) == [1]
    press(viewer, "Control-Z")
    assert digest(view.neurons) == start


def test_with_flat_voxels_traces_are_in_micrometres_and_clicks_find_their_nodes(
    viewer, panel
):
    viewer.layers.clear()
    image = np.random.default_rng(0).poisson(10, SHAPE).astype(np.float32)
    for part in (TRUNK, BRANCH):
        image[tuple(part.T)] = 210
    # A neurite has a brightest line, as a microscope makes it.
    viewer.add_image(gaussian_filter(image, 1.0), name="image", scale=FLAT)
    found = damaged()
    add_neurons(viewer, NeuronSet(SHAPE, FLAT, "µm", list(found)))
    panel.choose_tool("trace")
    clicks(viewer, *(np.multiply(at, FLAT) for at in ((3, 70, 10), (3, 70, 110))))
    (tree,) = trees(panel)
    # 100 voxels of 0.5 µm along x; and no detour to speak of.
    assert 49 <= tree.cable_length <= 54
    assert np.allclose(tree.points[:, 0], 3 * 2.0, atol=1.0)
    press(viewer, "b")
    clicks(viewer, *(np.multiply(at, FLAT) for at in ((3, 70, 60), (3, 44, 60))))
    assert len(trees(panel)[0].tips) == 3
    press(viewer, "x")
    click(viewer, np.multiply((3, 60, 60), FLAT))
    (tree,) = trees(panel)
    assert tree.points[:, 1].min() >= 59 * 0.5
    press(viewer, "Enter")
    neurons = panel.view().neurons
    assert neurons.at((3, 70, 30)) == neurons.at((3, 64, 60)) == [5]
    assert neurons.at((3, 50, 60)) != [5]


def test_a_neuron_gets_another_id(viewer, panel):
    view = panel.view()
    view.select([2])
    assert panel.number.value() == 2
    panel.number.setValue(40)
    press(viewer, "i")
    assert sorted(view.neurons.ids) == [1, 3, 4, 40]
    assert view.selection == (40,)
    assert view.layer.data[5, 20, 90] == 40
    panel.number.setValue(3)
    panel.buttons["renumber"].click()
    assert "taken" in panel.message.text
    press(viewer, "Control-Z")
    assert view.neurons.ids == [1, 2, 3, 4]


def test_the_cheat_sheet_names_every_key_of_tracing(panel):
    panel.buttons["show_keys"].click()
    for row in ("B: Go on from", "J: Join", "R: Make a node", "X: Trim", "T: Trace on"):
        assert row in panel.message.text
