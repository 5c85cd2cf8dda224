"""Files of brain imaging come in whole, or say what is wrong with them."""

from __future__ import annotations

import gzip

import h5py
import nibabel
import numpy as np
import pytest

from striate.errors import InputError
from striate_cortex import read_subject
from striate_cortex.reading import (
    read_array,
    read_checkpoint,
    read_cifti,
    read_labels,
    read_mesh,
    read_surface_data,
    read_volume,
)
from striate_cortex.reading.meshes import Mesh
from striate_cortex.reading.patches import read_patch
from striate_cortex.reading.sessions import open_session
from striate_cortex.reading.sides import named_side

POINTS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
GIFTI = nibabel.gifti


def gifti(path, *arrays, labels=None):
    image = GIFTI.GiftiImage()
    for data, intent in arrays:
        image.add_gifti_data_array(GIFTI.GiftiDataArray(data, intent=intent))
    if labels:
        for key, name in labels.items():
            label = GIFTI.GiftiLabel(key)
            label.label = name
            image.labeltable.labels.append(label)
    content = image.to_bytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.mark.parametrize("name", ["s.surf.gii", "s.gii.gz"])
def test_gifti_surfaces(tmp_path, name):
    path = gifti(tmp_path / name, (POINTS, "NIFTI_INTENT_POINTSET"),
                 (FACES, "NIFTI_INTENT_TRIANGLE"))  # fmt: skip

    mesh = read_mesh(path)

    np.testing.assert_array_equal(mesh.vertices, POINTS)
    np.testing.assert_array_equal(mesh.faces, FACES)


def test_freesurfer_surfaces_are_moved_to_scanner_space(tmp_path):
    path = tmp_path / "lh.white"
    facts = {"head": [2, 0, 20], "valid": "1  # volume info valid",
             "filename": "x.mgz", "volume": [256] * 3, "voxelsize": [1.0] * 3,
             "xras": [-1.0, 0, 0], "yras": [0, 0, -1.0], "zras": [0, 1.0, 0],
             "cras": [5.0, -17.0, 19.0]}  # fmt: skip
    nibabel.freesurfer.write_geometry(str(path), POINTS, FACES, volume_info=facts)

    mesh = read_mesh(path)

    np.testing.assert_allclose(
        mesh.vertices, POINTS + np.float32([5, -17, 19]), atol=1e-5
    )
    np.testing.assert_array_equal(mesh.faces, FACES)


def write_patch(path, vertices, places):
    """Write as mris_flatten does: numbered from 1, those on the border negative."""
    record = np.dtype([("vertex", ">i4"), ("place", ">f4", 3)])
    rows = np.zeros(len(vertices), record)
    rows["vertex"], rows["place"] = vertices, places
    head = np.array([-1, len(vertices)], ">i4").tobytes()
    path.write_bytes(head + rows.tobytes())
    return path


def test_flat_patches_of_freesurfer_take_the_triangles_they_were_cut_from(tmp_path):
    places = np.array([[5, 6, 0], [7, 8, 0], [9, 1, 0]], np.float32)
    path = write_patch(tmp_path / "lh.full.flat.patch.3d", [1, -3, 4], places)

    patch = read_patch(path, Mesh(POINTS, FACES))

    np.testing.assert_array_equal(patch.vertices[[0, 2, 3]], places)
    np.testing.assert_array_equal(patch.vertices[1], 0)
    assert patch.faces.tolist() == [[0, 3, 2]]


def test_patches_of_another_surface_or_damaged_are_refused(tmp_path):
    path = write_patch(tmp_path / "lh.patch", [1, 2, 9], np.zeros((3, 3)))
    with pytest.raises(InputError, match="names vertex 8 and the surface has 4"):
        read_patch(path, Mesh(POINTS, FACES))
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(InputError, match=r"lh\.patch cannot be read"):
        read_patch(path, Mesh(POINTS, FACES))
    nibabel.freesurfer.write_morph_data(str(tmp_path / "lh.curv"), np.zeros(4))
    with pytest.raises(InputError, match="no FreeSurfer patch"):
        read_patch(tmp_path / "lh.curv", Mesh(POINTS, FACES))


