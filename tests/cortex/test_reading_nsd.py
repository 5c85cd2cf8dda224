"""A folder of NSD is a subject: betas, regions, reliability and design by trial."""

from __future__ import annotations

import h5py
import nibabel
import numpy as np
import pytest
from scipy.io import savemat

from striate.errors import InputError, MissingDependencyError
from striate.jobs.context import JobContext, SilentListener
from striate_cortex import fit_ridge, noise_ceiling, read_subject
from striate_cortex.encoding.fitting import fit_and_score
from striate_cortex.encoding.params import FitParams
from striate_cortex.reading.design import Design, read_design
from striate_cortex.reading.stimuli import Stimuli

SHAPE = (5, 4, 3)
PEOPLE, SHOWN, TRIALS = 2, 12, 30


def save(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = nibabel.MGHImage if path.suffix in (".mgh", ".mgz") else nibabel.Nifti1Image
    nibabel.save(kind(values, np.eye(4)), path)


def write_design(path, *, version=5):
    """30 trials of 12 images, of which each person saw others; the last are shared."""
    rng = np.random.default_rng(0)
    order = np.concatenate([np.arange(12), rng.integers(0, 12, 18)]) + 1
    seen = np.array([np.arange(12) + 1, np.arange(12) + 31])
    seen[:, 9:] = [[71, 72, 73]] * PEOPLE
    content = {"masterordering": order[None], "subjectim": seen,
               "sharedix": np.array([[71, 72, 73]])}  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    if version == 5:
        savemat(path, content)
        return order, seen
    with h5py.File(path, "w") as file:
        for name, values in content.items():
            file[name] = values.T.astype(float)
    return order, seen


@pytest.fixture
def volume(tmp_path):
    """Subject 2 of a small NSD, in volumes."""
    data = tmp_path / "nsddata"
    roi = data / "ppdata" / "subj02" / "func1pt8mm" / "roi"
    betas = tmp_path / "nsddata_betas" / "ppdata" / "subj02" / "func1pt8mm" / "b"
    rng = np.random.default_rng(1)
    mask = np.where(rng.random(SHAPE) > 0.4, 1, -1).astype(np.int16)
    faces = np.zeros(SHAPE, np.int16)
    faces[:2], faces[2] = 1, 2
    save(roi / "nsdgeneral.nii.gz", mask)
    save(roi / "floc-faces.nii.gz", faces)
    label = data / "freesurfer" / "subj02" / "label"
    label.mkdir(parents=True)
    (label / "floc-faces.mgz.ctab").write_text("0 Unknown\n1 OFA\n2 FFA-1\n")
    save(betas / "ncsnr.nii.gz", np.full(SHAPE, 0.5, np.float32))
    for number in (1, 2):
        with h5py.File(betas / f"betas_session{number:02}.hdf5", "w") as file:
            made = rng.integers(-900, 900, (TRIALS // 2, *SHAPE[::-1]), dtype=np.int16)
            file["betas"] = made
    write_design(data / "experiments" / "nsd" / "nsd_expdesign.mat")
    return betas


def test_regions_reliability_and_trials_of_voxels(volume):
    subject = read_subject(volume)

    inside = nibabel.load(next(volume.parents[4].rglob("nsdgeneral.nii.gz")))
    places = np.argwhere(np.asarray(inside.dataobj) > 0)
    assert len(subject.units) == len(places)
    assert subject.units.rois["OFA"].tolist() == (places[:, 0] < 2).tolist()
    assert subject.units.rois["FFA-1"].tolist() == (places[:, 0] == 2).tolist()
    assert subject.units.rois["nsdgeneral"].all()
    np.testing.assert_allclose(subject.ceiling, noise_ceiling(0.5, 1), rtol=1e-6)
    assert subject.responses.shape == (TRIALS, len(places))
    assert abs(subject.responses.sessions[0][:, :]).max() <= 3


@pytest.mark.parametrize("version", [5, 7.3])
def test_the_design_tells_each_trials_image(tmp_path, version):
    order, seen = write_design(tmp_path / "nsd_expdesign.mat", version=version)

    design = read_design(tmp_path / "nsd_expdesign.mat", person=2)

    assert design.images.tolist() == [seen[1, k - 1] - 1 for k in order]
    assert design.shared.tolist() == [70, 71, 72]
    with pytest.raises(InputError, match="of 2 people"):
        read_design(tmp_path / "nsd_expdesign.mat", person=3)


def test_an_image_is_never_both_fitted_and_tested(volume):
    subject = read_subject(volume)
    held = subject.design.held_out(0.2)

    fitted, tested = subject.design.images[~held], subject.design.images[held]
    assert set(tested) == {70, 71, 72}
    assert not set(fitted) & set(tested)
    folds = subject.design.folds(3)
    assert all(len(set(folds[subject.design.images == k])) == 1 for k in set(fitted))
    assert set(folds) == {0, 1, 2}


def test_without_shared_images_the_last_ones_are_held_out():
    design = Design(np.array([5, 6, 7, 8, 9, 5, 9]), np.zeros(0, np.int64))

    held = design.held_out(0.4)

    assert held.tolist() == [0, 0, 0, 1, 1, 0, 1]
    assert not design.held_out(0).any()


@pytest.mark.parametrize("method", ["gcv", "kfold"])
def test_features_of_stimuli_are_fitted_to_trials(volume, method):
    subject = read_subject(volume)
    stimuli = np.random.default_rng(2).normal(size=(73, 3))
    params = FitParams(method=method, folds=3)

    model = fit_and_score(
        {"f": stimuli}, subject.responses, params, JobContext(), facts={},
        design=subject.design,
    )  # fmt: skip

    held = subject.design.held_out(0.2)
    whole = np.concatenate([s[:, :] for s in subject.responses.sessions])
    rows = stimuli[subject.design.images]
    peer = fit_ridge(rows[~held], whole[~held], alpha=model.alpha)
    np.testing.assert_allclose(model.weights, peer.weights, atol=1e-5)
    np.testing.assert_allclose(
        model.scores["r2"], model.r2(rows[held], whole[held]), atol=1e-5
    )
    assert model.facts["images_held_out"] == held.sum()


def test_another_persons_design_is_refused(volume):
    path = next(volume.parents[4].rglob("nsd_expdesign.mat"))
    savemat(path, {"masterordering": [[1, 2]], "subjectim": np.ones((8, 3)),
                   "sharedix": [[1]]})  # fmt: skip

    with pytest.raises(InputError, match="images of 2 trials and there are"):
        _ = read_subject(volume).design
    savemat(path, {"x": 1})
    with pytest.raises(InputError, match="has no masterordering"):
        _ = read_subject(volume).design


def test_reliability_of_another_space_is_refused(volume):
    save(volume / "ncsnr.nii.gz", np.ones((5, 4, 4), np.float32))

    with pytest.raises(InputError, match="not in one space"):
        _ = read_subject(volume).ceiling


def test_pictures_in_hdf5_are_stimuli(tmp_path):
    pictures = np.random.default_rng(3).integers(0, 255, (4, 6, 5, 3), np.uint8)
    with h5py.File(tmp_path / "nsd_stimuli.hdf5", "w") as file:
        file["imgBrick"] = pictures

    stimuli = Stimuli(tmp_path / "nsd_stimuli.hdf5")

    assert len(stimuli) == 4
    np.testing.assert_array_equal(stimuli[2], pictures[2])
    with pytest.raises(InputError, match="Picture 4 was shown"):
        stimuli[4]
    np.save(tmp_path / "x.npy", pictures.astype(float))
    with pytest.raises(InputError, match="of 8 bits"):
        Stimuli(tmp_path / "x.npy")


def test_stimuli_in_hdf5_are_embedded_once_and_fitted_to_their_trials(volume, tmp_path):
    from striate_cortex import EncodingModel, open_encoder
    from striate_cortex.jobs import FitJob, run_fit

    try:
        starter = open_encoder("starter")
    except MissingDependencyError:
        pytest.skip("needs the extra starter")
    pictures = np.random.default_rng(4).integers(0, 255, (73, 24, 24, 3), np.uint8)
    path = tmp_path / "nsddata_stimuli" / "stimuli" / "nsd" / "nsd_stimuli.hdf5"
    path.parent.mkdir(parents=True)
    with h5py.File(path, "w") as file:
        file["imgBrick"] = pictures
    steps = []

    class Ears(SilentListener):
        def on_progress(self, done, total, text):
            if text == "Embedding images":
                steps.append((done, total))

    job = FitJob(subject=volume, features=("encoder:starter",), out=tmp_path / "m.st")
    outcome = run_fit(job, JobContext(Ears()))

    assert steps[-1] == (SHOWN, SHOWN)
    subject = read_subject(volume)
    held = subject.design.held_out(0.2)
    assert (outcome.images, outcome.held_out) == ((~held).sum(), held.sum())
    rows = starter.embed_images([pictures[i] for i in subject.design.images[~held]])
    whole = np.concatenate([s[:, :] for s in subject.responses.sessions])
    model = EncodingModel.load(outcome.model)
    peer = fit_ridge(rows, whole[~held], alpha=model.alpha)
    np.testing.assert_allclose(model.weights, peer.weights, atol=1e-3)


# ---- On the surface


FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
POINTS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)


def write_surfaces(surf):
    surf.mkdir(parents=True)
    for side, x in (("lh", -10), ("rh", 10)):
        for kind in ("white", "pial"):
            nibabel.freesurfer.write_geometry(
                str(surf / f"{side}.{kind}"), POINTS + np.float32([x, 0, 0]), FACES
            )


@pytest.fixture
def surface(tmp_path):
    """Subject 1 on a very small fsaverage."""
    home = tmp_path / "nsddata" / "freesurfer" / "fsaverage"
    write_surfaces(home / "surf")
    betas = tmp_path / "nsddata_betas" / "ppdata" / "subj01" / "fsaverage" / "b"
    codes = np.array([0, 1, 2, -1], np.int32)[:, None, None]
    for side in ("lh", "rh"):
        save(home / "label" / f"{side}.streams.mgz", codes)
        save(betas / f"{side}.ncsnr.mgh", np.full((4, 1, 1), 1, np.float32))
        made = np.arange(24, dtype=np.float32).reshape(4, 1, 1, 6)
        save(betas / f"{side}.betas_session01.mgh", made)
    (home / "label" / "streams.mgz.ctab").write_text("1 early\n2 midventral\n")
    return betas


def test_regions_and_reliability_of_vertices(surface):
    subject = read_subject(surface)

    assert subject.units.rois["early"].tolist() == [0, 1, 0, 0, 0, 1, 0, 0]
    assert subject.units.rois["midventral"].tolist() == [0, 0, 1, 0, 0, 0, 1, 0]
    np.testing.assert_allclose(subject.ceiling, 50)
    assert subject.responses.shape == (6, 8)
    assert subject.responses.sessions[0][:, :][2, 1] == 8


def test_betas_of_ones_own_surface_in_hdf5(surface, tmp_path):
    write_surfaces(tmp_path / "nsddata" / "freesurfer" / "subj01" / "surf")
    own = surface.parents[1] / "nativesurface" / "b"
    own.mkdir(parents=True)
    made = np.arange(24, dtype=np.int16).reshape(6, 1, 1, 4)
    for side in ("lh", "rh"):
        with h5py.File(own / f"{side}.betas_session01.hdf5", "w") as file:
            file["betas"] = made

    subject = read_subject(own)

    assert subject.responses.shape == (6, 8)
    np.testing.assert_allclose(subject.responses.sessions[0][:, 3:5],
                               made[:, 0, 0, [3, 0]] / 300)  # fmt: skip


def test_a_hemisphere_or_surfaces_that_are_missing_are_named(surface):
    (surface / "rh.betas_session01.mgh").unlink()
    with pytest.raises(InputError, match="not the other hemisphere of session 01"):
        read_subject(surface)
    for path in surface.parents[4].rglob("surf/*"):
        path.unlink()
    next(surface.parents[4].rglob("surf")).rmdir()
    save(surface / "rh.betas_session01.mgh", np.zeros((4, 1, 1, 6), np.float32))
    with pytest.raises(InputError, match="nsddata/freesurfer/fsaverage/surf"):
        read_subject(surface)
