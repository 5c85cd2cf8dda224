"""Maps, clusters, classification and batch effects on data with a known answer."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from striate.errors import InputError
from striate.jobs import JobContext
from striate_channels.embedding import read_embeddings
from striate_channels.profiles import ProfileParams, profile_embeddings, search
from striate_channels.profiles.batches import batch_effect
from striate_channels.profiles.classify import classify
from striate_channels.profiles.clusters import kmeans, leiden
from striate_channels.profiles.figure import colours_for
from striate_channels.profiles.searching import find_rows
from striate_channels.profiles.space import centred_by, comparable, nearest, pca


def blobs(n=40, k=3, dim=8, seed=0, spread=0.3):
    """`k` tight groups of `n` vectors, and which group each is of."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(k, dim)) * 3
    labels = np.repeat(np.arange(k), n)
    return (centres[labels] + spread * rng.normal(size=(n * k, dim))).astype(
        "f"
    ), labels


def agree(a, b):
    """Whether two labellings are the same up to their names."""
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    return len(pairs) == len(set(a.tolist())) == len(set(b.tolist()))


# ---- Space


def test_comparable_vectors_have_length_1_and_survive_a_constant_dimension():
    vectors, _ = blobs()
    vectors[:, 2] = 5
    ready = comparable(vectors)
    np.testing.assert_allclose(np.linalg.norm(ready, axis=1), 1, atol=1e-5)
    assert np.isfinite(ready).all()


