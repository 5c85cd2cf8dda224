"""A subject is a small file that refers to others, and says what does not fit."""

from __future__ import annotations

import json

import numpy as np
import pytest

from striate.errors import InputError, OutputError
from striate_cortex import UnitTable, read_subject, write_subject
from striate_cortex.subjects import SubjectManifest
from striate_cortex.subjects.spaces import sample

FSAVERAGE = "nilearn:fsaverage5"
WHITE = {"left": f"{FSAVERAGE}/white_left.gii.gz",
         "right": f"{FSAVERAGE}/white_right.gii.gz"}  # fmt: skip


def manifest(**values):
    return SubjectManifest.model_validate({"name": "s", **values})


@pytest.mark.parametrize("person", [1, 2, 3])
def test_the_real_voxels_that_ship(person):
    from striate import resources

    subject = read_subject(resources.path(f"samples/bold5000_weights/csi{person}"))
    units, model = subject.units, subject.model()

    assert len(units) == len(model) == [1685, 2270, 3104][person - 1]
    assert model.weights.dtype == np.float32
    assert set(units.rois) == {"EarlyVis", "LOC", "PPA", "OPA", "RSC"}
    assert not subject.simulated
    # Left is left, and the parahippocampal voxels are in front of the early ones.
    assert (units.mni[units.on_left, 0] < 5).all()
    front = units.mni[units.rois["PPA"], 1].mean()
    assert front > units.mni[units.rois["EarlyVis"], 1].mean() + 20


def test_places_tuned_voxels_agree_between_people():
    """Directions of weights say the region: real selectivity, across people."""
    from striate import resources

    found = {}
    for person in (1, 3):
        subject = read_subject(resources.path(f"samples/bold5000_weights/csi{person}"))
        weights = subject.model().weights
        for region in ("PPA", "EarlyVis"):
            mean = weights[subject.units.rois[region]].mean(0) - weights.mean(0)
            found[region, person] = mean / np.linalg.norm(mean)

    same = found["PPA", 1] @ found["PPA", 3]
    other = found["PPA", 1] @ found["EarlyVis", 3]
    assert same > 0.5 > 0.1 > other


def test_a_unit_is_found_from_its_vertex_and_painted_there():
    units = UnitTable("voxel", (3, 2), [0, 0, 4, -1], shown=[1, -1, 1, -1, 2])

    assert units.at(0).tolist() == [1, 0]
    assert units.at(4).tolist() == [2]
    assert units.at(3).tolist() == []
    painted = units.paint(np.array([10, 20, 30, 40]))
    np.testing.assert_array_equal(painted, [20, np.nan, 20, np.nan, 30])
    with pytest.raises(InputError, match="no vertex 5"):
        units.at(5)


def test_units_come_back_from_their_file(tmp_path):
    units = UnitTable(
        "voxel", (3, 2), [0, 2, 4], xyz=np.ones((3, 3), np.float32),
        rois={"V1": np.array([1, 0, 0], bool), "V2": np.array([0, 1, 1], bool)},
        labels={"person": np.array(["a", "b", "a"])},
    )  # fmt: skip

    back = UnitTable.read(units.write(tmp_path / "u.safetensors"))

    assert back.n_vertices == (3, 2)
    assert back.vertex.tolist() == [0, 2, 4]
    assert back.regions_of(2) == ["V2"]
    assert back.labels["person"].tolist() == ["a", "b", "a"]


def test_what_it_refers_to_must_be_there(tmp_path):
    with pytest.raises(InputError, match=r"names nothing\.gii, which is not there"):
        write_subject(tmp_path, manifest(surfaces={"white": {"left": "nothing.gii"}}))

    write_subject(tmp_path, manifest(surfaces={"white": WHITE}))
    with pytest.raises(OutputError, match="already exists"):
        write_subject(tmp_path, manifest(surfaces={"white": WHITE}))
    assert read_subject(tmp_path).n_vertices == (10_242, 10_242)


def test_a_folder_that_is_no_subject_says_what_would_be(tmp_path):
    with pytest.raises(InputError, match=r"is no subject: give a folder with a"):
        read_subject(tmp_path)
    (tmp_path / "subject.json").write_text(json.dumps({"nam": "x"}))
    with pytest.raises(InputError, match="name: Field required"):
        read_subject(tmp_path)


