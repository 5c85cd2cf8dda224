"""Cortex inside stock napari: readers of brain files, subjects, panels."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest
from napari.layers import Layer
from tests.cortex.brains import sheet
from tests.cortex.panel_parts import N, write_gifti, write_small_subject

from striate.errors import InputError
from striate_cortex.panels.cortex_layers import cortex_views
from striate_napari import cortex_readers as readers
from striate_napari import services


@pytest.fixture
def shared(own_home):
    yield services.shared_services()
    services.shut_down()


@pytest.fixture
def viewer(make_napari_viewer_proxy):
    return make_napari_viewer_proxy()


@pytest.fixture
def surface(tmp_path):
    half = sheet("left", -10)
    write_gifti(tmp_path / "lh.white.surf.gii", half.surfaces["white"], half.faces)
    return tmp_path / "lh.white.surf.gii"


@pytest.mark.parametrize("name", ["x.gii", "lh.pial", "x.nii.gz", "x.mgz", "x.txt", ""])
def test_asking_for_a_reader_never_raises(name, tmp_path):
    for ask in (
        readers.get_surface_reader, readers.get_brain_reader, readers.get_subject_reader
    ):  # fmt: skip
        ask(str(tmp_path / name))
        ask([])


def test_each_file_has_its_reader_and_others_are_left(tmp_path):
    surfaces = ["a.surf.gii", "a.gii.gz", "lh.pial", "rh.sphere.reg"]
    volumes = ["a.nii", "a.nii.gz", "a.mgz"]
    for name in surfaces:
        assert readers.get_surface_reader(name)
        assert not readers.get_brain_reader(name)
    for name in volumes:
        assert readers.get_brain_reader(name)
        assert not readers.get_surface_reader(name)
    for name in ("a.func.gii", "lh.curv", "a.dscalar.nii", "notes.txt"):
        assert not readers.get_surface_reader(name)
        assert not readers.get_brain_reader(name)


def test_surface_is_a_layer_in_z_y_x(surface):
    ((data, meta, kind),) = readers.read_surfaces(str(surface))
    layer = Layer.create(data, meta, kind)
    np.testing.assert_allclose(layer.vertices[:, 2], -10)
    assert layer.vertex_colors.shape == (N, 4)
    assert [str(u) for u in layer.units] == ["millimeter"] * 3


def test_volume_lies_where_its_affine_says(tmp_path):
    data = np.zeros((4, 5, 6), "f4")
    data[1, 2, 3] = 7
    affine = np.array([[-2, 0, 0, 9], [0, 3, 0, -8], [0, 1, 4, 5], [0, 0, 0, 1.0]])
    nibabel.save(nibabel.Nifti1Image(data, affine), tmp_path / "a.nii.gz")
    ((values, meta, kind),) = readers.read_brain(str(tmp_path / "a.nii.gz"))
    layer = Layer.create(values, meta, kind)
    assert layer.data[3, 2, 1] == 7
    x, y, z = (affine @ [1, 2, 3, 1])[:3]
    np.testing.assert_allclose(layer.data_to_world((3, 2, 1)), (z, y, x), atol=1e-5)


def test_time_series_has_its_time_first(tmp_path):
    data = np.random.default_rng(0).normal(size=(3, 4, 5, 6)).astype("f4")
    nibabel.save(nibabel.Nifti1Image(data, np.eye(4)), tmp_path / "a.nii")
    ((values, meta, kind),) = readers.read_brain(str(tmp_path / "a.nii"))
    layer = Layer.create(values, meta, kind)
    assert layer.data.shape == (6, 5, 4, 3)
    assert layer.data[2, 4, 3, 1] == data[1, 3, 4, 2]


def test_broken_file_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "a.nii").write_bytes(b"nothing of the kind")
    with pytest.raises(InputError, match=r"a\.nii"):
        readers.read_brain(str(tmp_path / "a.nii"))


def test_surface_and_volume_turn_the_viewer_so_that_left_is_left(viewer, surface):
    assert viewer.scene.camera.handedness.value == "right"
    readers.read_surfaces(str(surface))
    assert viewer.scene.camera.handedness.value == "left"


def test_subject_opens_in_the_viewer_in_front(viewer, tmp_path):
    folder = str(write_small_subject(tmp_path / "small").folder)
    assert readers.get_subject_reader(folder) is readers.read_subjects
    viewer.open(folder, plugin="striate")
    (view,) = cortex_views(viewer)
    assert view.subject.title == "Small subject"
    assert viewer.dims.ndisplay == 3


def test_panels_work_in_stock_napari(viewer, shared, tmp_path, qtbot):
    from striate_napari.cortex_widgets import CortexMapWidget, SubjectWidget, UnitWidget

    readers.read_subjects(str(write_small_subject(tmp_path / "small").folder))
    panels = [kind(viewer) for kind in (SubjectWidget, CortexMapWidget, UnitWidget)]
    for panel in panels:
        viewer.window.add_dock_widget(panel)
    subject, shown, unit = panels
    (view,) = cortex_views(viewer)
    assert {p.view() for p in panels} == {view}
    subject.go_to("flat")
    shown.show_map("ceiling")
    view.pick(8)
    assert unit.place.lines["Map"].text() == "Noise ceiling: 40 %"
    for panel in panels:
        panel.close()
