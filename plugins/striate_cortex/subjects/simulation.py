"""A simulated subject with known truth, on the real fsaverage5.

Regions lie where faces, places, bodies, words and food were published to be processed;
everything else about it, images and responses included, is made up, and it is called
simulated wherever it appears.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from striate import resources
from striate_cortex.encoding.ceiling import noise_ceiling
from striate_cortex.encoding.model import EncodingModel
from striate_cortex.subjects.manifest import MANIFEST, ResponseFile, SubjectManifest
from striate_cortex.subjects.subject import Subject, write_subject
from striate_cortex.tensors import read_arrays
from striate_cortex.units import UnitTable

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.surfaces.brain import Brain

__all__ = ["REGIONS", "Region", "make_sample", "simulate_subject"]

SIMULATED = "Everything but the surface is simulated; it shows nothing about a brain."
_SURFACES = {"white": "white", "pial": "pial", "inflated": "infl", "flat": "flat"}
_RADIUS = 16.0
"""Millimetres along the surface within which a region's vertices lie."""
_SCALE = 300.0
"""Responses are stored as int16 times this, as NSD does."""
_TO_TALAIRACH = np.array(
    [[0.9254, 0.0024, -0.0118, -1.0207],
     [-0.0048, 0.9316, -0.0871, -1.7667],
     [0.0152, 0.0883, 0.8924, 4.0926],
     [0, 0, 0, 1]]
)  # fmt: skip
"""MNI152 to Talairach (Lancaster et al. 2007, for SPM)."""


@dataclass(frozen=True)
class Region:
    """A region, what it prefers, where it was published to be (Talairach, mm)."""

    name: str
    category: str
    talairach: tuple[tuple[float, float, float], ...]
    source: str

    def mni(self) -> NDArray[np.float64]:
        """(k, 3) approximate MNI152 millimetres."""
        points = np.column_stack([self.talairach, np.ones(len(self.talairach))])
        return np.asarray((points @ np.linalg.inv(_TO_TALAIRACH).T)[:, :3])


REGIONS = (
    Region("simulated FFA", "faces", ((40, -55, -10), (-35, -63, -10)),
           "Kanwisher, McDermott and Chun 1997"),
    Region("simulated PPA", "places", ((20, -39, -5), (-28, -39, -6)),
           "Epstein and Kanwisher 1998"),
    Region("simulated EBA", "bodies", ((51, -71, 1), (-51, -72, 8)),
           "Downing et al. 2001"),
    Region("simulated VWFA", "words", ((-42, -57, -6),), "Cohen et al. 2000"),
    Region("simulated food area", "food", ((30, -47, -8), (-32, -51, -8)),
           "Pennock et al. 2023: between the FFA and the PPA; halfway is taken"),
)  # fmt: skip


def make_sample(folder: Path, ctx: JobContext) -> Path:
    """Paint the sample ``simulated-cortex`` into `folder`; returns its manifest."""
    subject = simulate_subject(folder, ctx=ctx)
    return subject.folder / MANIFEST


