"""The Train panel, with a real viewer model and a real worker process."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from napari.components import ViewerModel
from tests.filaments.neuron_sets import masks
from tests.filaments.panel_parts import make_services, thick_neurons, write_stack

from striate.data import open_volume
from striate.errors import InputError
from striate.models import list_cards
from striate.widgets.layers import add_volume
from striate_filaments.exchange import read_any
from striate_filaments.panels.neuron_layers import add_neurons
from striate_filaments.panels.segment import SegmentPanel
from striate_filaments.panels.train import TrainPanel
from striate_filaments.panels.train_chart import TrainChart
from striate_filaments.panels.train_curves import Curves, in_words
from striate_filaments.panels.train_runs import unfinished
from striate_filaments.panels.train_sources import JUDGE, LEARN, found_in, shown_in
from striate_filaments.simulation import SimulateParams, simulate, write_simulation
from striate_filaments.training.params import TrainParams


@pytest.fixture(scope="module")
def crops(tmp_path_factory):
    """Return a folder of three small labelled volumes (semi-synthetic)."""
    folder = tmp_path_factory.mktemp("crops")
    for seed in (41, 42, 43):
        params = SimulateParams(
            shape=(32, 64, 64), n_neurons=2, dim_fraction=0.0, seed=seed
        )
        write_simulation(folder / f"crop-{seed}.zarr", simulate(params))
    return folder


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
def panel(viewer, services, qtbot, tmp_path):
    made = TrainPanel(viewer, services)
    qtbot.addWidget(made)
    made.place.setText(str(tmp_path))
    made.start_from.choose("none")
    yield made
    made.close()


def point(step, seconds=0.0, **values):
    return {"step": step, "steps": 100, "seconds": seconds, **values}


# ---- Curves


def test_curves_tell_what_is_best_and_what_was_before():
    curves = Curves()
    curves.extend(
        [point(0, S=0.2), point(10, loss=1.5), point(20, loss=1.0, S=0.6),
         point(40, loss=0.8, S=0.6)]
    )  # fmt: skip

    assert curves.loss == [(10, 1.5), (20, 1.0), (40, 0.8)]
    assert curves.best == (20, 0.6)
    assert curves.before == 0.2
    assert curves.summary() == (
        "Step 40 of 100, best S 0.600 at step 20, 0.200 before training."
    )


def test_steps_said_again_after_a_stop_count_once():
    curves = Curves()
    curves.extend([point(10, loss=1.0), point(20, loss=0.9), point(30, loss=0.8)])

    curves.add(point(20, loss=0.7))

    assert curves.loss == [(10, 1.0), (20, 0.7)]


def test_the_time_left_follows_the_pace():
    curves = Curves()
    assert curves.seconds_left() is None

    curves.extend([point(0, seconds=0), point(25, seconds=50)])

    assert curves.seconds_left() == 150
    assert in_words(150) == "about 2 min left"
    assert in_words(20) == "less than a minute left"
    assert in_words(3 * 3600) == "about 3.0 h left"


def test_the_chart_draws_what_it_says(qtbot):
    chart = TrainChart()
    qtbot.addWidget(chart)
    chart.resize(300, 230)
    colour = chart.palette().link().color().rgb()

    def inked():
        image = chart.grab().toImage()
        return sum(
            image.pixel(x, y) == colour
            for x in range(0, image.width())
            for y in range(0, image.height())
        )

    empty = inked()
    curves = Curves()
    curves.extend([point(0, S=0.1), point(50, loss=1.0, S=0.5), point(90, loss=0.5)])
    chart.show_curves(curves)

    assert empty == 0
    assert inked() > 60
    assert "best S 0.500 at step 50" in chart.accessibleName()


# ---- What is learned from


def test_of_a_folder_the_last_volume_is_judged_on(panel, crops):
    panel.materials.add_folder(crops)

    uses = {m.name: m.use for m in panel.materials.materials()}
    assert uses == {"crop-41.zarr": LEARN, "crop-42.zarr": LEARN, "crop-43.zarr": JUDGE}
    assert panel.materials.summary.text() == "2 to learn from, 1 to judge on."


def test_a_use_is_changed_and_a_volume_left_out(panel, crops):
    panel.materials.add_folder(crops)

    panel.materials.set_use(0, JUDGE)
    panel.materials.list.topLevelItem(1).setSelected(True)
    panel.materials.remove_button.click()

    uses = [(m.name, m.use) for m in panel.materials.materials()]
    assert uses == [("crop-41.zarr", JUDGE), ("crop-43.zarr", JUDGE)]


def test_an_unticked_volume_is_partly_labelled(panel, crops, tmp_path):
    from qtpy.QtCore import Qt

    panel.materials.add_folder(crops / "crop-41.zarr")
    panel.materials.list.topLevelItem(0).setCheckState(2, Qt.CheckState.Unchecked)

    (material,) = panel.materials.materials()
    assert material.ready(tmp_path).partly


def test_a_folder_without_truth_is_refused(panel, tmp_path):
    panel.materials.add_folder(tmp_path)

    assert panel.message.level == "error"
    assert "volumes/gt_instances" in panel.message.text
    with pytest.raises(InputError, match="no FISBe sample"):
        found_in(tmp_path)


def test_what_is_open_can_be_learned_from(viewer, panel, tmp_path):
    stack = write_stack(tmp_path / "stack.zarr")
    add_volume(viewer, open_volume(stack))
    neurons = thick_neurons()
    add_neurons(viewer, neurons, name="Mine")

    (material,) = shown_in(viewer)
    source = material.ready(tmp_path)

    assert material.name == "stack.zarr with Mine"
    assert source.volume == stack
    assert masks(read_any(source.neurons)) == masks(neurons)


def test_the_menu_offers_what_is_open(viewer, panel, tmp_path):
    add_volume(viewer, open_volume(write_stack(tmp_path / "stack.zarr")))
    add_neurons(viewer, thick_neurons(), name="Mine")

    menu = panel.materials.add_button.menu()
    menu.aboutToShow.emit()
    menu.actions()[0].trigger()

    assert [m.name for m in panel.materials.materials()] == ["stack.zarr with Mine"]


# ---- Parameters


def test_nothing_to_learn_from(panel):
    panel.start()

    assert panel.message.level == "error"
    assert "nothing to learn from" in panel.message.text
    assert not panel.runs.running


def test_simulated_volumes_are_made_to_look_like_a_volume(panel, crops):
    panel.materials.add_folder(crops)
    panel.simulate.setChecked(True)
    panel.like.setCurrentIndex(panel.like.findText("crop-42.zarr"))

    params = panel.params()

    assert params.like == crops / "crop-42.zarr"
    assert any(s.simulated for s in params.data)


def test_a_name_that_is_none(panel, crops):
    panel.materials.add_folder(crops)
    panel.basic.set_values({"name": "My model!"})

    panel.start()

    assert panel.message.level == "error"
    assert panel.message.text.startswith("Name")


def test_a_model_that_is_there_is_not_replaced_unasked(panel, crops):
    panel.materials.add_folder(crops)
    panel.target().mkdir()

    panel.start()

    assert [b.text() for b in panel.message.buttons] == ["Replace it", "Keep it"]
    assert not panel.runs.running


# ---- With the worker


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("STRIATE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_train_stop_resume_and_use_it(panel, viewer, services, qtbot, crops, own_home):
    wait = {"timeout": 240_000}
    panel.materials.add_folder(crops)
    panel.basic.set_values({"name": "mine", "steps": 4})
    panel.more.set_values({"crop": 32, "batch": 1, "check_every": 2})
    segment = SegmentPanel(viewer, services)
    qtbot.addWidget(segment)

    panel.start_button.click()
    qtbot.waitUntil(lambda: bool(panel.runs.curves.scores), **wait)
    panel.progress.button.click()
    qtbot.waitUntil(lambda: not panel.runs.running, **wait)

    assert panel.message.text.startswith("Stopped. Resume goes on where it was")
    assert not panel.resume_button.isHidden()
    panel.use_button.click()
    assert segment.params().model.endswith("mine.training/best.safetensors")
    stopped = unfinished(panel.target())
    assert isinstance(stopped, TrainParams)
    assert [s.name for s in stopped.validation] == ["crop-43.zarr"]

    panel.resume_button.click()
    qtbot.waitUntil(lambda: panel.message.text.startswith("mine is trained"), **wait)

    assert [step for step, _ in panel.runs.curves.scores] == [0, 2, 4]
    assert unfinished(panel.target()) is None
    # The card is among the person's own, and points at the weights.
    (card,) = [c for c in list_cards("filaments.segment") if c.id == "mine"]
    assert Path(card.source.path) == panel.target() / "model.safetensors"
    assert json.loads((panel.target() / "card.json").read_text())["id"] == "mine"

    panel.use_button.click()

    assert segment.params().method == "learned"
    assert Path(segment.params().model) == panel.target()
    segment.close()


def test_why_a_training_fails_is_said(panel, qtbot, crops, tmp_path):
    broken = tmp_path / "broken.zarr"
    (broken / "volumes" / "raw").mkdir(parents=True)
    (broken / "volumes" / "gt_instances").mkdir()
    panel.materials.add_folder(broken)

    panel.start_button.click()
    qtbot.waitUntil(lambda: not panel.runs.running, timeout=120_000)

    assert panel.message.level == "error"
    assert "broken.zarr" in panel.message.text
    assert np.all([not b.isVisible() for b in (panel.use_button, panel.card_button)])