def test_a_folder_of_freesurfer_needs_no_manifest(tmp_path):
    surf, label = tmp_path / "bert" / "surf", tmp_path / "bert" / "label"
    surf.mkdir(parents=True)
    label.mkdir()
    for side, x in (("lh", -30), ("rh", 30)):
        for kind in ("white", "inflated"):
            nibabel.freesurfer.write_geometry(
                str(surf / f"{side}.{kind}"), POINTS + np.float32([x, 0, 0]), FACES
            )
        write_patch(surf / f"{side}.full.flat.patch.3d", [1, 3, 4], POINTS[:3])
        nibabel.freesurfer.write_morph_data(
            str(surf / f"{side}.curv"), np.arange(4, dtype=np.float32)
        )
        nibabel.freesurfer.write_annot(
            str(label / f"{side}.aparc.annot"), np.array([0, 1, 1, 0]),
            np.array([[9, 9, 9, 0], [1, 0, 0, 0]]), [b"unknown", b"fusiform"],
        )  # fmt: skip

    subject = read_subject(tmp_path / "bert")

    assert subject.title == "bert (FreeSurfer)"
    assert subject.brain.kinds == ("white", "inflated", "flat")
    assert len(subject.brain.faces(flat=True)) == 2
    np.testing.assert_array_equal(subject.brain.curvature, [0, 1, 2, 3] * 2)
    assert subject.units.rois["fusiform"].tolist() == [0, 1, 1, 0] * 2


def test_numbers_on_vertices(tmp_path):
    values = np.array([1, -2, 3.5, 0], np.float32)
    nibabel.freesurfer.write_morph_data(str(tmp_path / "lh.curv"), values)
    nibabel.save(nibabel.MGHImage(values[:, None, None], np.eye(4)), tmp_path / "x.mgz")
    series = np.stack([values, 2 * values], axis=1)
    nibabel.save(
        nibabel.MGHImage(series[:, None, None, :], np.eye(4)), tmp_path / "t.mgh"
    )
    gifti(tmp_path / "x.func.gii", (values, "NIFTI_INTENT_NONE"),
          (2 * values, "NIFTI_INTENT_NONE"))  # fmt: skip

    np.testing.assert_array_equal(read_surface_data(tmp_path / "lh.curv"), values)
    np.testing.assert_array_equal(read_surface_data(tmp_path / "x.mgz"), values)
    np.testing.assert_array_equal(read_surface_data(tmp_path / "t.mgh"), series)
    np.testing.assert_array_equal(read_surface_data(tmp_path / "x.func.gii"), series)


def test_labels_of_every_kind(tmp_path):
    (tmp_path / "lh.FFA.label").write_text(
        "#!ascii label\n2\n1 0 0 0 0.0\n3 0 0 1 0.0\n"
    )
    nibabel.freesurfer.write_annot(
        str(tmp_path / "lh.aparc.annot"), np.array([0, 1, 1, 2]),
        np.array([[9, 9, 9, 0], [1, 0, 0, 0], [0, 1, 0, 0]]),
        [b"unknown", b"V1", b"V2"],
    )  # fmt: skip
    gifti(tmp_path / "x.label.gii", (np.array([0, 1, 1, 2], np.int32),
          "NIFTI_INTENT_LABEL"), labels={0: "???", 1: "V1", 2: "V2"})  # fmt: skip

    assert read_labels(tmp_path / "lh.FFA.label", 4)["FFA"].tolist() == [0, 1, 0, 1]
    for name in ("lh.aparc.annot", "x.label.gii"):
        found = read_labels(tmp_path / name, 4)
        assert list(found) == ["V1", "V2"]
        assert found["V1"].tolist() == [0, 1, 1, 0]
    with pytest.raises(InputError, match="surface has 5"):
        read_labels(tmp_path / "lh.aparc.annot", 5)
    with pytest.raises(InputError, match="other hemisphere"):
        read_labels(tmp_path / "lh.FFA.label", 2)


def test_codes_in_mgz_are_named_by_the_table_beside_them(tmp_path):
    codes = np.array([0, 1, 2, 2], np.int32)[:, None, None]
    for name in ("lh.floc-faces.mgz", "lh.V1.mgz"):
        values = codes if "floc" in name else np.minimum(codes, 1)
        nibabel.save(nibabel.MGHImage(values, np.eye(4)), tmp_path / name)
    (tmp_path / "floc-faces.mgz.ctab").write_text("0 Unknown\n1 OFA\n2 FFA-1\n")

    assert list(read_labels(tmp_path / "lh.floc-faces.mgz", 4)) == ["OFA", "FFA-1"]
    assert read_labels(tmp_path / "lh.V1.mgz", 4)["V1"].tolist() == [0, 1, 1, 1]
    image = nibabel.MGHImage(np.float32([0, 0.5, 1, 2])[:, None, None], np.eye(4))
    nibabel.save(image, tmp_path / "lh.thickness.mgz")
    with pytest.raises(InputError, match="measurements and not codes"):
        read_labels(tmp_path / "lh.thickness.mgz", 4)