def test_responses_of_another_surface_are_refused(tmp_path):
    np.save(tmp_path / "y.npy", np.zeros((5, 20_000), np.float32))
    values = {"surfaces": {"white": WHITE}, "responses": [{"path": "y.npy"}]}
    subject = write_subject(tmp_path, manifest(**values))

    with pytest.raises(InputError, match="20,000 values a trial and s has 20,484"):
        _ = subject.responses


def test_swapped_hemispheres_are_noticed(tmp_path):
    swapped = {"left": WHITE["right"], "right": WHITE["left"]}
    subject = write_subject(tmp_path, manifest(surfaces={"white": swapped}))

    with pytest.raises(InputError, match="left"):
        _ = subject.brain


def test_a_surface_that_says_it_is_the_other_one_is_refused(tmp_path):
    import shutil

    from striate_cortex.subjects.manifest import resolve

    # Its name says nothing, and its contents CortexRight.
    shutil.copy(resolve(WHITE["right"], tmp_path), tmp_path / "a.gii.gz")
    surfaces = {"inflated": {"left": "a.gii.gz", "right": WHITE["right"]}}
    subject = write_subject(tmp_path, manifest(surfaces=surfaces))

    with pytest.raises(InputError, match="says that it is the right one"):
        _ = subject.brain


def test_surfaces_and_labels_named_after_the_other_side_are_refused(tmp_path):
    label = tmp_path / "rh.FFA.label"
    label.write_text("#!ascii label\n1\n1 0 0 0 0.0\n")
    rois = {"left": [str(label)]}
    subject = write_subject(tmp_path, manifest(surfaces={"white": WHITE}, rois=rois))

    with pytest.raises(InputError, match="named after the right one"):
        _ = subject.units


@pytest.mark.parametrize("masked", [True, False])
def test_plain_arrays_with_an_index_are_units(tmp_path, masked):
    vertex = np.array([3, 10, 10_242 + 7])
    mask = np.isin(np.arange(20_484), vertex)
    np.save(tmp_path / "index.npy", mask if masked else vertex)
    np.save(tmp_path / "y.npy", np.arange(15, dtype=np.float32).reshape(5, 3))
    values = {"surfaces": {"white": WHITE}, "units": "index.npy",
              "responses": [{"path": "y.npy"}]}  # fmt: skip
    subject = write_subject(tmp_path, manifest(**values))

    assert subject.units.vertex.tolist() == vertex.tolist()
    assert subject.units.on_left.tolist() == [1, 1, 0]
    assert subject.responses.shape == (5, 3)


def test_cifti_is_responses_and_says_of_which_vertices(tmp_path):
    import nibabel
    from nibabel import cifti2

    axis = cifti2.BrainModelAxis
    left = axis.from_surface([3, 10], 10_242, "CortexLeft")
    right = axis.from_surface([7], 10_242, "CortexRight")
    deep = axis.from_mask(np.ones((1, 1, 2)), "putamen_left", np.eye(4))
    made = np.arange(20, dtype=np.float32).reshape(4, 5)
    image = cifti2.Cifti2Image(made, (cifti2.SeriesAxis(0, 1, 4), left + right + deep))
    nibabel.save(image, tmp_path / "run.dtseries.nii")
    values = {"surfaces": {"white": WHITE}, "units": "run.dtseries.nii",
              "responses": [{"path": "run.dtseries.nii"}]}  # fmt: skip

    subject = write_subject(tmp_path, manifest(**values))

    assert subject.units.vertex.tolist() == [3, 10, 10_242 + 7]
    np.testing.assert_array_equal(subject.responses.sessions[0][:, :], made[:, :3])


def test_an_index_of_another_surface_is_refused(tmp_path):
    np.save(tmp_path / "index.npy", np.array([1, 2, 20_484]))
    values = {"surfaces": {"white": WHITE}, "units": "index.npy"}
    subject = write_subject(tmp_path, manifest(**values))

    with pytest.raises(InputError, match="from 0 to 20,483"):
        _ = subject.units


def test_a_design_tells_which_stimulus_a_trial_showed(tmp_path):
    np.save(tmp_path / "y.npy", np.zeros((5, 2), np.float32))
    np.save(tmp_path / "x.npy", np.arange(8.0).reshape(4, 2))
    np.save(tmp_path / "shown.npy", np.array([3, 0, 3, 2, 1]))
    np.save(tmp_path / "index.npy", np.array([0, 1]))
    values = {"surfaces": {"white": WHITE}, "units": "index.npy",
              "responses": [{"path": "y.npy"}], "design": "shown.npy",
              "features": {"f": "x.npy"}}  # fmt: skip
    subject = write_subject(tmp_path, manifest(**values))

    assert subject.features("f")[:, 0].tolist() == [6, 0, 6, 4, 2]
    np.save(tmp_path / "shown.npy", np.array([0, 1]))
    with pytest.raises(InputError, match="images of 2 trials"):
        _ = read_subject(tmp_path).design


