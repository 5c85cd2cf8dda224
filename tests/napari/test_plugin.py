"""The plugin inside stock napari: manifest, readers, writers, samples, widgets."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from npe2 import PluginManifest
from tests.filaments.panel_parts import three_neurons, write_stack

from striate.data import open_volume
from striate.errors import InputError
from striate_filaments.panels.neuron_layers import neuron_layers, view_of
from striate_filaments.storage import read_neurons, write_neurons
from striate_napari import readers, samples, services, widgets, writers


@pytest.fixture
def neurons_path(tmp_path):
    return write_neurons(tmp_path / "cells.neurons.zarr", three_neurons())


@pytest.fixture
def shared(own_home):
    yield services.shared_services()
    services.shut_down()


@pytest.fixture
def viewer(make_napari_viewer_proxy):
    return make_napari_viewer_proxy()


# ---- The manifest


def test_every_command_of_the_manifest_exists():
    manifest = PluginManifest.from_distribution("striate")
    commands = manifest.contributions.commands
    assert len(commands) >= 10
    for command in commands:
        module, _, name = command.python_name.partition(":")
        assert callable(getattr(import_module(module), name)), command.id


def test_readers_know_every_suffix_the_program_opens():
    from striate.data.opening import SUFFIXES

    manifest = PluginManifest.from_distribution("striate")
    patterns = {p for r in manifest.contributions.readers for p in r.filename_patterns}
    assert {f"*{suffix}" for suffix in SUFFIXES} <= patterns


def test_plugin_needs_no_shell_and_chooses_no_qt():
    code = (
        "import sys, striate_napari.readers, striate_napari.writers, "
        "striate_napari.samples, striate_napari.services; "
        "print([m for m in sys.modules if m.startswith(('striate.desktop', 'PySide', "
        "'PyQt', 'qtpy', 'napari.', 'torch', 'skimage'))])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
    for room in ("plugins/striate_napari", "plugins/striate_filaments/panels"):
        for file in Path(room).glob("*.py"):
            text = file.read_text("utf-8")
            assert "import PySide" not in text, file
            assert "from PySide" not in text, file


# ---- Readers


@pytest.mark.parametrize("name", ["missing.tif", "missing.neurons.zarr", "", "\0"])
def test_asking_for_a_reader_never_raises(name, tmp_path):
    path = str(tmp_path / name) if "\0" not in name else name
    assert readers.get_neurons_reader(path) is None
    reader = readers.get_volume_reader(path)
    assert reader is None or name == ""


def test_text_is_left_to_others(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    assert readers.get_volume_reader(str(tmp_path / "notes.txt")) is None


def test_volume_is_read_lazily_and_to_scale(tmp_path):
    path = str(write_stack(tmp_path / "stack.zarr"))
    layers = readers.get_volume_reader(path)(path)
    assert [kind for *_, kind in layers] == ["image"] * 3
    data, meta, _ = layers[0]
    assert not isinstance(data[0] if meta["multiscale"] else data, np.ndarray)
    assert list(meta["scale"]) == [1.0, 1.0, 1.0]


def test_broken_file_is_refused_in_one_sentence(tmp_path):
    path = tmp_path / "broken.tif"
    path.write_bytes(b"II*\0" + b"x" * 40)
    with pytest.raises(InputError):
        readers.read_volume(str(path))


def test_neurons_open_in_the_viewer_with_their_names(viewer, neurons_path):
    path = str(neurons_path)
    assert readers.get_volume_reader(path) is None
    ((data, meta, kind),) = readers.get_neurons_reader(path)(path)
    viewer.add_layer(_layer(data, meta, kind))
    (layer,) = neuron_layers(viewer)
    assert layer.name == "Neurons of cells"
    assert view_of(layer).neurons.ids == [3, 7, 9]


def _layer(data, meta, kind):
    from napari.layers import Layer

    return Layer.create(data, meta, kind)


# ---- Writers


def test_unchanged_neurons_keep_their_overlap(neurons_path, tmp_path):
    ((data, meta, kind),) = readers.read_neurons(str(neurons_path))
    layer = _layer(data, meta, kind)
    data, meta, _ = layer.as_layer_data_tuple()
    (path,) = writers.write_neurons(str(tmp_path / "b.neurons.zarr"), data, meta)
    assert read_neurons(path).at((2, 5, 10)) == [3, 7]


def test_painted_labels_are_written_as_they_are(neurons_path, tmp_path):
    ((data, meta, kind),) = readers.read_neurons(str(neurons_path))
    layer = _layer(data.copy(), meta, kind)
    layer.data[0, 0, :5] = 11
    data, meta, _ = layer.as_layer_data_tuple()
    (path,) = writers.write_neurons(str(tmp_path / "b.neurons.zarr"), data, meta)
    written = read_neurons(path)
    assert written.ids == [3, 7, 9, 11]
    assert written.voxel_size == (2.0, 0.5, 0.5)
    assert written.unit == "µm"


def test_labels_become_skeletons(tmp_path):
    labels = np.zeros((4, 9, 30), np.uint8)
    labels[1:3, 3:6, 2:28] = 5
    meta = {"scale": (1, 1, 1), "metadata": {}}
    (folder,) = writers.write_swc(str(tmp_path / "cells.swc"), labels, meta)
    assert [p.name for p in Path(folder).glob("*.swc")] == ["neuron_5.swc"]


def test_images_become_channels_of_one_file(tmp_path):
    from napari.layers import Image

    images = [np.full((3, 20, 30), i, np.uint16) for i in (1, 2)]
    layers = [
        Image(a, name=n, colormap=c, scale=(2, 1, 1), units="um")
        for a, n, c in zip(images, ("GFP", "RFP"), ("green", "red"), strict=True)
    ]
    tuples = [layer.as_layer_data_tuple() for layer in layers]
    (path,) = writers.write_volume(str(tmp_path / "both.ome.zarr"), tuples)
    volume = open_volume(path)
    assert volume.axes == "CZYX"
    assert [c.name for c in volume.channels] == ["GFP", "RFP"]
    assert [c.colour for c in volume.channels] == ["#00FF00", "#FF0000"]
    assert volume.voxel_size == (2.0, 1.0, 1.0)
    np.testing.assert_array_equal(volume.data[1].compute(), images[1])


def test_images_of_two_shapes_are_refused(tmp_path):
    tuples = [
        (np.zeros((4, s)), {"name": "a", "scale": (1, 1)}, "image") for s in (5, 6)
    ]
    with pytest.raises(InputError, match="one shape"):
        writers.write_volume(str(tmp_path / "a.zarr"), tuples)


# ---- Samples and widgets


def test_real_sample_opens():
    layers = samples.brainbow_cortex()
    assert len(layers) == 3
    assert all(kind == "image" for *_, kind in layers)


def test_widgets_share_one_set_of_services(viewer, shared):
    made = [widgets.SegmentWidget(viewer), widgets.JobsWidget()]
    assert services.shared_services() is shared
    for widget in made:
        widget.close()
        widget.deleteLater()


@pytest.fixture
def plugin():
    """Let napari know the plugin, whose discovery its test fixtures block."""
    from npe2 import PluginManager

    manager = PluginManager.instance()
    manifest = PluginManifest.from_distribution("striate")
    if "striate" not in manager:
        manager.register(manifest)
    return manager


@pytest.mark.filterwarnings("error::FutureWarning")
def test_segment_in_stock_napari(make_napari_viewer, plugin, shared, qtbot, tmp_path):
    viewer = make_napari_viewer()
    path = str(write_stack(tmp_path / "stack.zarr"))
    for data, meta, kind in readers.read_volume(path):
        viewer.add_layer(_layer(data, meta, kind))
    made = {}
    for name in ("Segment Neurons", "Neurons", "Measure Neurons", "Jobs"):
        _, made[name] = viewer.window.add_plugin_dock_widget("striate", name)
    segment, neurons = made["Segment Neurons"], made["Neurons"]
    segment.region.editor.set_value(((2, 10), (8, 40), (0, 64)))
    assert "Region" in viewer.layers
    segment.region.editor.set_value(None)
    assert "Region" not in viewer.layers
    segment.run()
    qtbot.waitUntil(lambda: bool(segment.message.text), timeout=60_000)
    assert segment.message.text == "Found 2 neurons in stack.zarr."
    qtbot.waitUntil(lambda: len(neurons.table.shown()) == 2)
    neurons.table.selectRow(1)
    assert neurons.view().selection == (neurons.table.shown()[1],)
    jobs = made["Jobs"]
    qtbot.waitUntil(lambda: len(jobs.table.shown()) == 1)
    jobs.refresh()
    assert jobs.table.record_model.records[0]["state"] == "done"
    for widget in made.values():
        widget.close()


def test_napari_offers_our_writers(plugin):
    found = {w.display_name for w in plugin.iter_compatible_writers(["labels"])}
    assert {"Neurons", "Skeletons"} <= found
    assert "OME-Zarr" in {
        w.display_name for w in plugin.iter_compatible_writers(["image", "image"])
    }


def test_log_of_notifications_is_napari_s(shared):
    from napari.utils.notifications import notification_manager

    shared.notify.info("Two neurons were found.")
    assert notification_manager.records[-1].message == "Two neurons were found."