def test_cifti_vertices_of_both_hemispheres(tmp_path):
    from nibabel import cifti2

    left = cifti2.BrainModelAxis.from_surface([0, 2], 4, "CortexLeft")
    right = cifti2.BrainModelAxis.from_surface([1, 3], 5, "CortexRight")
    voxels = cifti2.BrainModelAxis.from_mask(
        np.ones((1, 1, 2)), "thalamus_left", np.eye(4)
    )
    maps = cifti2.ScalarAxis(["sulc"])
    image = cifti2.Cifti2Image(
        np.arange(6, dtype=np.float32)[None], (maps, voxels + left + right)
    )
    nibabel.save(image, tmp_path / "x.dscalar.nii")

    data = read_cifti(tmp_path / "x.dscalar.nii")

    assert data.names == ("sulc",)
    assert data.values.tolist() == [[2, 3, 4, 5]]
    assert data.units.n_vertices == (4, 5)
    assert data.units.vertex.tolist() == [0, 2, 4 + 1, 4 + 3]


def test_volumes_are_scaled_and_know_their_millimetres(tmp_path):
    affine = np.diag([2.0, 2, 3, 1])
    image = nibabel.Nifti1Image(np.arange(24, dtype=np.int16).reshape(2, 3, 4), affine)
    image.header.set_slope_inter(0.5, 1)
    nibabel.save(image, tmp_path / "x.nii.gz")

    volume = read_volume(tmp_path / "x.nii.gz")

    assert volume.data.shape == (2, 3, 4, 1)
    assert volume.data[1, 2, 3, 0] == 23 * 0.5 + 1
    np.testing.assert_array_equal(volume.affine, affine)


@pytest.mark.parametrize(
    ("read", "name"),
    [(read_mesh, "s.gii"), (read_surface_data, "s.func.gii"), (read_volume, "s.nii.gz"),
     (read_array, "s.npy"), (read_array, "s.h5"), (read_cifti, "s.dscalar.nii"),
     (read_mesh, "s.gii.gz")],
)  # fmt: skip
def test_damaged_files_are_named(tmp_path, read, name):
    path = tmp_path / name
    path.write_bytes(b"not at all what it says")

    with pytest.raises(InputError, match=name):
        read(path)


def test_pickles_are_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], object), allow_pickle=True)
    (tmp_path / "x.pkl").write_bytes(b"\x80\x04N.")

    for name in ("x.npy", "x.pkl"):
        with pytest.raises(InputError, match="run code"):
            read_array(tmp_path / name)


# ---- Sessions


def test_nsd_bricks_are_read_as_their_nifti_is(tmp_path):
    rng = np.random.default_rng(0)
    betas = rng.integers(-3000, 3000, (9, 8, 3, 7), dtype=np.int16)
    mask = rng.random((9, 8, 3)) > 0.4
    with h5py.File(tmp_path / "betas_session01.hdf5", "w") as file:
        file["betas"] = betas.T
    for name in ("b.nii", "b.nii.gz"):
        nibabel.save(nibabel.Nifti1Image(betas, np.eye(4)), tmp_path / name)

    for name in ("betas_session01.hdf5", "b.nii", "b.nii.gz"):
        session = open_session([tmp_path / name], scale=300, mask=mask)
        assert session.shape == (7, mask.sum())
        expected = betas[mask].T / 300
        # All, some, and one as a click asks for it: three ways of reading.
        for units in (slice(None), slice(3, 9), slice(5, 6)):
            np.testing.assert_allclose(session[:, units], expected[:, units], atol=1e-5)


def test_hemispheres_of_a_session_are_joined_left_first(tmp_path):
    left, right = np.arange(6.0).reshape(3, 2), 100 + np.arange(8.0).reshape(4, 2)
    for name, data in (("lh.b.mgh", left), ("rh.b.mgh", right)):
        values = data.astype(np.float32)[:, None, None, :]
        nibabel.save(nibabel.MGHImage(values, np.eye(4)), tmp_path / name)

    session = open_session([tmp_path / "lh.b.mgh", tmp_path / "rh.b.mgh"])

    assert session.shape == (2, 7)
    assert session[:, 2:4].tolist() == [[4, 100], [5, 101]]
    with pytest.raises(InputError, match="name the left hemisphere first"):
        open_session([tmp_path / "rh.b.mgh", tmp_path / "lh.b.mgh"])


