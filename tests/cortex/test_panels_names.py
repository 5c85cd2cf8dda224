"""Names of regions on the surface, and models that are opened and saved."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.cortex.panel_parts import N

from striate_cortex.encoding import EncodingModel
from striate_cortex.panels.cortex_layers import layers_of, surface_of
from striate_cortex.panels.region_names import _apart
from striate_cortex.panels.standard_views import look_from
from striate_cortex.panels.subject import SubjectPanel


@pytest.fixture
def names(viewer, view):
    return layers_of(surface_of(viewer, view)).names


def written(names):
    return [str(n) for n in names.layer.features["name"]][-1:]


def test_each_region_is_named_once_in_its_hemisphere(names):
    assert names.names == ["face"]
    assert names.vertices[0] < N
    assert written(names) == ["face"]
    # Four dark copies and the name itself, so that it is read on any colour.
    assert len(names.layer.data) == 5


def test_a_name_goes_with_its_surface_and_stands_over_its_region(viewer, view, names):
    view.morph_to(view.morph.stop("flat"))
    look_from(viewer, "back")
    names.place()
    inside = np.flatnonzero(view.units.rois["face"])
    z = names.layer.data[-1][0]
    assert z > view.points[inside, 2].max()


def test_a_name_is_hidden_with_its_hemisphere(view, names):
    view.show_sides(["right"])
    names.place()
    assert len(names.layer.data) == 0


def test_names_are_switched_in_the_panel(opened, viewer, view, names):
    panel = opened(SubjectPanel)
    assert panel.names.isChecked()
    panel.names.click()
    assert not names.layer.visible
    panel.names.click()
    assert names.layer.visible


def test_names_that_would_lie_on_one_another_are_moved_apart():
    places = np.array([[0.0, 0.0], [10.0, 4.0], [300.0, 2.0]])
    rise = _apart(places, [60.0, 60.0, 60.0])
    heights = places[:, 1] + rise
    assert rise[0] == rise[2] == 0
    assert heights[1] - heights[0] >= 15


# ---- Models


def test_the_model_in_use_is_saved_with_its_provenance(opened, view, tmp_path, qtbot):
    panel = opened(SubjectPanel)
    panel.models.save(tmp_path / "mine")
    saved = tmp_path / "mine.safetensors"
    qtbot.waitUntil(lambda: panel.message.text.startswith("Saved fitted as"))
    np.testing.assert_allclose(
        EncodingModel.load(saved).weights, view.model("fitted").weights
    )
    record = json.loads((tmp_path / "mine.safetensors.provenance.json").read_text())
    assert record["tool"] == "cortex.fit"


def test_a_saved_model_is_opened_and_used(opened, view, tmp_path, qtbot):
    panel = opened(SubjectPanel)
    view.model("fitted").save(tmp_path / "other.safetensors")
    panel.models.open(tmp_path / "other.safetensors")
    qtbot.waitUntil(lambda: view.model_in_use == "other")
    assert view.model_file("other") == tmp_path / "other.safetensors"
    assert panel.about.text().endswith("models: fitted, other.")


def test_a_model_of_another_subject_is_told(opened, view, tmp_path, qtbot):
    panel = opened(SubjectPanel)
    few = EncodingModel(np.ones((5, 3), "f4"), np.zeros(5, "f4"), np.ones(5, "f4"))
    few.save(tmp_path / "few.safetensors")
    panel.models.open(tmp_path / "few.safetensors")
    qtbot.waitUntil(lambda: panel.message.level == "error")
    assert "model of 5 units and Small subject has 98" in panel.message.text