def test_nearest_is_exact_and_leaves_out_itself_and_its_group():
    vectors = np.array([[1, 0], [0.9, 0.1], [0, 1], [-1, 0]], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    near, cosine = nearest(vectors, 2)
    assert near[0].tolist() == [1, 2]
    assert cosine[0, 0] == pytest.approx(0.9 / np.hypot(0.9, 0.1))
    near, _ = nearest(vectors, 3, forbidden=np.array([0, 0, 1, 1]))
    assert sorted(near[0].tolist()) == [-1, 2, 3]


def test_pca_finds_the_long_axis_and_repeats_its_sign():
    rng = np.random.default_rng(0)
    line = rng.normal(size=(100, 1)) @ np.array([[3.0, 4.0, 0.0]])
    points, share = pca((line + 0.01 * rng.normal(size=(100, 3))).astype("f"), 2)
    assert share[0] > 0.999
    assert abs(np.corrcoef(points[:, 0], line[:, 0])[0, 1]) > 0.999
    again, _ = pca((line + 0.01 * rng.normal(size=(100, 3))).astype("f"), 2)
    assert np.sign(again[0, 0]) == np.sign(points[0, 0])


# ---- Clusters


def test_kmeans_finds_the_groups_and_their_number():
    vectors, labels = blobs(k=4)
    assert agree(kmeans(comparable(vectors)), labels)


def test_leiden_finds_the_groups():
    pytest.importorskip("sknetwork")
    vectors, labels = blobs()
    found = leiden(comparable(vectors), neighbours=10, resolution=0.3)
    assert agree(found, labels)


def test_clusters_are_numbered_from_the_largest():
    vectors, labels = blobs(k=2)
    vectors, labels = np.r_[vectors[:10], vectors[40:]], np.r_[labels[:10], labels[40:]]
    assert np.bincount(kmeans(comparable(vectors), 2)).tolist() == [40, 10]


# ---- Classification


def test_a_label_that_is_in_the_vectors_is_found_and_noise_is_not():
    vectors, labels = blobs()
    found = classify(vectors, labels.astype(str), "stain")
    assert found.knn == 1.0
    assert found.linear_probe == 1.0
    assert found.confusion == [[40, 0, 0], [0, 40, 0], [0, 0, 40]]
    noise = np.random.default_rng(0).permutation(labels)
    assert classify(vectors, noise.astype(str), "stain").knn < 0.5


def test_grouping_unmasks_an_embedding_that_knows_only_the_plate():
    """Vectors tell the plate; each plate has one label: ungrouped it looks perfect."""
    vectors, plate = blobs(k=6, n=20)
    labels = np.array(["A", "B"])[plate % 2]
    assert classify(vectors, labels, "drug").knn == 1.0
    grouped = classify(vectors, labels, "drug", groups=plate)
    assert grouped.grouped
    assert grouped.knn < 0.8


def test_the_intensity_baseline_is_reported_beside():
    vectors, labels = blobs()
    light = labels[:, None].astype(np.float32) * 10
    rng = np.random.default_rng(0)
    light = light + 0.1 * rng.normal(size=light.shape).astype("f")
    found = classify(
        rng.normal(size=vectors.shape).astype("f"),
        labels,
        "x",
        intensity=np.c_[light, -light],
    )
    assert found.knn < 0.6
    assert found.mean_intensity_knn == 1.0


@pytest.mark.parametrize(
    ("labels", "groups", "sentence"),
    [
        (["A"] * 6, None, "has 1 classes"),
        (["A", "A", "A", "A", "A", "B"], None, "'B' has one member"),
        (["A", "A", "A", "B", "B", "B"], [1, 1, 2, 3, 3, 3], "'B' is in one group"),
    ],
)
def test_labels_that_cannot_be_learnt_are_refused(labels, groups, sentence):
    vectors = np.random.default_rng(0).normal(size=(6, 3)).astype("f")
    with pytest.raises(InputError, match=sentence):
        classify(vectors, np.array(labels), "drug",
                 groups=None if groups is None else np.array(groups))  # fmt: skip


# ---- Batches


def test_a_batch_effect_is_measured_and_goes_when_batches_are_centred():
    vectors, labels = blobs(n=60)
    batch = np.arange(len(vectors)) % 2
    mixed = batch_effect(vectors, batch, "plate", labels=labels, label="drug")
    assert mixed.strength < 0.1
    assert "no effect" in mixed.sentence
    shifted = vectors + 20 * batch[:, None]
    apart = batch_effect(shifted, batch, "plate", labels=labels, label="drug")
    assert apart.strength > 0.9
    centred = centred_by(shifted, batch)
    assert batch_effect(centred, batch, "plate", labels=labels).strength < 0.1


def test_one_batch_is_no_batch():
    with pytest.raises(InputError, match="has 1 batches"):
        batch_effect(blobs()[0], np.zeros(120, int), "plate")


# ---- Search


def test_search_by_example_finds_the_own_group_first():
    vectors, labels = blobs()
    rows, cosine = search(vectors, [0, 1], top=20)
    assert set(labels[rows].tolist()) == {0}
    assert not {0, 1} & set(rows.tolist())
    assert (np.diff(cosine) <= 0).all()
    with pytest.raises(InputError, match="120 rows"):
        search(vectors, [500])


# ---- The whole profile


@pytest.fixture
def table(tmp_path):
    """Embeddings as ``embed`` writes them: three drugs on six plates."""
    vectors, labels = blobs(n=30)
    n = len(vectors)
    flat = pa.array(vectors.ravel(), pa.float32())
    stored = json.dumps({"format": "striate-embeddings", "space": {"name": "tiny"}})
    columns = {
        "source": [f"/data/plate{i % 6}.tif" for i in range(n)],
        "object_id": list(range(n)),
        "channels": [["DNA", "actin"]] * n,
        "mean_intensity": pa.array([[1.0, 2.0]] * n, pa.list_(pa.float32())),
        "drug": [["A", "B", "C"][k] for k in labels],
        "plate": [i % 6 for i in range(n)],
        "embedding": pa.FixedSizeListArray.from_arrays(flat, 8),
    }
    path = tmp_path / "e.parquet"
    made = pa.table(columns).replace_schema_metadata({"striate": stored})
    pq.write_table(made, path)
    return path


def profile(table, out, **rest):
    return profile_embeddings(
        ProfileParams(embeddings=table, **rest), out, JobContext()
    )


def test_a_profile_is_a_folder_with_everything(table, tmp_path):
    out = tmp_path / "profile"
    found = profile(
        table, out, map="pca", clusters="kmeans", label="drug", group="plate",
        batch="plate",
    )  # fmt: skip
    names = {p.name for p in out.iterdir()}
    assert {"points.parquet", "map.svg", "map.png", "summary.json"} <= names
    points = pq.read_table(out / "points.parquet")
    assert {"source", "object_id", "drug", "pc1", "pc2", "cluster"} <= set(
        points.column_names
    )
    assert found.clusters == 3
    assert found.classified.knn == 1.0
    assert found.classified.grouped
    assert found.classified.mean_intensity_knn < 0.6
    assert found.batches.strength < 0.1
    assert json.loads((out / "summary.json").read_text())["rows"] == 90
    assert (tmp_path / "profile.provenance.json").exists()
    assert (out / "map.svg").read_text().count("<circle") == 90 + 3


def test_anndata_can_be_read_by_its_own_library(table, tmp_path):
    anndata = pytest.importorskip("anndata")
    profile(table, tmp_path / "p", map="pca", clusters="kmeans")
    read = anndata.read_h5ad(tmp_path / "p" / "embeddings.h5ad")
    assert read.shape == (90, 8)
    np.testing.assert_array_equal(read.X, read_embeddings(table).vectors)
    assert read.obsm["X_pca"].shape == (90, 8)
    assert set(read.obs["drug"]) == {"A", "B", "C"}
    assert read.obs["channels"].iloc[0] == "DNA, actin"


@pytest.mark.slow
def test_umap_keeps_the_groups_apart(table, tmp_path):
    pytest.importorskip("umap")
    profile(table, tmp_path / "a", clusters="none", anndata=False)
    points = pq.read_table(tmp_path / "a" / "points.parquet")
    xy = np.c_[points["umap1"].to_numpy(), points["umap2"].to_numpy()]
    drugs = np.array(points["drug"].to_pylist())
    centres = np.stack([xy[drugs == d].mean(0) for d in "ABC"])
    nearest_centre = np.linalg.norm(xy[:, None] - centres, axis=2).argmin(1)
    assert (np.array(list("ABC"))[nearest_centre] == drugs).mean() > 0.95


def test_an_unknown_column_is_named_with_those_there_are(table, tmp_path):
    with pytest.raises(InputError, match=r"no column 'dose'.*drug"):
        profile(table, tmp_path / "p", label="dose", map="pca")
    assert not (tmp_path / "p").exists()


def test_rows_are_found_by_file_and_object(table):
    found = read_embeddings(table)
    assert find_rows(found, ["plate1.tif#7"]) == [7]
    assert len(find_rows(found, ["plate1.tif"])) == 15
    with pytest.raises(InputError, match="is in no row"):
        find_rows(found, ["plate1.tif#8"])


def test_points_without_a_value_are_grey_and_numbers_are_in_order():
    colours, names = colours_for(np.array([10, 9, None, 10], dtype=object), 4)
    assert names == ["9", "10"]
    assert colours[0] == colours[3] != colours[1]
    assert colours[2] == "#BBBBBB"
