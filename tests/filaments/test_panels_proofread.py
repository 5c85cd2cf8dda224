"""A person repairs a segmentation through the Proofread panel, and takes it back."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from tests.filaments.panel_parts import make_services
from tests.filaments.proofread_parts import (
    SHAPE,
    A,
    click,
    damaged,
    line,
    press,
    truth,
)

from striate.data import Volume
from striate.project import Project
from striate_filaments.metrics import Preset, score
from striate_filaments.panels.neuron_layers import add_neurons, view_of
from striate_filaments.panels.neurons import NeuronsPanel
from striate_filaments.panels.proofread import ProofreadPanel
from striate_filaments.proofreading.queue import errors_against
from striate_filaments.proofreading.session import digest
from striate_filaments.storage import read_neurons, write_neurons

KEEP = Preset(remove_small=0)


@pytest.fixture
def viewer():
    model = ViewerModel()
    yield model
    model.layers.clear()


@pytest.fixture(scope="module")
def jobs(tmp_path_factory, qapp):
    made = make_services(tmp_path_factory.mktemp("jobs"))
    yield made
    made.jobs.close()


@pytest.fixture
def services(jobs):
    jobs.project = Project()
    yield jobs
    jobs.project.close()


@pytest.fixture
def panel(viewer, services, qtbot):
    add_neurons(viewer, damaged())
    made = ProofreadPanel(viewer, services)
    qtbot.addWidget(made)
    yield made
    made.close()


def S(panel):
    return score(panel.view().neurons, truth(), preset=KEEP)["S"]


def test_a_person_repairs_everything_takes_it_back_and_makes_it_again(viewer, panel):
    view = panel.view()
    start, first = digest(view.neurons), S(panel)
    assert first < 0.75

    view.select([1])
    panel.buttons["merge"].click()
    assert "merge it into neuron 1" in panel.hint.text()
    click(viewer, (5, 20, 90))
    assert view.neurons.ids == [1, 3, 4]

    view.select([3])
    panel.buttons["split"].click()
    click(viewer, (11, 60, 52))
    click(viewer, (5, 55, 60), modifiers=("Shift",))
    click(viewer, (11, 60, 68))
    assert panel.buttons["commit"].isEnabled()
    assert "Comes off" in [layer.name for layer in viewer.layers]
    press(viewer, "Enter")
    assert len(view.neurons) == 4

    view.select([4])
    panel.buttons["delete"].click()
    assert len(view.neurons) == 3

    # What is left is the bridge between B and C: erase it with the brush.
    panel.radius.setValue(1.2)
    for id in (3, 5):
        view.select([id])
        panel.buttons["erase"].click()
        click(viewer, (8, 60, 60), (8, 60, 60))
    repaired = digest(view.neurons)
    assert S(panel) == 1.0

    while panel.buttons["undo"].isEnabled():
        panel.buttons["undo"].click()
    assert digest(view.neurons) == start
    assert S(panel) == first
    while panel.buttons["redo"].isEnabled():
        panel.buttons["redo"].click()
    assert digest(view.neurons) == repaired
    assert S(panel) == 1.0


def test_the_layer_shows_every_change_at_once(viewer, panel):
    layer = panel.view().layer
    panel.view().select([1])
    panel.choose_tool("merge")
    click(viewer, (5, 20, 90))
    assert layer.data[5, 20, 90] == 1
    press(viewer, "Control-Z")
    assert layer.data[5, 20, 90] == 2
    panel.choose_tool("paint")
    panel.view().select([1])
    click(viewer, (5, 40, 10), (5, 40, 30))
    assert layer.data[5, 40, 20] == 1
    panel.choose_tool("erase")
    click(viewer, (5, 40, 10), (5, 40, 30))
    assert layer.data[5, 40, 20] == 0


def test_in_the_volume_a_click_meets_the_first_neuron_and_a_lasso_all_of_one(
    viewer, panel
):
    view = panel.view()
    panel.choose_tool("merge")
    # From above, A (z 5) lies before B (z 11); this ray meets the left half of A.
    click(viewer, (-20, 20, 30), along=(1, 0, 0))
    assert view.selection == (1,)
    click(viewer, (-20, 20, 90), along=(1, 0, 0))
    assert view.neurons.ids == [1, 3, 4]
    before = len(view.neurons[1])
    panel.choose_tool("lasso")
    corners = [(-20, 10, 80), (-20, 10, 130), (-20, 30, 130), (-20, 30, 80)]
    click(viewer, *corners, along=(1, 0, 0))
    assert view.neurons[1].stop[2] == 80
    assert before - len(view.neurons[1]) > 250
    assert view.neurons.at((5, 20, 70)) == [1]


def test_a_lasso_in_a_slice_is_as_deep_as_the_brush(viewer, panel):
    view = panel.view()
    view.select([3])
    panel.radius.setValue(3.0)
    panel.choose_tool("lasso")
    # Around the crossing of B (z 11) and C (z 5), in C's slice.
    click(viewer, (5, 50, 50), (5, 50, 70), (5, 70, 70), (5, 70, 50))
    assert view.neurons.at((5, 60, 60)) == []
    assert view.neurons.at((11, 60, 60)) == [3]


def test_the_keyboard_deletes_takes_apart_and_un_overlaps(viewer, panel):
    view = panel.view()
    view.select([4])
    press(viewer, "Delete")
    assert view.neurons.ids == [1, 2, 3]
    view.select([1])
    panel.choose_tool("merge")
    click(viewer, (5, 20, 90))
    panel.choose_tool("erase")
    click(viewer, (5, 10, 90), (5, 30, 90))
    press(viewer, "k")
    assert view.neurons.at((5, 20, 30)) != view.neurons.at((5, 20, 110))
    ids = view.neurons.ids
    panel.choose_tool("paint")
    view.select([3])
    click(viewer, (5, 20, 30), (5, 20, 40))
    assert view.neurons.at((5, 20, 35)) == [1, 3]
    view.select([1, 3])
    press(viewer, "u")
    assert len(view.neurons.at((5, 20, 35))) == 1
    assert view.neurons.ids == ids


def test_the_queue_leads_from_place_to_place(viewer, panel):
    view = panel.view()
    panel.fill_queue(errors_against(view.neurons, truth(), preset=KEEP))
    kinds = [item.kind for item in panel.queue.items]
    assert sorted(kinds) == ["merged", "split", "spurious"]
    assert "merges the true neurons 2 and 3" in panel.places.sentence.text()
    assert view.selection == (3,)
    assert 7 <= viewer.dims.point[0] <= 10
    press(viewer, "n")
    assert set(view.selection) == {1, 2}
    panel.buttons["accept"].click()
    assert panel.places.progress.text() == "1 of 3"
    assert "Look here" in [layer.name for layer in viewer.layers]


def test_find_compares_with_the_truth_in_another_layer(viewer, panel, qtbot):
    assert panel.places.truth.isHidden()
    active = viewer.layers.selection.active
    layer = add_neurons(viewer, truth(), name="truth")
    viewer.layers.selection.active = active
    panel.layers.choose(view_of(active))
    assert not panel.places.truth.isHidden()
    panel.places.truth.setCurrentIndex(1)
    assert panel.places.truth.currentData() is layer
    panel.buttons["find_items"].click()
    qtbot.waitUntil(lambda: len(panel.queue) > 0, timeout=60_000)
    assert panel.queue.current.kind == "merged"
    assert panel.message.text.startswith("S = 0.")


def test_find_lists_suspicious_places_without_truth(panel, qtbot):
    panel.buttons["find_items"].click()
    qtbot.waitUntil(lambda: len(panel.queue) > 0, timeout=60_000)
    found = {(item.kind, item.ids) for item in panel.queue.items}
    assert ("ends", (1, 2)) in found


def test_a_trace_becomes_a_neuron(viewer, panel):
    image = np.random.default_rng(0).poisson(10, (1, *SHAPE)).astype(np.uint16)
    image[0][tuple(line((3, 70, 5), (3, 70, 115)).T)] += 200
    viewer.add_image(image[0], name="image")
    panel.choose_tool("trace")
    for place in ((3, 70, 10), (3, 70, 60), (3, 70, 110)):
        click(viewer, place)
    assert len(panel.tools.trace.tips) == 2
    press(viewer, "Enter")
    view = panel.view()
    assert view.neurons.ids == [1, 2, 3, 4, 5]
    assert view.neurons.at((3, 70, 80)) == [5]
    assert view.layer.data[3, 70, 80] == 5


def test_a_neuron_grows_along_the_image(viewer, panel):
    image = np.random.default_rng(0).poisson(10, SHAPE).astype(np.uint16)
    image[tuple(A.T)] += 200
    viewer.add_image(image, name="image")
    panel.view().select([1])
    panel.choose_tool("grow")
    click(viewer, (5, 20, 80))
    assert panel.view().neurons.at((5, 20, 70)) == [1, 2]


def test_what_cannot_be_done_is_said_and_changes_nothing(viewer, panel):
    before = digest(panel.view().neurons)
    panel.view().select([1])
    panel.choose_tool("cut")
    click(viewer, (5, 20, 3))
    assert "does not fall apart" in panel.message.text
    panel.choose_tool("grow")
    click(viewer, (5, 20, 80))
    assert "open the image" in panel.message.text
    panel.buttons["take_apart"].click()
    assert "in one part" in panel.message.text
    assert digest(panel.view().neurons) == before


def test_names_and_states_from_the_table_are_undone_too(viewer, panel, services, qtbot):
    table = NeuronsPanel(viewer, services)
    qtbot.addWidget(table)
    panel.editor()
    panel.view().rename(2, "right half")
    panel.view().set_state([2], "accepted")
    panel.buttons["undo"].click()
    assert panel.view().neurons[2].state == "auto"
    panel.buttons["undo"].click()
    assert panel.view().neurons[2].name == "right"
    panel.view().select([1])
    panel.choose_tool("merge")
    click(viewer, (5, 20, 90))
    assert [r["id"] for r in table.table.record_model.records] == [1, 3, 4]
    table.close()


def test_a_crash_loses_nothing_that_was_made(viewer, panel, services, qtbot):
    panel.view().select([4])
    panel.buttons["delete"].click()
    left = digest(panel.view().neurons)
    # The program dies: nothing is closed, the lock is left behind.
    log = panel.editor().session.log
    log._file.close()
    log._lock.release()
    again = ViewerModel()
    add_neurons(again, damaged())
    second = ProofreadPanel(again, services)
    qtbot.addWidget(second)
    assert second.editor().recovered
    assert digest(second.view().neurons) == left
    assert view_of(again.layers[0]).layer.data[12, 5, 25] == 0
    second.buttons["undo"].setEnabled(True)
    second.undo()
    assert second.view().neurons.ids == [1, 2, 3, 4]
    second.close()
    again.layers.clear()


def test_undo_is_there_when_the_saved_file_is_opened_again(
    viewer, panel, services, qtbot, tmp_path
):
    view = panel.view()
    view.select([4])
    panel.buttons["delete"].click()
    file = write_neurons(tmp_path / "mine.neurons.zarr", view.neurons)
    view.saved(file)
    view.select([2])
    panel.buttons["delete"].click()
    panel.close()
    again = ViewerModel()
    add_neurons(again, read_neurons(file), path=file)
    second = ProofreadPanel(again, services)
    qtbot.addWidget(second)
    assert second.editor().session.history() == ["Delete 4", "Delete 2"]
    assert second.view().neurons.ids == [1, 3]
    second.undo()
    second.undo()
    assert digest(second.view().neurons) == digest(damaged())
    second.close()
    again.layers.clear()


def test_edits_follow_the_project_when_it_is_saved(panel, services, tmp_path):
    panel.view().select([4])
    panel.buttons["delete"].click()
    services.project.save(tmp_path / "mine.striate")
    panel.view().select([2])
    panel.buttons["delete"].click()
    log = panel.editor().session.log
    assert log.path.parent == tmp_path / "mine.striate.files"
    assert len(log) == 2
    for _ in range(2):
        panel.buttons["undo"].click()
    assert panel.view().neurons.ids == [1, 2, 3, 4]
    services.project.new()
    assert panel.view().editor is None


def test_every_tool_has_a_key_and_says_what_a_click_does(viewer, panel):
    panel.view().select([1])
    for key in "1234567890":
        press(viewer, key)
        assert viewer.status == panel.hint.text() != ""
    panel.buttons["show_keys"].click()
    assert "Control-Z: Undo" in panel.message.text
    press(viewer, "1")
    assert not panel.view().claimed


def test_volume_without_neurons_is_quiet(viewer, services, qtbot):
    viewer.add_image(Volume.from_array(np.zeros((4, 8, 8), np.uint8), "ZYX").data)
    made = ProofreadPanel(viewer, services)
    qtbot.addWidget(made)
    for name in ("undo", "accept", "find_items", "commit"):
        made.buttons[name].click()
    made.close()
