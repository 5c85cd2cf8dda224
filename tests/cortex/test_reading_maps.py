"""Values of vertices come without a surface, and find one that fits."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest
from nibabel import cifti2

from striate.errors import InputError
from striate_cortex.reading import read_maps
from striate_cortex.reading.maps import surface_beside

POINTS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)


def gifti(path, arrays, intent, *, names=(), structure="", labels=()):
    image = nibabel.GiftiImage()
    if structure:
        image.meta["AnatomicalStructurePrimary"] = structure
    for k, values in enumerate(arrays):
        array = nibabel.gifti.GiftiDataArray(values, intent=intent)
        if names:
            array.meta["Name"] = names[k]
        image.add_gifti_data_array(array)
    for key, name, rgba in labels:
        label = nibabel.gifti.GiftiLabel(key, *rgba)
        label.label = name
        image.labeltable.labels.append(label)
    path.write_bytes(image.to_bytes())
    return path


def cifti(path, axis, values):
    left = cifti2.BrainModelAxis.from_surface([0, 2], 4, "CortexLeft")
    right = cifti2.BrainModelAxis.from_surface([1, 2, 3], 4, "CortexRight")
    deep = cifti2.BrainModelAxis.from_mask(
        np.ones((1, 1, 1)), "thalamus_left", np.eye(4)
    )
    image = cifti2.Cifti2Image(np.float32(values), (axis, left + right + deep))
    nibabel.save(image, path)
    return path


def test_gifti_maps_have_names_and_a_side(tmp_path):
    values = np.float32([[1, 2, 3, 4], [5, 6, 7, 8]])
    path = gifti(tmp_path / "x.func.gii", values, "NIFTI_INTENT_ZSCORE",
                 names=("faces", "places"), structure="CortexRight")  # fmt: skip

    (maps,) = read_maps(path)

    np.testing.assert_array_equal(maps.values, values)
    assert maps.names == ("faces", "places")
    assert maps.side == "right"
    assert not maps.colours


def test_gifti_labels_bring_their_colours(tmp_path):
    path = gifti(tmp_path / "lh.x.label.gii", [np.int32([0, 1, 1, 0])],
                 "NIFTI_INTENT_LABEL", labels=[(0, "???", (0, 0, 0, 0)),
                                               (1, "FFA", (1, 0.5, 0, 1))])  # fmt: skip

    (maps,) = read_maps(path)

    assert maps.side == "left"
    assert maps.colours[0][1] == ("FFA", (1, 0.5, 0, 1))
    assert maps.values.tolist() == [[0, 1, 1, 0]]


def test_cifti_maps_are_of_two_hemispheres_and_miss_the_medial_wall(tmp_path):
    axis = cifti2.ScalarAxis(["a", "b"])
    path = cifti(tmp_path / "x.dscalar.nii", axis, [range(6), range(10, 16)])

    left, right = read_maps(path)

    assert (left.side, right.side) == ("left", "right")
    assert left.names == ("a", "b")
    np.testing.assert_array_equal(left.values[1], [10, np.nan, 11, np.nan])
    np.testing.assert_array_equal(right.values[0], [np.nan, 2, 3, 4])


def test_cifti_times_and_labels(tmp_path):
    series = cifti2.SeriesAxis(0, 0.72, 3)
    times = cifti(tmp_path / "x.dtseries.nii", series, np.ones((3, 6)))
    table = {0: ("???", (1, 1, 1, 0)), 4: ("V1", (0, 0, 1, 1))}
    axis = cifti2.LabelAxis(["areas"], [table])
    labels = cifti(tmp_path / "x.dlabel.nii", axis, [[4, 0, 4, 4, 0, 0]])

    assert read_maps(times)[0].values.shape == (3, 4)
    assert read_maps(times)[0].names == ()
    left, right = read_maps(labels)
    assert left.colours[0][4] == ("V1", (0, 0, 1, 1))
    np.testing.assert_array_equal(right.values[0], [np.nan, 4, 4, 0])


def test_annotations_and_curvature(tmp_path):
    annot, curv = tmp_path / "lh.aparc.annot", tmp_path / "rh.curv"
    nibabel.freesurfer.write_annot(
        str(annot), np.array([0, 1, 1, 0]),
        np.array([[9, 9, 9, 0], [255, 0, 51, 0]]), [b"unknown", b"V1"],
    )  # fmt: skip
    nibabel.freesurfer.write_morph_data(str(curv), np.float32([1, 2, 3, 4]))

    assert read_maps(annot)[0].colours[0][1] == ("V1", (1, 0, 0.2, 1))
    assert read_maps(curv)[0].side == "right"
    assert read_maps(curv)[0].values.tolist() == [[1, 2, 3, 4]]


def test_the_surface_beside_is_of_the_side_and_size_and_inflated_if_it_can(tmp_path):
    for name, points in (("lh.white", POINTS), ("lh.inflated", 2 * POINTS),
                         ("rh.inflated", 3 * POINTS),
                         ("lh.pial", POINTS[[0, 1, 2]])):  # fmt: skip
        faces = FACES if len(points) == 4 else FACES[:1]
        nibabel.freesurfer.write_geometry(str(tmp_path / name), points, faces)

    beside = tmp_path / "lh.x.func.gii"

    np.testing.assert_array_equal(
        surface_beside(beside, 4, "left").vertices, 2 * POINTS
    )
    np.testing.assert_array_equal(
        surface_beside(beside, 4, "right").vertices, 3 * POINTS
    )
    assert len(surface_beside(beside, 3, "left").vertices) == 3
    assert surface_beside(beside, 5, "left") is None


def test_values_of_fsaverage5_always_find_their_surface(tmp_path):
    mesh = surface_beside(tmp_path / "x.func.gii", 10_242, "left")

    assert mesh.vertices[:, 0].mean() < 0


@pytest.mark.parametrize("name", ["x.func.gii", "x.dscalar.nii", "lh.x.annot"])
def test_damaged_maps_are_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"not at all what it says")

    with pytest.raises(InputError, match=name):
        read_maps(tmp_path / name)


def test_volumes_and_parcels_are_no_maps_of_vertices(tmp_path):
    nibabel.save(
        nibabel.Nifti1Image(np.zeros((2, 2, 2)), np.eye(4)), tmp_path / "a.nii"
    )
    with pytest.raises(InputError, match="no CIFTI-2 file"):
        read_maps(tmp_path / "a.nii")
    one = cifti2.BrainModelAxis.from_surface([0, 2], 4, "CortexLeft")
    axis = cifti2.ParcelsAxis.from_brain_models([("a", one)])
    image = cifti2.Cifti2Image(np.ones((1, 1)), (cifti2.ScalarAxis(["x"]), axis))
    nibabel.save(image, tmp_path / "x.pscalar.nii")
    with pytest.raises(InputError, match="parcels"):
        read_maps(tmp_path / "x.pscalar.nii")
