"""The Neurons and Measurements panels, linked with a real viewer model."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from tests.filaments.panel_parts import SHAPE, SIZE, make_services, three_neurons

from striate.errors import InputError
from striate.widgets.histogram import bins_of
from striate_filaments.exchange.export import ExportParams
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.panels.export_dialog import ExportDialog
from striate_filaments.panels.measurements import MeasurementsPanel
from striate_filaments.panels.neuron_files import home_of, neurons_file, with_suffix
from striate_filaments.panels.neuron_layers import add_neurons, view_of
from striate_filaments.panels.neurons import NeuronsPanel
from striate_filaments.panels.opener import open_path
from striate_filaments.storage import read_neurons, write_neurons


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
    add_neurons(viewer, three_neurons())
    made = NeuronsPanel(viewer, services)
    qtbot.addWidget(made)
    yield made
    made.close()


@pytest.fixture
def numbers(viewer, services, qtbot):
    add_neurons(viewer, three_neurons())
    made = MeasurementsPanel(viewer, services)
    qtbot.addWidget(made)
    yield made
    made.close()


def row(panel, id):
    records = panel.table.record_model.records
    return next(record for record in records if record["id"] == id)


# ---- The table


def test_every_neuron_has_a_row_with_its_volume(panel):
    assert panel.table.shown() == [3, 7, 9]
    assert row(panel, 3)["volume"] == 24 * 2.0 * 0.5 * 0.5
    assert panel.table.record_model.columns[2].header == "Volume (µm³)"


def test_summary_counts_neurons_and_shared_voxels(panel):
    text = panel.summary.text()
    assert text.startswith("3 neurons; 1 shared voxel, drawn as the smaller neuron")


def test_row_chooses_and_centres_its_neuron(viewer, panel):
    panel.table.selectRow(2)
    assert panel.view().selection == (9,)
    assert viewer.dims.point[0] == 6 * SIZE[0]
    assert tuple(viewer.scene.camera.center[-2:]) == pytest.approx((6.0, 5.75), abs=0.3)


def test_neuron_chosen_in_the_viewer_selects_its_row(panel):
    panel.view().layer.selected_label = 7
    assert panel.table.selected() == [7]
    assert panel.details.isEnabled()


def test_click_beside_all_neurons_chooses_none(panel):
    panel.view().select([3])
    panel._on_picked(None, add=False)
    assert panel.table.selected() == []


def test_click_with_shift_adds_and_takes_away(panel):
    panel._on_picked(3, add=False)
    panel._on_picked(7, add=True)
    assert panel.table.selected() == [3, 7]
    panel._on_picked(3, add=True)
    assert panel.table.selected() == [7]


def test_tick_hides_and_shows(panel):
    panel.table.checked.emit(3, "shown", False)
    assert panel.view().hidden == {3}
    assert "1 hidden" in panel.summary.text()
    assert row(panel, 3)["shown"] is False
    panel.buttons["show_all"].click()
    assert row(panel, 3)["shown"] is True


def test_isolate_shows_the_selected_only(panel):
    panel.table.selectRow(1)
    panel.buttons["isolate"].click()
    assert panel.view().hidden == {3, 9}


def test_filter_finds_by_name(panel):
    panel.view().rename(7, "giant fibre")
    panel.filter.setText("giant")
    assert panel.table.shown() == [7]


def test_name_and_state_are_edited_below_the_table(panel, qtbot):
    panel.table.selectRow(0)
    panel.details.name.setText("  DNp01 ")
    panel.details.name.editingFinished.emit()
    panel.details.state.setCurrentText("accepted")
    panel.details.state.activated.emit(2)
    neuron = panel.view().neurons[3]
    assert (neuron.name, neuron.state) == ("DNp01", "accepted")
    assert (row(panel, 3)["name"], row(panel, 3)["state"]) == ("DNp01", "accepted")
    assert "not saved" in panel.summary.text()


def test_new_colour_is_in_table_and_picture(panel):
    panel.view().recolour([9], "#ABCDEF")
    assert row(panel, 9)["colour"] == "#ABCDEF"


def test_panel_follows_the_layer_that_is_active(viewer, panel, qtbot):
    one = NeuronSet(SHAPE, SIZE, "px", [Neuron.from_mask(5, np.ones((1, 1, 3)))])
    layer = add_neurons(viewer, one, name="Others")
    qtbot.waitUntil(lambda: panel.layers.menu.count() == 2)
    assert panel.table.shown() == [5]
    assert panel.table.record_model.columns[2].header == "Volume (px³)"
    viewer.layers.remove(layer)
    qtbot.waitUntil(lambda: panel.layers.menu.count() == 1)
    assert panel.table.shown() == [3, 7, 9]


def test_labels_of_another_program_become_neurons(viewer, panel, qtbot):
    labels = np.zeros((4, 6, 6), np.int32)
    labels[1, 2] = 4
    layer = viewer.add_labels(labels, scale=(2, 1, 1))
    viewer.layers.selection.active = layer
    assert not panel.layers.take.isHidden()
    panel.layers.take.click()
    qtbot.waitUntil(lambda: panel.table.shown() == [4])
    assert len(panel.view().neurons[4]) == 6
    assert panel.layers.take.isHidden()


def test_two_thousand_neurons_are_listed(viewer, services, qtbot):
    shape = (4, 200, 200)
    many = NeuronSet(shape)
    for i in range(2000):
        y, x = divmod(i, 20)
        mask = np.ones((1, 1, 6), bool)
        many.add(Neuron.from_mask(i + 1, mask, (i % 4, 2 * y, 10 * x)))
    panel = NeuronsPanel(viewer, services)
    qtbot.addWidget(panel)
    layer = add_neurons(viewer, many)
    qtbot.waitUntil(lambda: len(panel.table.shown()) == 2000)
    assert layer.data.dtype == np.uint16
    view_of(layer).select([1999])
    assert panel.table.selected() == [1999]
    panel.close()


# ---- Files


def test_neurons_file_opens_as_neurons(viewer, services, tmp_path):
    path = write_neurons(tmp_path / "cells.neurons.zarr", three_neurons())
    assert open_path(path, viewer, services)
    assert viewer.layers[0].name == "Neurons of cells"
    assert view_of(viewer.layers[0]).path == path
    assert not view_of(viewer.layers[0]).unsaved


def test_other_files_are_left_to_others(viewer, services, tmp_path):
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, np.zeros((4, 4), np.uint8))
    assert not open_path(path, viewer, services)


def test_damaged_neurons_are_refused_in_a_sentence(viewer, services, tmp_path):
    path = write_neurons(tmp_path / "cells.neurons.zarr", three_neurons())
    (path / "voxels" / "zarr.json").unlink()
    with pytest.raises(InputError, match="damaged or incomplete"):
        open_path(path, viewer, services)


def test_changed_neurons_are_copied_for_a_job(panel, tmp_path):
    view = panel.view()
    view.rename(3, "first")
    copy = neurons_file(view, tmp_path)
    assert read_neurons(copy)[3].name == "first"


def test_saved_neurons_are_read_where_they_are(panel, tmp_path, qtbot):
    panel.view().rename(3, "first")
    panel.keeping.save(tmp_path / "mine.zarr")
    target = tmp_path / "mine.neurons.zarr"
    qtbot.waitUntil(lambda: panel.keeping.message.text == f"Saved as {target.name}.")
    assert read_neurons(target)[3].name == "first"
    assert neurons_file(panel.view(), tmp_path) == target
    assert "not saved" not in panel.summary.text()


def test_a_jobs_folder_is_no_place_to_save_to(panel, tmp_path):
    view = panel.view()
    view.saved(tmp_path / "jobs" / "abc" / "x.neurons.zarr")
    assert home_of(view, tmp_path / "jobs") is None
    assert home_of(view, tmp_path / "others") == view.path


def test_names_get_the_ending_of_neurons(tmp_path):
    for given in ("a", "a.zarr", "a.neurons", "a.neurons.zarr"):
        assert with_suffix(tmp_path / given) == tmp_path / "a.neurons.zarr"


def test_export_writes_what_was_ticked(panel, tmp_path, qtbot):
    dialog = ExportDialog("cells", [3, 7], folder=tmp_path)
    qtbot.addWidget(dialog)
    for form in ("swc", "table"):
        dialog.ticks[form].setChecked(False)
    dialog.only.setChecked(True)
    panel.keeping.export(dialog.params())
    qtbot.waitUntil(lambda: bool(panel.keeping.message.text), timeout=60_000)
    assert panel.keeping.message.text.startswith(f"Exported 2 neurons to {tmp_path}.")
    assert "1 voxels belong to more than one neuron" in panel.keeping.message.text
    written = tifffile.imread(tmp_path / "cells_labels.tif")
    assert sorted(np.unique(written)) == [0, 3, 7]
    assert sorted(p.suffix for p in tmp_path.glob("cells_*")) != []


def test_export_that_fails_says_why(panel, tmp_path, qtbot):
    (tmp_path / "cells.csv").write_text("mine")
    panel.keeping.export(ExportParams(table=tmp_path / "cells.csv"))
    qtbot.waitUntil(lambda: bool(panel.keeping.message.text), timeout=60_000)
    assert panel.keeping.message.level == "error"
    assert "exists" in panel.keeping.message.text
    assert (tmp_path / "cells.csv").read_text() == "mine"


def test_export_dialog_refuses_nothing_ticked(tmp_path, qtbot):
    dialog = ExportDialog("cells", folder=tmp_path)
    qtbot.addWidget(dialog)
    for tick in dialog.ticks.values():
        tick.setChecked(False)
    dialog.accept()
    assert dialog.result() != dialog.DialogCode.Accepted
    with pytest.raises(InputError, match="at least one form"):
        dialog.params()


# ---- Measurements


def test_measure_fills_table_and_histogram(numbers, qtbot):
    numbers.measure()
    qtbot.waitUntil(lambda: len(numbers.table.shown()) == 3, timeout=60_000)
    headers = [c.header for c in numbers.table.record_model.columns]
    assert "Cable length (µm)" in headers
    assert numbers.column.currentText() == "Cable length (µm)"
    lengths = {
        r["id"]: r["cable_length_um"] for r in numbers.table.record_model.records
    }
    assert lengths[3] == pytest.approx(23 * 0.5)
    assert numbers.histogram.counts.sum() == 3
    assert "n = 3" in numbers.summary.text()


def test_measured_lengths_are_in_the_neurons_table(panel, numbers):
    view = panel.view()
    assert "Confidence" in [c.title for c in panel.table.record_model.columns]
    view.measured([{"id": 3, "cable_length_um": 11.5}])
    assert "Cable (µm)" in [c.header for c in panel.table.record_model.columns]
    assert row(panel, 3)["length"] == 11.5
    assert row(panel, 7)["length"] is None


def test_rows_and_neurons_are_linked(numbers):
    view = numbers._view
    view.measured([{"id": id, "tips": 2} for id in (3, 7, 9)])
    numbers._fill(view.measurements)
    view.select([7])
    assert numbers.table.selected() == [7]
    numbers.table.selectRow(0)
    assert view.selection == (3,)


def test_table_is_saved_by_its_suffix(numbers, tmp_path):
    numbers._fill([{"id": 3, "tips": 2, "volume_um3": 1.5}])
    numbers.save(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().splitlines() == [
        '"id","tips","volume_um3"',
        "3,2,1.5",
    ]
    numbers.save(tmp_path / "a.ods")
    assert numbers.message.level == "error"


def test_histogram_counts_every_finite_value():
    counts, edges = bins_of([1.0, 1.1, 5.0, float("nan")])
    assert counts.sum() == 3
    assert (edges[0], edges[-1]) == (1.0, 5.0)
    assert len(bins_of([])[0]) == 0
