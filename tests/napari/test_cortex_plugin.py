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
        readers.get_surface_reader, readers.get_brain_reader, readers.get_map_reader,
        readers.get_subject_reader,
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
    maps = ["a.func.gii", "a.label.gii", "lh.curv", "a.dscalar.nii", "lh.aparc.annot"]
    for name in maps:
        assert readers.get_map_reader(name)
    for name in [*maps, "notes.txt"]:
        assert not readers.get_surface_reader(name)
        assert not readers.get_brain_reader(name)
    for name in [*surfaces, *volumes, "notes.txt"]:
        assert not readers.get_map_reader(name)


def test_surface_is_a_layer_in_z_y_x(surface):
    ((data, meta, kind),) = readers.read_surfaces(str(surface))
    layer = Layer.create(data, meta, kind)
    np.testing.assert_allclose(layer.vertices[:, 2], -10)
    assert layer.vertex_colors.shape == (N, 4)
    assert [str(u) for u in layer.units] == ["millimeter"] * 3


def func_gifti(path, *maps):
    image = nibabel.GiftiImage()
    for values in maps:
        array = nibabel.gifti.GiftiDataArray(
            np.float32(values), intent="NIFTI_INTENT_NONE"
        )
        image.add_gifti_data_array(array)
    path.write_bytes(image.to_bytes())
    return path


def test_values_lie_on_the_surface_beside_them(surface, tmp_path):
    values = np.linspace(-1, 3, N)
    one = func_gifti(tmp_path / "lh.z.func.gii", values)
    two = func_gifti(tmp_path / "lh.zz.func.gii", values, 2 * values)

    layer = Layer.create(*readers.read_map_files(str(one))[0])
    np.testing.assert_allclose(layer.vertex_values, values, atol=1e-6)
    np.testing.assert_allclose(layer.vertices[:, 2], -10)
    low, high = layer.contrast_limits
    assert low == -high < 0
    several = Layer.create(*readers.read_map_files(str(two))[0])
    assert several.ndim == 4
    assert several.vertex_values.shape == (2, N)
    # A name that does not say it holds values is told by its contents.
    plain = one.rename(tmp_path / "lh.z.gii")
    ((_, meta, kind),) = readers.read_surfaces(str(plain))
    assert (meta["name"], kind) == ("lh.z.gii", "surface")


def test_values_lie_on_a_surface_that_is_open(viewer, surface, tmp_path):
    viewer.open(str(surface), plugin="striate")
    (tmp_path / "other").mkdir()
    path = func_gifti(tmp_path / "other" / "lh.z.func.gii", np.arange(N))

    viewer.open(str(path), plugin="striate")

    assert [layer.name for layer in viewer.layers] == [surface.name, path.name]
    np.testing.assert_allclose(viewer.layers[1].vertices, viewer.layers[0].vertices)


def test_values_without_a_surface_say_what_is_missing(tmp_path):
    path = func_gifti(tmp_path / "lh.z.func.gii", np.arange(N))

    with pytest.raises(InputError, match="no left surface of that many lies beside"):
        readers.read_map_files(str(path))


def test_cifti_is_two_layers_without_the_medial_wall(tmp_path):
    from nibabel import cifti2

    for side, x in (("lh", -10), ("rh", 10)):
        half = sheet("left" if side == "lh" else "right", x)
        write_gifti(
            tmp_path / f"{side}.white.surf.gii", half.surfaces["white"], half.faces
        )
    halves = [cifti2.BrainModelAxis.from_surface(np.arange(2, N), N, name)
              for name in ("CortexLeft", "CortexRight")]  # fmt: skip
    image = cifti2.Cifti2Image(
        np.arange(2 * (N - 2), dtype=np.float32)[None],
        (cifti2.ScalarAxis(["z"]), halves[0] + halves[1]),
    )
    nibabel.save(image, tmp_path / "z.dscalar.nii")

    left, right = (
        Layer.create(*data)
        for data in readers.read_map_files(str(tmp_path / "z.dscalar.nii"))
    )

    assert (left.name, right.name) == ("z.dscalar.nii (left)", "z.dscalar.nii (right)")
    assert not np.isin(left.faces, [0, 1]).any()
    assert left.vertex_values[2] == 0
    assert right.vertex_values[2] == N - 2
    assert left.vertices[:, 2].mean() < 0 < right.vertices[:, 2].mean()


def test_labels_keep_their_colours(surface, tmp_path):
    codes = np.zeros(N, int)
    codes[:5] = 1
    nibabel.freesurfer.write_annot(
        str(tmp_path / "lh.x.annot"), codes,
        np.array([[25, 5, 25, 0], [255, 0, 51, 0]]), [b"unknown", b"V1"],
    )  # fmt: skip

    layer = Layer.create(*readers.read_map_files(str(tmp_path / "lh.x.annot"))[0])

    np.testing.assert_allclose(layer.vertex_colors[3], [1, 0, 0.2, 1])
    assert layer.metadata["labels"][0][1] == "V1"


def test_values_in_mgh_are_no_volume(surface, tmp_path):
    values = np.arange(N, dtype=np.float32)[:, None, None]
    nibabel.save(nibabel.MGHImage(values, np.eye(4)), tmp_path / "lh.z.mgz")

    ((_, _, kind),) = readers.read_brain(str(tmp_path / "lh.z.mgz"))

    assert kind == "surface"


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
