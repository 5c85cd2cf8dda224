"""A subject of four units, a library of six images, and an encoder that counts."""

from __future__ import annotations

import numpy as np

from striate_cortex.captions import Answers
from striate_cortex.encoders.contract import EncoderSpace
from striate_cortex.encoding import EncodingModel
from striate_cortex.library import Item, Library
from striate_cortex.subjects import Subject, SubjectManifest
from striate_cortex.units import UnitTable

THINGS = ("face", "house", "apple")


class Counts:
    """Texts as counts of three things."""

    space = EncoderSpace(name="counts", dimension=3)

    def embed_texts(self, texts):
        rows = [[t.count(k) for k in THINGS] for t in texts]
        return np.array(rows, np.float32).reshape(-1, 3)


def counted_library(captioned=True, **facts):
    """Two images of each thing, with two captions each."""
    texts = [f"{k} on the {where}" for k in THINGS for where in ("left", "right")]
    captions = [(f"a {t}", f"one {t}") if captioned else () for t in texts]
    items = [Item(t.replace(" ", "-") + ".png", f"folder/{t}", "", c)
             for t, c in zip(texts, captions, strict=True)]  # fmt: skip
    return Library(Counts().embed_texts(texts), "counts", items, facts)


def four_units(folder, ceiling=(40, 30, 20, 2), **facts):
    """Units for faces, houses, nothing, and apples below the ceiling."""
    units = UnitTable(
        "voxel", (0, 0), np.full(4, -1), ceiling=np.array(ceiling, np.float32),
        rois={"FFA": np.array([True, False, False, True])},
    )  # fmt: skip
    manifest = SubjectManifest(name="four", **facts)
    return Subject(folder, manifest, units)


def four_weights():
    weights = np.array([[5, 0, 0], [0, 2, 0], [0, 0, 0], [0, 0, 1]], np.float32)
    scores = {"r2": np.array([0.3, 0.2, np.nan, 0.0])}
    return EncodingModel(weights, np.zeros(4), np.ones(4), "counts", scores=scores)


def counted_answers(folder, **options):
    answers = Answers(
        four_units(folder), options.pop("model", four_weights()),
        options.pop("library", counted_library()), name="fitted", **options,
    )  # fmt: skip
    answers.encoder = Counts()
    return answers


def written_subject(folder, images=60):
    """A subject on disk: three units of three things, thirty images held out."""
    from striate_cortex.encoding import fit_ridge
    from striate_cortex.subjects import write_subject
    from striate_cortex.subjects.manifest import ResponseFile

    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    shown = rng.integers(0, 3, images)
    x = np.eye(3, dtype=np.float32)[shown]
    x += 0.1 * rng.standard_normal(x.shape).astype(np.float32)
    y = x @ np.diag([3.0, 2.0, 1.0]) + 0.1 * rng.standard_normal((images, 3))
    np.save(folder / "counts.npy", x)
    np.save(folder / "y.npy", y.astype(np.float32))
    lines = [f"a {THINGS[k]} in a photo" for k in shown]
    (folder / "captions.txt").write_text("\n".join(lines))
    units = UnitTable(
        "voxel", (0, 0), np.full(3, -1), ceiling=np.array([60, 40, 2], np.float32),
        rois={"FFA": np.array([True, False, False])},
    )  # fmt: skip
    units.write(folder / "units.safetensors")
    model = fit_ridge(x[:30], y[:30], alpha=0.1, space="counts")
    model.save(folder / "fitted.safetensors")
    manifest = SubjectManifest(
        name="three", simulated=True, units="units.safetensors",
        responses=(ResponseFile(path="y.npy"),), features={"counts": "counts.npy"},
        models={"fitted": "fitted.safetensors"},
    )  # fmt: skip
    return write_subject(folder, manifest)