def simulate_subject(
    folder: Path,
    *,
    images: int = 800,
    sessions: int = 4,
    seed: int = 0,
    ctx: JobContext | None = None,
) -> Subject:
    """Make a subject with responses to simulated images, and the model behind them.

    Responses are linear in the images' features, plus noise of a known size; the last
    session is for testing. Its first encoding model, ``fitted``, is fitted to the
    sessions before that; ``truth`` is what they were made from.

    Parameters
    ----------
    folder
        Where to write; about 100 MB for 800 images.
    images, sessions
        How many images in all, and in how many sessions.
    seed
        Of everything that is random.

    Returns
    -------
    Subject
        ``manifest.facts["truth"]`` names each region's category and place.
    """
    from striate.jobs.context import JobContext

    ctx = ctx or JobContext()
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    surface = Subject(folder, _surface_only())
    ctx.progress(0, sessions + 2, "Placing regions (simulated)")
    regions, strength = _place(surface.brain)
    phrases = _Phrases.read()
    features, captions = phrases.images(images, rng)
    ncsnr = (0.15 + 0.85 * strength.max(axis=0)).astype(np.float32)
    weights = _weights(strength, ncsnr, phrases, features, rng)
    facts: dict[str, Any] = {"simulated": True, "note": SIMULATED}
    n = len(weights)
    truth = EncodingModel(
        weights.astype(np.float16), np.zeros(n, np.float32),
        np.full(n, np.nan, np.float32), "starter", facts={**facts, "truth": True},
    )  # fmt: skip
    truth.save(folder / "truth.safetensors", overwrite=True)
    np.save(folder / "features.npy", features)
    (folder / "captions.txt").write_text("\n".join(captions), "utf-8")
    parts = np.array_split(np.arange(images), sessions)
    for number, rows in enumerate(parts, 1):
        ctx.progress(number, sessions + 2, "Painting responses (simulated)")
        y = features[rows] @ weights.T
        y += rng.standard_normal(y.shape, np.float32)
        stored = np.clip(np.round(y * _SCALE), -32768, 32767).astype(np.int16)
        np.save(folder / f"session{number:02}.npy", stored)
    units = UnitTable.of_vertices(
        *surface.n_vertices,
        rois=regions,
        mni=surface.brain.vertices("white"),
        ceiling=np.asarray(noise_ceiling(ncsnr, 1), np.float32),
    )
    units.write(folder / "units.safetensors", overwrite=True)
    fitted = _fit(folder, features, parts, facts, ctx)
    fitted.save(folder / "fitted.safetensors", overwrite=True)
    manifest = _surface_only().model_copy(update={
        "units": "units.safetensors",
        "responses": tuple(
            ResponseFile(path=f"session{k:02}.npy", scale=_SCALE, session=f"{k}")
            for k in range(1, sessions + 1)
        ),
        "features": {"starter": "features.npy"},
        "models": {"fitted": "fitted.safetensors", "truth": "truth.safetensors"},
        "facts": {**facts, "seed": seed, "truth": _told(), "test_session": sessions},
    })  # fmt: skip
    return write_subject(folder, manifest, overwrite=True)


def _surface_only() -> SubjectManifest:
    place = "nilearn:fsaverage5"
    pair = {
        kind: {"left": f"{place}/{n}_left.gii.gz", "right": f"{place}/{n}_right.gii.gz"}
        for kind, n in (*_SURFACES.items(), ("curvature", "curv"))
    }
    curvature = pair.pop("curvature")
    return SubjectManifest.model_validate({
        "name": "simulated",
        "title": "Simulated subject",
        "space": "fsaverage5",
        "simulated": True,
        "surfaces": pair,
        "curvature": curvature,
        "licence": "CC0 (made by Striate); surface: BSD-3-Clause",
        "origin": "Simulated by Striate on the fsaverage5 of nilearn",
    })  # fmt: skip


def _told() -> list[dict[str, Any]]:
    return [
        {
            "region": r.name, "category": r.category, "source": r.source,
            "talairach": [list(p) for p in r.talairach],
            "mni": np.round(r.mni(), 1).tolist(),
        }
        for r in REGIONS
    ]  # fmt: skip


# ---- Where


def _place(
    brain: Brain,
) -> tuple[dict[str, NDArray[np.bool_]], NDArray[np.float32]]:
    """Find the vertices of each region, and how strongly they belong to it.

    Returns
    -------
    dict, ndarray
        Region to (v,) bool; (regions, v) strength, 1 at the centre and 0 outside. A
        vertex is in the region it belongs to most.
    """
    from scipy.sparse.csgraph import dijkstra
    from scipy.spatial import cKDTree

    both = brain.vertices("white") + brain.vertices("pial")
    middle = np.asarray(both / 2, np.float32)
    graph, tree = _edges(brain, middle), cKDTree(middle)
    strength = np.zeros((len(REGIONS), len(middle)), np.float32)
    for k, region in enumerate(REGIONS):
        _, centres = tree.query(region.mni())
        away = dijkstra(graph, indices=centres, limit=_RADIUS, min_only=True)
        inside = np.isfinite(away)
        strength[k, inside] = np.cos(np.pi / 2 * away[inside] / _RADIUS)
    strength[strength < strength.max(axis=0)] = 0
    return {r.name: strength[k] > 0.2 for k, r in enumerate(REGIONS)}, strength