def test_a_missing_session_of_nsd_is_named(tmp_path):
    for number in (1, 2, 4):
        (tmp_path / f"betas_session{number:02}.hdf5").touch()

    with pytest.raises(InputError, match="lacks 03"):
        read_subject(tmp_path)


def test_an_algonauts_subject_needs_no_manifest(tmp_path):
    fmri, masks = tmp_path / "training_split" / "training_fmri", tmp_path / "roi_masks"
    fmri.mkdir(parents=True)
    masks.mkdir()
    for side, count in (("lh", 3), ("rh", 2)):
        whole = np.zeros(10, np.int64)
        whole[:count] = 1
        np.save(masks / f"{side}.all-vertices_fsaverage_space.npy", whole)
        np.save(masks / f"{side}.floc-faces_fsaverage_space.npy", 2 * whole)
        np.save(fmri / f"{side}_training_fmri.npy", np.ones((6, count), np.float32))

    subject = read_subject(tmp_path)

    assert subject.responses.shape == (6, 5)
    assert subject.units.vertex.tolist() == [0, 1, 2, 10, 11]
    assert subject.units.rois["FFA-1"].all()
    assert subject.units.on_left.tolist() == [1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("name", "side"),
    [("lh.white", "left"), ("rh.curv", "right"), ("s.L.midthickness.surf.gii", "left"),
     ("tpl_hemi-R_pial.surf.gii", "right"), ("pial_left.gii.gz", "left"),
     ("flat_rh.gii", "right"), ("brain.nii.gz", None), ("LR.surf.gii", None)],
)  # fmt: skip
def test_names_of_files_tell_their_side(name, side):
    assert named_side(f"/some/lh.folder/{name}") == side


def test_surfaces_of_algonauts_are_those_of_the_fsaverage_that_freesurfer_has(
    tmp_path, monkeypatch
):
    surf, folder = tmp_path / "fs" / "fsaverage" / "surf", tmp_path / "data" / "subj01"
    fmri, masks = folder / "training_split" / "training_fmri", folder / "roi_masks"
    for place in (surf, fmri, masks):
        place.mkdir(parents=True)
    for side, x in (("lh", -30), ("rh", 30)):
        points = POINTS + np.float32([x, 0, 0])
        nibabel.freesurfer.write_geometry(str(surf / f"{side}.white"), points, FACES)
        np.save(masks / f"{side}.all-vertices_fsaverage_space.npy", [0, 1, 1, 0])
        np.save(fmri / f"{side}_training_fmri.npy", np.ones((6, 2), np.float32))
    assert read_subject(folder).kinds == ()
    monkeypatch.setenv("SUBJECTS_DIR", str(tmp_path / "fs"))

    subject = read_subject(folder)

    assert subject.n_vertices == (4, 4)
    assert subject.units.vertex.tolist() == [1, 2, 5, 6]
    np.save(masks / "lh.all-vertices_fsaverage_space.npy", [0, 1, 1])
    with pytest.raises(InputError, match="surfaces with 3 and 4 vertices"):
        _ = read_subject(folder).units


# ---- Checkpoints


def test_checkpoints_of_brainscuba_and_braindive(tmp_path):
    import torch

    w, b = torch.randn(5, 512), torch.randn(5)
    scuba, dive = tmp_path / "00100.chkpt", tmp_path / "dive.chkpt"
    torch.save({"network": {"linear.weight": w, "linear.bias": b}}, scuba)
    torch.save({"network": {"final_S2_higher.weight": w, "final_S2_higher.bias": b,
                            "final_S2_early.weight": w[:2],
                            "final_S2_early.bias": b[:2]}}, dive)  # fmt: skip

    for path in (scuba, dive):
        model = read_checkpoint(path)
        x = np.random.default_rng(0).normal(size=(3, 512))
        unit = x / np.linalg.norm(x, axis=1, keepdims=True)
        np.testing.assert_allclose(model.predict(x), unit @ w.numpy().T + b.numpy(),
                                   atol=1e-5)  # fmt: skip
    assert read_checkpoint(scuba).space == "clip-vit-base-patch32"


def test_a_checkpoint_with_code_is_refused(tmp_path):
    import torch

    class Evil:
        def __reduce__(self):
            return print, ("run",)

    torch.save({"network": Evil()}, tmp_path / "evil.chkpt")

    with pytest.raises(InputError, match="Python code"):
        read_checkpoint(tmp_path / "evil.chkpt")
