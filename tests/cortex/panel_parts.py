"""What the panels' tests share: a small subject on disk, real services, clicks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.cortex.brains import SIZE, sheet

from striate.jobs import Supervisor
from striate.settings import Settings
from striate.widgets.jobs_bridge import QtJobs
from striate.widgets.notifications import Notifications
from striate_cortex.encoding import EncodingModel
from striate_cortex.subjects import SubjectManifest, write_subject
from striate_cortex.subjects.manifest import ResponseFile
from striate_cortex.units import UnitTable
from striate_cortex.workspace import workspace

if TYPE_CHECKING:
    from pathlib import Path

N = SIZE * SIZE
"""Vertices of one hemisphere."""
_MANY = ("one", "two", "three", "four", "five", "six")
CAPTIONS = tuple(f"{n} {what}" for n in _MANY for what in ("face", "house", "cup"))


def write_gifti(path: Path, points: np.ndarray, faces: np.ndarray) -> str:
    import nibabel
    from nibabel.gifti import GiftiDataArray, GiftiImage

    arrays = [
        GiftiDataArray(points.astype("f4"), intent="NIFTI_INTENT_POINTSET"),
        GiftiDataArray(faces.astype("i4"), intent="NIFTI_INTENT_TRIANGLE"),
    ]
    nibabel.save(GiftiImage(darrays=arrays), path)
    return path.name


def write_small_subject(folder: Path, *, simulated: bool = False, models: bool = True):
    """Two sheets of 49 vertices; the left half of the left one is a face region.

    Each unit prefers one of three features: left face units the first, other left
    ones the second, right ones the third. The ceiling is 40 % where x is odd.
    """
    folder.mkdir(parents=True, exist_ok=True)
    surfaces: dict[str, dict[str, str]] = {}
    for side, x in (("left", -10), ("right", 10)):
        half = sheet(side, x)
        for kind, points in half.surfaces.items():
            faces = half.flat_faces if kind == "flat" else half.faces
            name = write_gifti(folder / f"{kind}.{side}.surf.gii", points, faces)
            surfaces.setdefault(kind, {})[side] = name
    column = np.tile(np.arange(SIZE), SIZE)
    face = np.concatenate([column < 3, np.zeros(N, bool)])
    ceiling = np.tile(np.where(column % 2, 40.0, 2.0), 2).astype("f4")
    units = UnitTable.of_vertices(N, N, rois={"face": face}, ceiling=ceiling)
    units.write(folder / "units.safetensors")
    weights = np.zeros((2 * N, 3), "f4")
    weights[np.arange(2 * N), np.where(face, 0, np.repeat([1, 2], N))] = 2
    weights += 0.01 * np.arange(2 * N)[:, None]
    model = EncodingModel(
        weights,
        np.zeros(2 * N, "f4"),
        np.ones(2 * N, "f4"),
        "tiny",
        scores={"r2": np.linspace(-0.1, 0.5, 2 * N).astype("f4")},
        facts={"simulated": simulated},
    )
    model.save(folder / "fitted.safetensors")
    features = np.concatenate([k * np.eye(3) for k in range(1, 7)])
    np.save(folder / "features.npy", features.astype("f4"))
    np.save(folder / "session01.npy", (features @ weights.T).astype("f4"))
    (folder / "captions.txt").write_text("\n".join(CAPTIONS), "utf-8")
    manifest = SubjectManifest(
        name="small",
        title="Small subject",
        simulated=simulated,
        surfaces=surfaces,
        units="units.safetensors",
        features={"tiny": "features.npy"},
        responses=(ResponseFile(path="session01.npy"),),
        models={"fitted": "fitted.safetensors"} if models else {},
    )
    return write_subject(folder, manifest)


@dataclass
class RealServices:
    """Real jobs in a real worker; notifications are kept for the test to read."""

    jobs: Any
    notify: Notifications
    settings: Settings
    project: Any = None


def make_services(folder: Path) -> RealServices:
    kinds = workspace().job_kinds
    jobs = QtJobs(Supervisor(folder, kinds=kinds, patience=2.0, grace=1.0))
    return RealServices(jobs, Notifications(), Settings())