def test_voxels_of_a_mask_find_their_vertices(tmp_path):
    import nibabel

    affine = np.diag([4.0, 4, 4, 1])
    affine[:3, 3] = [-90, -126, -72]
    mask = np.ones((46, 55, 46), np.uint8)
    nibabel.save(nibabel.Nifti1Image(mask, affine), tmp_path / "mask.nii.gz")
    surfaces = {"white": WHITE}
    subject = write_subject(tmp_path, manifest(surfaces=surfaces, mask="mask.nii.gz"))

    units = subject.units

    assert len(units) == mask.size
    vertex = 4321
    place = subject.brain.vertices("white")[vertex]
    away = np.abs(units.xyz[units.unit_of_vertex[vertex]] - place)
    assert (away <= 2.01).all()


def test_volumes_reach_the_vertices_by_a_transform_of_pycortex(real_data):
    """The reference scan is bright in the brain: so it is at nearly every vertex."""
    import nibabel

    folder = real_data("pycortex_S1")
    subject = read_subject(folder)
    path = folder / "transforms" / "fullhead" / "reference.nii.gz"

    values = sample(subject, path, transform="fullhead", depths=[0.5])

    whole = np.asarray(nibabel.load(path).dataobj)
    assert np.isfinite(values).mean() > 0.98
    bright = np.percentile(whole, 95) / 3
    # With its axes in another order it is 0.77 of them at most.
    assert (values[np.isfinite(values)] > bright).mean() > 0.9
    with pytest.raises(InputError, match="not in one space"):
        sample(subject, path, transform="retinotopy")
    with pytest.raises(InputError, match="has no transform 'x'"):
        sample(subject, path, transform="x")


def test_voxels_of_a_mask_lie_where_the_transform_says(tmp_path):
    import nibabel

    moved = np.diag([4.0, 4, 4, 1])
    moved[:3, 3] = [-90, -126, -72]
    mask = nibabel.Nifti1Image(np.ones((46, 55, 46), np.uint8), np.eye(4))
    nibabel.save(mask, tmp_path / "mask.nii.gz")
    to_voxels = {"coord": np.linalg.inv(moved).tolist()}
    (tmp_path / "m.xfm").write_text(json.dumps(to_voxels))
    values = {"surfaces": {"white": WHITE}, "mask": "mask.nii.gz", "transforms": {
        "epi": {"reference": "mask.nii.gz", "file": "m.xfm"}}}  # fmt: skip
    subject = write_subject(tmp_path, manifest(**values))

    xyz = subject.units.xyz

    np.testing.assert_allclose(xyz[[0, -1]], [[-90, -126, -72], [90, 90, 108]])
    (tmp_path / "m.xfm").write_text("{}")
    with pytest.raises(InputError, match=r"m\.xfm is no transform of pycortex"):
        _ = read_subject(tmp_path).units


def test_the_haxby_slice_is_a_subject_whose_faces_and_houses_differ(
    real_data, tmp_path
):
    from striate.jobs.context import JobContext
    from striate_cortex.encoding.fitting import fit_and_score
    from striate_cortex.encoding.params import FitParams
    from striate_cortex.subjects.haxby import haxby_subject

    data = real_data("haxby_pymvpa") / "mvpa2" / "data"
    files = [str(data / n) for n in
             ("bold.nii.gz", "mask.nii.gz", "attributes_literal.txt")]  # fmt: skip
    subject = haxby_subject(tmp_path, *files)
    features = {"categories": subject.features("categories")}

    model = fit_and_score(
        features, subject.responses, FitParams(held_out=0), JobContext(), facts={}
    )

    assert len(subject.units) == len(model) == 530
    assert len(subject.manifest.facts["categories"]) == 8
    assert np.median(model.scores["r2_gcv"]) > 0.3
    face, house = (subject.manifest.facts["categories"].index(c)
                   for c in ("face", "house"))  # fmt: skip
    contrast = model.weights[:, face] - model.weights[:, house]
    # Some voxels prefer faces and more prefer houses, by percents of their mean.
    relative = contrast / model.predict(features["categories"]).mean(axis=0)
    assert (relative > 0.005).sum() > 5
    assert (relative < -0.005).sum() > 20
