"""Haxby's 2001 study as a subject: one person, eight categories, twelve runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError, OfflineError
from striate_cortex.subjects.manifest import MANIFEST, ResponseFile, SubjectManifest
from striate_cortex.subjects.subject import Subject, write_subject

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext

__all__ = ["haxby_subject", "make_sample"]

_TR = 2.5
"""Seconds between volumes."""


def make_sample(folder: Path, ctx: JobContext) -> Path:
    """Download subject 2 by nilearn (about 300 MB) and make a subject of it.

    Raises
    ------
    OfflineError
        When it is not on this machine and cannot be downloaded.
    """
    from nilearn.datasets import fetch_haxby

    ctx.progress(0, 1, "Downloading Haxby 2001 by nilearn (about 300 MB)")
    try:
        found = fetch_haxby(data_dir=str(folder / "download"), subjects=(2,), verbose=0)
    except (OSError, ValueError, RuntimeError) as error:
        raise OfflineError(
            "Haxby's data cannot be downloaded (data.pymvpa.org): try again with a "
            "connection, or give nilearn's fetch_haxby a try for its reasons."
        ) from error
    files = {"bold.nii.gz": found.func[0], "mask.nii.gz": found.mask_vt[0]}
    for name, path in files.items():
        shutil.move(path, folder / name)
    labels = Path(found.session_target[0]).read_text("utf-8")
    (folder / "labels.txt").write_text(labels, "utf-8")
    haxby_subject(folder, "bold.nii.gz", "mask.nii.gz", "labels.txt")
    shutil.rmtree(folder / "download", ignore_errors=True)
    return folder / MANIFEST


def haxby_subject(folder: Path, bold: str, mask: str, labels: str) -> Subject:
    """Write the manifest of a study with a category and a run for each volume.

    Its features are the categories, delayed and blurred as the blood flow is, and
    run means: an encoding model of them is a contrast map.

    Parameters
    ----------
    folder
        Where the manifest goes; other paths are relative to it, or absolute.
    bold, mask
        (x, y, z, t) volumes, and the voxels that are units.
    labels
        A line for each volume: category and run.

    Raises
    ------
    InputError
        When volumes and lines are not as many.
    """
    from striate_cortex.reading.opening import load

    names, runs = _read_labels(folder / labels)
    volumes = load(folder / bold).shape[-1]
    if volumes != len(names):
        raise InputError(
            f"{labels} has {len(names):,} lines and {bold} {volumes:,} volumes: there "
            "must be one for each."
        )
    categories = sorted(set(names) - {"rest"})
    np.save(folder / "categories.npy", _features(names, runs, categories))
    manifest = SubjectManifest(
        name="haxby",
        title="Haxby 2001",
        mask=mask,
        responses=(ResponseFile(path=bold, session="12 runs"),),
        features={"categories": "categories.npy"},
        licence="CC BY-SA 3.0",
        origin="Haxby et al. 2001, through nilearn (data.pymvpa.org)",
        facts={"categories": categories, "labels": labels},
    )
    return write_subject(folder, manifest, overwrite=True)


def _read_labels(path: Path) -> tuple[list[str], NDArray[np.int64]]:
    rows = [line.split() for line in path.read_text("utf-8").splitlines()]
    # nilearn's file names its columns, PyMVPA's does not.
    rows = [row for row in rows if len(row) == 2 and row[1].isdigit()]
    return [row[0] for row in rows], np.array([int(row[1]) for row in rows])


def _features(
    names: list[str], runs: NDArray[np.int64], categories: list[str]
) -> NDArray[np.float32]:
    seconds = np.arange(0, 25, _TR)
    flow = seconds**5 * np.exp(-seconds)
    flow /= flow.sum()
    shown = np.array([[name == c for c in categories] for name in names], float)
    columns = np.zeros_like(shown)
    for run in np.unique(runs):
        here = runs == run
        for k in range(len(categories)):
            columns[here, k] = np.convolve(shown[here, k], flow)[: here.sum()]
    of_run = (runs[:, None] == np.unique(runs)).astype(float)
    return np.concatenate([columns, 10 * of_run], axis=1).astype(np.float32)