def _edges(brain: Brain, points: NDArray[np.float32]) -> Any:
    from scipy.sparse import coo_array

    faces = brain.faces()
    pairs = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    length = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    # Every inner edge comes from both sides, once each way.
    n = len(points)
    return coo_array((length, (pairs[:, 0], pairs[:, 1])), shape=(n, n)).tocsr()


# ---- What


@dataclass(frozen=True)
class _Phrases:
    names: list[str]
    categories: NDArray[np.str_]
    vectors: NDArray[np.float32]

    @classmethod
    def read(cls) -> _Phrases:
        path = resources.path("samples/simulated_cortex/phrases.safetensors")
        arrays, facts = read_arrays(path, "striate-phrases-1")
        vectors = arrays["vectors"].astype(np.float32)
        return cls(facts["phrases"], np.array(facts["categories"]), vectors)

    def direction(self, category: str) -> NDArray[np.float32]:
        """Return what a category has and the other phrases have not; unit length."""
        own = self.vectors[self.categories == category].mean(axis=0)
        away = own - self.vectors[self.categories != category].mean(axis=0)
        return np.asarray(away / np.linalg.norm(away), np.float32)

    def images(
        self, n: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], list[str]]:
        """Features of n simulated images that show one to three things each."""
        dimension = self.vectors.shape[1]
        features = np.empty((n, dimension), np.float32)
        captions = []
        for i in range(n):
            shown = rng.choice(len(self.names), rng.integers(1, 4), replace=False)
            share = rng.dirichlet(np.ones(len(shown))).astype(np.float32)
            noise = rng.standard_normal((dimension,), np.float32)
            mixed = share @ self.vectors[shown] + 0.5 * noise / np.sqrt(dimension)
            features[i] = mixed / np.linalg.norm(mixed)
            order = shown[np.argsort(-share)]
            captions.append(" and ".join(self.names[k] for k in order))
        return features, captions


def _weights(
    strength: NDArray[np.float32],
    ncsnr: NDArray[np.float32],
    phrases: _Phrases,
    features: NDArray[np.float32],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Weights (v, d) whose signal has `ncsnr` times the deviation of the noise, 1."""
    v, d = strength.shape[1], features.shape[1]
    own = np.stack([phrases.direction(r.category) for r in REGIONS])
    other = rng.standard_normal((v, d)).astype(np.float32)
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    weights = strength.T @ own + (1 - strength.max(axis=0))[:, None] * other
    deviation = np.concatenate(
        [(features @ part.T).std(axis=0) for part in np.array_split(weights, 16)]
    )
    return np.asarray(weights * (ncsnr / deviation)[:, None], np.float32)


def _fit(
    folder: Path,
    features: NDArray[np.float32],
    parts: list[NDArray[Any]],
    facts: dict[str, Any],
    ctx: JobContext,
) -> EncodingModel:
    """Fit all sessions but the last, and score on that."""
    import dataclasses

    from striate_cortex.encoding.responses import SessionResponses
    from striate_cortex.encoding.ridge import fit_ridge
    from striate_cortex.reading.sessions import open_session

    paths = [folder / f"session{k:02}.npy" for k in range(1, len(parts) + 1)]
    opened = [open_session([p], "", _SCALE, None) for p in paths]
    train = np.concatenate(parts[:-1])
    model = fit_ridge(
        features[train], SessionResponses(opened[:-1]), space="starter", facts=facts,
        ctx=ctx,
    )  # fmt: skip
    test = SessionResponses(opened[-1:])
    scores = {
        "r2": model.r2(features[parts[-1]], test).astype(np.float32),
        "r": model.r(features[parts[-1]], test).astype(np.float32),
    }
    return dataclasses.replace(model, scores={**model.scores, **scores})
