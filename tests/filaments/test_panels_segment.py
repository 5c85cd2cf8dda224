"""The Segment panel, with a real viewer model and a real worker process."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from tests.filaments.panel_parts import (
    coloured_volume,
    make_services,
    thick_neurons,
    write_stack,
)

from striate.data import Channel, Volume, open_volume, write_ome_zarr
from striate.widgets.layers import add_volume
from striate_filaments.panels.neuron_layers import neuron_layers, view_of
from striate_filaments.panels.region import centred
from striate_filaments.panels.segment import SegmentPanel
from striate_filaments.panels.sources import job_input, reduced, volume_choices


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    return write_stack(tmp_path_factory.mktemp("data") / "stack.zarr")


@pytest.fixture
def viewer():
    model = ViewerModel()
    yield model
    model.layers.clear()


@pytest.fixture(scope="module")
def services(tmp_path_factory, qapp):
    made = make_services(tmp_path_factory.mktemp("jobs"))
    yield made
    made.jobs.close()


@pytest.fixture
def panel(viewer, services, qtbot):
    made = SegmentPanel(viewer, services)
    qtbot.addWidget(made)
    yield made
    made.close()


def wait_for_answer(qtbot, panel):
    qtbot.waitUntil(lambda: bool(panel.message.text), timeout=60_000)
    return panel.message.text


# ---- Which image


def test_channels_of_one_file_are_one_choice(viewer, stack):
    layers = add_volume(viewer, open_volume(stack))
    (choice,) = volume_choices(viewer)
    assert choice.name == "stack.zarr"
    assert list(choice.layers) == layers
    assert choice.volume().axes == "CZYX"


def test_split_stack_of_another_program_is_one_choice(viewer):
    for name in ("red", "green"):
        viewer.add_image(np.zeros((4, 5, 6)), name=name, scale=(2, 1, 1))
    viewer.add_image(np.zeros((4, 5, 7)), name="other")
    both, other = volume_choices(viewer)
    assert both.name == "red and 1 more"
    assert both.volume().shape == (2, 4, 5, 6)
    assert both.volume().voxel_size == (2.0, 1.0, 1.0)
    assert [c.name for c in both.volume().channels] == ["red", "green"]
    assert other.volume().axes == "ZYX"


def test_voxel_size_set_on_the_layer_counts(viewer, stack):
    layers = add_volume(viewer, open_volume(stack))
    for layer in layers:
        layer.scale = (3.0, 0.5, 0.5)
    assert volume_choices(viewer)[0].volume().voxel_size == (3.0, 0.5, 0.5)


def test_photographs_are_no_volumes(viewer):
    viewer.add_image(np.zeros((8, 8, 3), np.uint8), rgb=True)
    assert volume_choices(viewer) == []


# ---- Which file the worker reads


def test_file_is_read_where_it_is(stack, tmp_path):
    assert job_input(open_volume(stack), tmp_path) == {"volume": stack}


def test_changed_voxel_size_is_told(stack, tmp_path):
    from dataclasses import replace

    volume = replace(open_volume(stack), voxel_size=(3.0, 0.5, 0.5))
    found = job_input(volume, tmp_path)
    assert found == {"volume": stack, "voxel_size": (3.0, 0.5, 0.5)}


def test_array_in_memory_is_copied_first(tmp_path):
    image = np.arange(2 * 3 * 40 * 40, dtype=np.uint16).reshape(2, 3, 40, 40)
    volume = Volume.from_array(image, "CZYX", voxel_size=(2.0, 1.0, 1.0))
    found = job_input(volume, tmp_path)
    again = open_volume(found["volume"])
    np.testing.assert_array_equal(again.data.compute(), image)
    assert again.voxel_size == (2.0, 1.0, 1.0)


def test_preview_copies_its_box_only(tmp_path):
    image = np.arange(3 * 40 * 40, dtype=np.uint16).reshape(3, 40, 40)
    roi = ((1, 3), (4, 20), (8, 40))
    found = job_input(Volume.from_array(image, "ZYX"), tmp_path, roi)
    assert found.pop("cropped") is True
    copied = open_volume(found["volume"]).czyx()[0].compute()
    np.testing.assert_array_equal(copied, image[1:3, 4:20, 8:40])


def test_file_that_changed_its_content_is_not_taken_for_the_image(stack, tmp_path):
    other = open_volume(stack).data.compute()[:, ::-1].copy()
    volume = Volume.from_array(other, "CZYX", voxel_size=(1.0, 1.0, 1.0), source=stack)
    assert job_input(volume, tmp_path)["volume"] != stack


def test_some_channels_of_one_time_point():
    image = np.arange(2 * 3 * 4 * 5 * 6).reshape(2, 3, 4, 5, 6)
    names = tuple(Channel(n) for n in "abc")
    volume = Volume.from_array(image, "TCZYX", channels=names)
    found = reduced(volume, [0, 2], t=1)
    np.testing.assert_array_equal(found.data.compute(), image[1][[0, 2]])
    assert found.axes == "CZYX"
    assert [c.name for c in found.channels] == ["a", "c"]


def test_all_channels_are_the_volume_itself(stack):
    volume = open_volume(stack)
    assert reduced(volume, [0, 1, 2]) is volume


# ---- The region


def test_box_is_cut_around_its_middle():
    assert centred(((0, 100), (0, 10), (20, 40)), (48, 48, 10)) == (
        (26, 74),
        (0, 10),
        (25, 35),
    )


def test_region_shows_as_an_outline_in_its_place(viewer, panel, stack, qtbot):
    add_volume(viewer, open_volume(stack))
    qtbot.waitUntil(lambda: panel.source.choice() is not None)
    panel.region.editor.set_value(((2, 10), (8, 40), (0, 64)))
    outline = viewer.layers["Region"]
    assert outline.bounding_box.visible
    low, high = outline.extent.world
    np.testing.assert_allclose(low - np.array(outline.scale) / 2, (1.5, 7.5, -0.5))
    np.testing.assert_allclose(high + np.array(outline.scale) / 2, (9.5, 39.5, 63.5))
    panel.region.editor.set_value(None)
    assert "Region" not in viewer.layers


def test_box_is_drawn_with_the_mouse(viewer, panel, stack, qtbot):
    from types import SimpleNamespace

    add_volume(viewer, open_volume(stack))
    qtbot.waitUntil(lambda: panel.source.choice() is not None)
    panel.region.editor.draw.setChecked(True)
    assert not viewer.scene.camera.mouse_pan
    event = SimpleNamespace(
        type="mouse_press", button=1, position=(3, 10, 20), dims_displayed=(1, 2)
    )
    drag = viewer.mouse_drag_callbacks[-1](viewer, event)
    next(drag)
    event.type, event.position = "mouse_move", (3, 30, 5)
    next(drag)
    event.type = "mouse_release"
    with pytest.raises(StopIteration):
        next(drag)
    assert panel.region.value() == ((0, 16), (10, 31), (5, 21))
    assert viewer.scene.camera.mouse_pan
    assert not panel.region.editor.draw.isChecked()


def test_region_is_cut_to_the_volume(viewer, panel, stack, qtbot):
    add_volume(viewer, open_volume(stack))
    qtbot.waitUntil(lambda: panel.source.choice() is not None)
    panel.region.editor.set_value(((-5, 400), (60, 70), (0, 64)))
    assert panel.region.value() == ((0, 16), (60, 64), (0, 64))


# ---- The panel


def test_without_an_image_it_says_what_to_do(panel):
    assert not panel.run_button.isEnabled()
    panel.run()
    assert panel.message.text.startswith("Open an image first")


def test_defaults_say_what_they_amount_to(viewer, panel, stack, qtbot):
    add_volume(viewer, open_volume(stack))
    qtbot.waitUntil(lambda: panel.source.choice() is not None)
    hint = panel.form._hint_labels["thickness"].text()
    assert hint == "here 2 µm"


def test_empty_box_is_refused(viewer, panel, stack, qtbot):
    add_volume(viewer, open_volume(stack))
    qtbot.waitUntil(lambda: panel.source.choice() is not None)
    panel.region.editor.set_value(((2, 10), (8, 40), (0, 64)))
    panel.region.editor.boxes[0][0].setValue(12)
    panel.run()
    assert panel.message.text.startswith("The box is empty")


def test_no_channel_is_refused(viewer, panel, stack, qtbot):
    add_volume(viewer, open_volume(stack))
    qtbot.waitUntil(lambda: len(panel.source.ticks) == 3)
    for tick in panel.source.ticks:
        tick.setChecked(False)
    assert not panel.run_button.isEnabled()
    assert panel.message.text == "Tick at least one channel."


def test_run_adds_the_neurons_of_the_file(viewer, panel, stack, qtbot):
    layers = add_volume(viewer, open_volume(stack))
    qtbot.waitUntil(lambda: panel.source.choice() is not None)
    panel.run()
    assert wait_for_answer(qtbot, panel) == "Found 2 neurons in stack.zarr."
    (made,) = neuron_layers(viewer)
    assert tuple(made.scale) == tuple(layers[0].scale)
    assert made.data.shape == (16, 64, 64)
    truth = thick_neurons()[1]
    red = made.data[tuple(truth.coordinates().T)]
    assert np.mean(red == np.bincount(red[red > 0]).argmax()) > 0.7
    colours = [view_of(made).colour(id) for id in view_of(made).neurons.ids]
    assert len(set(colours)) == 2


def test_failure_is_told_in_one_sentence(viewer, panel, stack, qtbot, tmp_path):
    other = tmp_path / "other.safetensors"
    other.write_bytes(b"no model")
    add_volume(viewer, open_volume(stack))
    qtbot.waitUntil(lambda: panel.source.choice() is not None)
    panel.method.choose(str(other))
    panel.run()
    assert "other.safetensors is no segmenter" in wait_for_answer(qtbot, panel)
    assert panel.message.level == "error"
    assert neuron_layers(viewer) == []


def test_preview_of_an_array_lies_where_its_box_was(viewer, panel, services, qtbot):
    image = coloured_volume(thick_neurons((16, 64, 64)))
    for channel in image:
        viewer.add_image(channel, translate=(10, 0, 0))
    qtbot.waitUntil(lambda: panel.source.choice() is not None)
    panel.region.editor.set_value(((2, 16), (4, 60), (4, 60)))
    panel.form.set_values({"minimum_length": 10.0})
    panel.preview()
    assert wait_for_answer(qtbot, panel).startswith("Preview: 2 neurons in 14 × 56")
    preview = viewer.layers["Preview"]
    assert tuple(preview.translate) == (12, 4, 4)
    assert preview.data.shape == (14, 56, 56)
    left = list(services.jobs.folder("inputs").iterdir())
    assert left == [], "the box copied for the preview is cleared away"


def test_only_the_newest_preview_is_shown(viewer, panel, stack, qtbot):
    add_volume(viewer, open_volume(stack))
    qtbot.waitUntil(lambda: panel.source.choice() is not None)
    panel.form.set_values({"minimum_length": 10.0})
    answers = []
    panel.runs.ready.connect(lambda run, layer: answers.append(run.roi))
    panel.region.editor.set_value(((0, 16), (0, 64), (0, 64)))
    panel.preview()
    panel.region.editor.set_value(((0, 16), (0, 50), (0, 64)))
    panel.preview()
    wait_for_answer(qtbot, panel)
    assert answers == [((0, 16), (0, 50), (0, 64))]
    assert [layer.name for layer in neuron_layers(viewer)] == ["Preview"]


def test_closed_image_asks_before_its_neurons_are_added(viewer, panel, stack, qtbot):
    layers = add_volume(viewer, open_volume(stack))
    qtbot.waitUntil(lambda: panel.source.choice() is not None)
    panel.run()
    for layer in layers:
        viewer.layers.remove(layer)
    text = wait_for_answer(qtbot, panel)
    assert text == "stack.zarr was closed while its neurons were sought."
    assert neuron_layers(viewer) == []
    panel.message.buttons[0].click()
    assert len(neuron_layers(viewer)) == 1


def test_result_goes_to_its_own_image_and_not_to_the_one_chosen_since(
    viewer, panel, stack, qtbot, tmp_path
):
    other = tmp_path / "other.zarr"
    array = np.zeros((3, 4, 40, 40), np.uint16)
    write_ome_zarr(other, Volume.from_array(array, "CZYX", voxel_size=(5.0, 5.0, 5.0)))
    add_volume(viewer, open_volume(stack))
    qtbot.waitUntil(lambda: panel.source.choice() is not None)
    panel.run()
    add_volume(viewer, open_volume(other))
    panel.source.refresh()
    panel.source.menu.setCurrentIndex(1)
    wait_for_answer(qtbot, panel)
    (made,) = neuron_layers(viewer)
    assert made.name == "Neurons of stack"
    assert tuple(made.scale) == (1, 1, 1)


def test_closed_panel_lets_the_viewer_go(viewer, services, qtbot):
    before = len(viewer.layers.events.inserted.callbacks)
    panel = SegmentPanel(viewer, services)
    qtbot.addWidget(panel)
    assert len(viewer.layers.events.inserted.callbacks) == before + 1
    panel.close()
    assert len(viewer.layers.events.inserted.callbacks) == before
