"""The panels, driven as a person does: load, fit, map, query, click."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from tests.cortex.panel_parts import (
    CAPTIONS,
    N,
    write_small_subject,
)

from striate_cortex.maps import Limits, ramp
from striate_cortex.panels.cortex_layers import (
    add_subject,
    cortex_views,
    layers_of,
    surface_of,
)
from striate_cortex.panels.map import MapPanel
from striate_cortex.panels.subject import SubjectPanel
from striate_cortex.panels.unit import UnitPanel

# ---- Subject


def test_panel_says_what_to_do_before_there_is_a_subject(opened):
    panel = opened(SubjectPanel)
    assert panel.about.text().startswith("Open a subject")
    assert not panel.fitting.isVisible()


def test_subject_is_opened_in_the_background_and_shown(opened, viewer, folder, qtbot):
    panel = opened(SubjectPanel)
    panel.open(folder)
    qtbot.waitUntil(lambda: panel.view() is not None)
    assert panel.about.text() == "98 vertices; 1 regions; model: fitted."
    assert list(panel.stop_buttons) == ["white", "pial", "inflated", "flat"]
    assert panel.stop_buttons["inflated"].isChecked()
    assert len(cortex_views(viewer)) == 1


def test_what_is_no_subject_is_told_in_a_sentence(opened, viewer, tmp_path, qtbot):
    panel = opened(SubjectPanel)
    panel.open(tmp_path)
    qtbot.waitUntil(lambda: panel.message.level == "error")
    assert "is no subject" in panel.message.text
    assert len(viewer.layers) == 0


def test_real_sample_opens_from_the_menu(opened, qtbot):
    pytest.importorskip("nilearn")
    panel = opened(SubjectPanel)
    titles = [action.text() for action in panel.samples.menu().actions()]
    assert any("imulated" in title for title in titles)
    panel.samples.open("bold5000-csi1")
    qtbot.waitUntil(lambda: panel.view() is not None, timeout=30_000)
    assert panel.view().subject.title == "BOLD5000 CSI1"
    assert "1,685 voxels" in panel.about.text()


def test_slider_morphs_and_follows(opened, view):
    panel = opened(SubjectPanel)
    panel.morph.setValue(150)
    assert view.position == 1.5
    view.morph_to(3)
    assert panel.morph.value() == 300
    assert panel.stop_buttons["flat"].isChecked()


def test_buttons_go_to_surfaces_and_sides(opened, viewer, view):
    panel = opened(SubjectPanel)
    panel.stop_buttons["flat"].click()
    assert view.is_flat
    panel.sides["right"].click()
    assert view.sides == ("left",)
    panel.folding.click()
    assert np.ptp(view.colours[:, :3]) == 0
    panel.regions.click()
    assert not layers_of(surface_of(viewer, view)).outlines.visible


def test_simulated_is_said_first(opened, viewer, tmp_path):
    add_subject(viewer, write_small_subject(tmp_path / "s", simulated=True))
    assert opened(SubjectPanel).about.text().startswith("Simulated: nothing here was")


def test_panel_lets_go_when_the_subject_is_removed(opened, viewer, view, qtbot):
    panel = opened(SubjectPanel)
    viewer.layers.remove(surface_of(viewer, view))
    qtbot.waitUntil(lambda: panel.view() is None)
    assert panel.menu.menu.currentText() == "No subject yet"


# ---- Fit


def test_fit_runs_in_the_worker_and_its_model_is_there(opened, viewer, tmp_path, qtbot):
    subject = write_small_subject(tmp_path / "bare", models=False)
    view = add_subject(viewer, subject)
    panel, shown = opened(SubjectPanel), opened(MapPanel)
    assert "text" not in shown.choice.names()
    panel.fitting.form.set_values({"held_out": 0.33})
    panel.fitting.fit_button.click()
    qtbot.waitUntil(lambda: bool(panel.message.text), timeout=60_000)
    assert view.model_names == ("tiny",), panel.message.text
    assert panel.message.text.startswith("Fitted tiny to 12 images; on 6 held out")
    assert "text" in shown.choice.names()
    assert view.model("tiny").weights.shape == (2 * N, 3)


def test_fit_without_features_is_refused(opened, view):
    panel = opened(SubjectPanel)
    panel.fitting.spaces["tiny"].setChecked(False)
    panel.fitting.fit()
    assert panel.message.text == "Tick at least one feature space."


# ---- Map


def test_first_map_is_shown_at_once_with_its_regions(opened, view, qtbot):
    panel = opened(MapPanel)
    assert panel.shown().name == "r2"
    assert panel.choice.names() == [
        "r2", "r2/ceiling", "ceiling", "pc", "text", "words", "roi", "none",
    ]  # fmt: skip
    qtbot.waitUntil(lambda: panel.table.shown() == ["All units", "face"])
    assert view.colouring.limits.low == 0
    assert view.map is panel.shown()


def test_colours_follow_limits_and_threshold(opened, view):
    panel = opened(MapPanel)
    panel.colours.colours.setCurrentText("viridis")
    panel.colours.low.setValue(0)
    panel.colours.high.setValue(0.5)
    assert panel.colours.mode.currentData() == "fixed"
    assert view.colouring.limits == Limits(0, 0.5)
    np.testing.assert_allclose(view.colours[-1, :3], ramp("viridis")[255])
    panel.colours.threshold.setValue(0.6)
    np.testing.assert_allclose(view.colours[-1, :3], view.folding[-1])
    panel.colours.use_threshold.click()
    np.testing.assert_allclose(view.colours[-1, :3], ramp("viridis")[255])


def test_low_scores_are_hidden_so_that_folding_is_seen(opened, view):
    panel = opened(MapPanel)
    high = panel.colours.high.value()
    assert view.colouring.threshold == pytest.approx(high / 10, abs=1e-3)
    np.testing.assert_allclose(view.colours[0, :3], view.folding[0])
    panel.show_map("ceiling")
    assert view.colouring.threshold is None


def test_unreliable_units_fade_and_noise_is_grey(opened, view):
    panel = opened(MapPanel)
    full = view.colours.copy()
    panel.colours.fade.click()
    fades = view.ceiling < 30
    assert np.abs(view.colours - full)[~fades].max() == 0
    panel.colours.grey.click()
    assert np.unique(view.colours[view.ceiling < 5, :3]).tolist() == [0.5]


def test_limits_suit_the_next_map(opened, view):
    panel = opened(MapPanel)
    panel.show_map("ceiling")
    assert view.colouring.limits.high == 40
    panel.show_map("roi")
    assert panel.bar.map.legend == {"face": "#E69F00"}
    panel.show_map("none")
    assert view.map is None
    assert not panel.bar.isVisible()


def test_phrase_is_answered_from_the_models_own_space(opened, view):
    """The encoder is left out here: its answer is given as it would come."""
    panel = opened(MapPanel)
    panel.choice.what.setCurrentIndex(panel.choice.what.findData("text"))
    panel.choice.queries.answered.emit("a face", "another space", np.eye(3)[0])
    assert panel.shown().name == "r2"
    panel.choice.queries.answered.emit("a face", "tiny", np.array([1, 0, 0], "f4"))
    assert panel.shown().name == "text:a face"
    face = view.units.rois["face"]
    assert panel.shown().values[face].min() > panel.shown().values[~face].max()
    assert view.colouring.limits.low == -view.colouring.limits.high


def test_encoder_that_is_not_known_is_told(opened, view, qtbot):
    panel = opened(MapPanel)
    panel.show_map("text", "a face")
    qtbot.waitUntil(lambda: panel.message.level == "error")
    assert "tiny" in panel.message.text


def test_histogram_is_of_the_region_chosen(opened, view, qtbot):
    panel = opened(MapPanel)
    qtbot.waitUntil(lambda: len(panel.table.shown()) == 2)
    assert panel.histogram.counts.sum() == 2 * N
    panel.table.selectRow(1)
    assert panel.histogram.counts.sum() == view.units.rois["face"].sum()


def test_difference_of_two_models(opened, view):
    import dataclasses

    panel = opened(MapPanel)
    first = view.model("fitted")
    worse = dataclasses.replace(first, scores={"r2": first.scores["r2"] - 0.2})
    view.add_model("worse", worse)
    assert panel.choice.model.currentText() == "worse"
    panel.choice.second.setCurrentText("fitted")
    panel.show_map("difference")
    np.testing.assert_allclose(panel.shown().values, -0.2, atol=1e-6)


# ---- Unit


def test_click_shows_the_unit(opened, view, qtbot):
    opened(MapPanel)
    panel = opened(UnitPanel)
    view.pick(8)
    assert panel.title.text() == "<b>Vertex 8</b>, left hemisphere"
    lines = {k: v.text() for k, v in panel.place.lines.items() if v.text()}
    assert lines["Region"] == "face"
    assert lines["Place (mm)"] == "-10.0, -1.0, 1.0"
    assert lines["Noise ceiling"] == "40.0 % of variance"
    assert lines["Model"].startswith("fitted: R² -0.05")
    assert lines["Map"].startswith("R²: -0.05")
    qtbot.waitUntil(lambda: len(panel.compare.similar.shown()) == 12)
    assert all(view.units.rois["face"][u] for u in panel.compare.similar.shown())
    qtbot.waitUntil(lambda: len(panel.compare.strongest.shown()) == 12)
    best = [row["name"] for row in panel.compare.strongest.record_model.records[:2]]
    assert best == ["six face", "five face"]
    assert len(panel.compare.trace.values) == len(CAPTIONS)


def test_unit_below_the_noise_floor_is_warned_of(opened, view):
    panel = opened(UnitPanel)
    view.pick(0)
    assert panel.trust.level == "warning"
    assert "at most 2.0 %" in panel.trust.text


def test_only_the_newest_click_is_answered(opened, view, qtbot):
    panel = opened(UnitPanel)
    for vertex in range(20):
        view.pick(vertex)
    qtbot.waitUntil(lambda: len(panel.compare.similar.shown()) == 12)
    assert 19 not in panel.compare.similar.shown()
    assert panel.facts.vertex == 19


def test_real_click_on_the_viewer_picks_and_pins(opened, viewer, view):
    panel = opened(UnitPanel)
    view.morph_to(0)
    target = view.points[N + 24]
    event = SimpleNamespace(
        type="mouse_press", button=1,
        position=tuple((target + np.array([30, 0, 0]))[::-1]),
        view_direction=np.array([0, 0, -1.0]), dims_displayed=(0, 1, 2),
        modifiers=("Shift",),
    )  # fmt: skip
    running = [cb(viewer, event) for cb in viewer.mouse_drag_callbacks]
    started = [g for g in running if hasattr(g, "send") and next(g, g) is not g]
    event.type = "mouse_release"
    for generator in started:
        next(generator, None)
    assert view.vertex == N + 24
    assert view.pins == (N + 24,)
    assert panel.title.text().startswith("<b>Vertex 24</b>, right")


def test_pins_are_compared_with_the_unit_chosen(opened, view):
    panel = opened(UnitPanel)
    view.pick(1)
    panel.pin_button.click()
    view.pick(N + 3)
    (row,) = panel.compare.pins.table.record_model.records
    assert (row["place"], row["regions"], row["ceiling"]) == ("left 1", "face", 40.0)
    assert row["alike"] < 0.9
    panel.compare.pins.table.activated_record.emit(1)
    assert view.vertex == 1
    assert panel.compare.pins.table.record_model.records[0]["alike"] == pytest.approx(1)
    panel.compare.pins.table.selectRow(0)
    panel.compare.pins.remove.click()
    assert view.pins == ()


def test_similar_unit_is_gone_to(opened, view, qtbot):
    panel = opened(UnitPanel)
    view.pick(8)
    qtbot.waitUntil(lambda: len(panel.compare.similar.shown()) == 12)
    wanted = panel.compare.similar.shown()[0]
    panel.compare.similar.activated_record.emit(wanted)
    assert view.vertex == view.vertex_of(wanted)


def test_closed_panel_gives_clicks_and_keys_back(opened, viewer, view):
    before = list(viewer.mouse_drag_callbacks)
    panel = opened(UnitPanel)
    assert len(viewer.mouse_drag_callbacks) == len(before) + 1
    panel.close()
    assert list(viewer.mouse_drag_callbacks) == before
    assert not [k for k in viewer.keymap if "Left" in str(k)]
