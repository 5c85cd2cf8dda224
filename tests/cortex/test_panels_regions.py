"""The Regions panel: painted along the surface, undone, saved for FreeSurfer."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from nibabel.freesurfer import read_annot, read_label
from tests.cortex.panel_parts import N, write_small_subject

from striate_cortex.panels.cortex_layers import add_subject
from striate_cortex.panels.regions import RegionsPanel


@pytest.fixture
def view(qapp, tmp_path):
    viewer = ViewerModel()
    made = add_subject(viewer, write_small_subject(tmp_path / "small"))
    made.viewer = viewer
    yield made
    viewer.layers.clear()


@pytest.fixture
def panel(view, qtbot):
    made = RegionsPanel(view.viewer, None)
    qtbot.addWidget(made)
    yield made
    made.close()


def test_regions_of_the_subject_are_listed(panel):
    (row,) = panel.table.record_model.records
    assert (row["name"], row["left"], row["right"]) == ("face", 21, 0)


def test_stroke_is_a_disc_along_the_surface_and_can_be_undone(panel, view):
    panel.name.setEditText("PPA")
    panel.radius.setValue(1)
    panel.paint_at(N + 24)
    assert panel.painting.vertices("PPA").tolist() == [N + i for i in (17, 23, 24, 25,
                                                                       31)]  # fmt: skip
    assert view.units.rois["PPA"].sum() == 5
    assert panel.table.shown() == ["face", "PPA"]
    panel.paint_at(N + 24, erase=True)
    assert view.units.rois["PPA"].sum() == 0
    panel.undo()
    assert view.units.rois["PPA"].sum() == 5


def test_name_is_needed(panel):
    panel.name.setEditText(" ")
    panel.paint_at(3)
    assert panel.message.text == "Give the region a name."


def test_border_is_drawn_where_was_painted(panel, view):
    borders = view.viewer.layers[1]
    before = len(borders.vertices)
    panel.name.setEditText("PPA")
    panel.radius.setValue(1)
    panel.paint_at(N + 24)
    assert len(borders.vertices) > before
    assert borders.vertices[:, 2].max() > 0


def test_clicks_paint_only_when_switched_on(panel, view):
    assert panel._painted_view() is None
    panel.paint.setChecked(True)
    assert panel._painted_view() is view


def test_label_is_saved_for_the_hemispheres_that_have_it(panel, tmp_path):
    panel.name.setEditText("face")
    panel.save(tmp_path, ".label")
    found = read_label(tmp_path / "lh.face.label")
    assert len(found) == 21
    assert not (tmp_path / "rh.face.label").exists()
    panel.save(tmp_path, ".label")
    assert panel.message.level == "error"
    assert "lh.face.label" in panel.message.text


def test_all_regions_are_saved_as_one_annotation_per_hemisphere(panel, tmp_path):
    panel.name.setEditText("PPA")
    panel.paint_at(N + 24)
    panel.save(tmp_path, ".annot")
    left, _, names = read_annot(tmp_path / "lh.striate.annot")
    right, *_ = read_annot(tmp_path / "rh.striate.annot")
    assert [n.decode() for n in names] == ["unknown", "face", "PPA"]
    assert np.bincount(left).tolist() == [N - 21, 21]
    assert right[24] == 2
