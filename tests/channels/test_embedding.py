"""Embedding files: rows, resuming, cancelling, metadata, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tifffile

from striate.errors import Cancelled, InputError, OutputError
from striate.jobs import JobContext
from striate_channels import load_chadavit, normalise_channels
from striate_channels.embedding import EmbedParams, embed_files, read_embeddings
from striate_channels.embedding import run as run_module


class Ear:
    def __init__(self):
        self.lines, self.steps = [], []

    def on_progress(self, done, total, text):
        self.steps.append((done, total))

    def on_partial(self, value): ...

    def on_log(self, text, level):
        self.lines.append(text)


def embed(tmp_path, tiny, *images, name="e.parquet", ear=None, overwrite=False, **rest):
    params = EmbedParams(images=images, model=str(tiny), **rest)
    out = tmp_path / name
    return embed_files(params, out, JobContext(ear or Ear()), overwrite=overwrite)


def test_a_whole_image_gives_the_models_own_vector(tmp_path, tiny, stack):
    image, _ = stack
    outcome = embed(tmp_path, tiny, image, resize="native")
    found = read_embeddings(outcome.embeddings)
    flat = tifffile.imread(image).transpose(1, 0, 2, 3).max(1)
    expected = load_chadavit(tiny).embed([normalise_channels(flat)])
    np.testing.assert_allclose(found.vectors, expected, atol=1e-5)
    assert found.column("source").tolist() == [str(image)]
    assert found.column("n_channels").tolist() == [2]
    assert found.facts["space"]["name"] == "tiny"
    assert found.facts["preprocessing"]["normalise"] == "channel"
    record = json.loads((tmp_path / "e.parquet.provenance.json").read_text())
    assert record["model"]["model"]["num_heads"] == 2
    assert len(record["inputs"]) == 1


def test_the_table_has_the_promised_columns(tmp_path, tiny, stack):
    image, mask = stack
    embed(tmp_path, tiny, image, labels=(mask,))
    schema = pq.read_schema(tmp_path / "e.parquet")
    assert schema.field("source").type == pa.string()
    assert schema.field("object_id").type == pa.int64()
    assert schema.field("embedding").type == pa.list_(pa.float32(), 16)
    table = pq.read_table(tmp_path / "e.parquet")
    assert table["object_id"].to_pylist() == [1, 2, 3, 4]
    assert table["kind"].to_pylist() == ["object"] * 4
    assert [table[c][0].as_py() for c in ("z0", "z1", "y0", "y1", "x0", "x1")] == [
        0, 2, 4, 14, 4, 16,
    ]  # fmt: skip


def test_images_with_1_2_and_4_channels_share_one_table(tmp_path, tiny):
    rng = np.random.default_rng(0)
    paths = []
    for c in (1, 2, 4):
        paths.append(tmp_path / f"{c}.npy")
        np.save(paths[-1], rng.random((c, 40, 50), np.float32))
    embed(tmp_path, tiny, *paths, axes="CYX")
    found = read_embeddings(tmp_path / "e.parquet")
    assert found.column("n_channels").tolist() == [1, 2, 4]
    assert np.isfinite(found.vectors).all()


def test_tokens_are_the_vectors_of_the_patches(tmp_path, tiny, stack):
    embed(tmp_path, tiny, stack[0], tokens=True)
    table = pq.read_table(tmp_path / "e.parquet")
    tokens = np.array(table["tokens"][0].as_py())
    assert tokens.shape == (2 * 4 * 4, 16)


def test_views_of_an_object_are_averaged(tmp_path, tiny, stack):
    image, mask = stack
    views = {"projection": "views", "normalise": "channel"}
    embed(tmp_path, tiny, image, labels=(mask,), preprocessing=views)
    assert len(read_embeddings(tmp_path / "e.parquet")) == 4


def test_masking_changes_the_vector_of_an_object_with_a_neighbour(
    tmp_path, tiny, stack
):
    image, mask = stack
    wide = {"margin": 2.0}
    embed(tmp_path, tiny, image, labels=(mask,), objects=wide, name="a.parquet")
    wide = {"margin": 2.0, "mask": True}
    embed(tmp_path, tiny, image, labels=(mask,), objects=wide, name="b.parquet")
    a, b = (read_embeddings(tmp_path / f"{n}.parquet").vectors for n in "ab")
    assert (np.abs(a - b).max(1) > 1e-3).all()


def test_batches_and_parts_do_not_change_the_result(tmp_path, tiny, stack, monkeypatch):
    image, _ = stack
    tiles = {"tile": 16}
    embed(tmp_path, tiny, image, objects=tiles, name="a.parquet")
    monkeypatch.setattr(run_module, "PART", 5)
    embed(tmp_path, tiny, image, objects=tiles, name="b.parquet", batch=2)
    a, b = (read_embeddings(tmp_path / f"{n}.parquet") for n in "ab")
    assert len(a) == 12
    np.testing.assert_allclose(a.vectors, b.vectors, atol=1e-5)
    assert a.table["x0"] == b.table["x0"]


def test_a_cancelled_run_goes_on_where_it_stopped(tmp_path, tiny, stack, monkeypatch):
    image, _ = stack
    monkeypatch.setattr(run_module, "PART", 4)
    params = EmbedParams(images=(image,), model=str(tiny), objects={"tile": 16})
    out, ear = tmp_path / "e.parquet", Ear()

    def enough():
        return bool(ear.steps) and ear.steps[-1] == (8, 12)

    with pytest.raises(Cancelled):
        embed_files(params, out, JobContext(ear, is_cancelled=enough))
    assert not out.exists()
    parts = sorted(p.name for p in (tmp_path / ".e.parquet.parts").glob("*.parquet"))
    assert parts == ["000000.parquet"] or parts == ["000000.parquet", "000001.parquet"]
    outcome = embed_files(params, out, JobContext(Ear()))
    assert outcome.resumed == 4 * len(parts)
    assert len(read_embeddings(out)) == 12
    assert not (tmp_path / ".e.parquet.parts").exists()


def test_parts_of_another_request_are_not_used(tmp_path, tiny, stack, monkeypatch):
    image, _ = stack
    monkeypatch.setattr(run_module, "PART", 4)
    out, ear = tmp_path / "e.parquet", Ear()
    params = EmbedParams(images=(image,), model=str(tiny), objects={"tile": 16})
    with pytest.raises(Cancelled):
        embed_files(
            params, out, JobContext(ear, is_cancelled=lambda: (8, 12) in ear.steps)
        )
    other = params.model_copy(update={"tokens": True})
    assert embed_files(other, out, JobContext(Ear())).resumed == 0


def test_metadata_is_joined_by_file_and_by_object(tmp_path, tiny, stack):
    image, mask = stack
    csv = tmp_path / "m.csv"
    csv.write_text("source,object_id,drug,dose\ncells.tif,1,A,0.5\ncells.tif,3,B,2\n")
    embed(tmp_path, tiny, image, labels=(mask,), metadata=csv)
    found = read_embeddings(tmp_path / "e.parquet")
    assert found.table["drug"].to_pylist() == ["A", None, "B", None]
    assert found.table["dose"].to_pylist() == [0.5, None, 2.0, None]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("file,drug\na,b\n", "needs a column 'source'"),
        ("source,embedding\ncells.tif,b\n", "may not have a column 'embedding'"),
        ("source,drug\ncells.tif,A\ncells.tif,B\n", "two rows for cells.tif"),
        ("source,drug\nother.tif,A\n", "says nothing about any of the images"),
    ],
)
def test_wrong_metadata_is_refused(tmp_path, tiny, stack, text, sentence):
    csv = tmp_path / "m.csv"
    csv.write_text(text)
    with pytest.raises(InputError, match=sentence):
        embed(tmp_path, tiny, stack[0], metadata=csv)
    assert not list(tmp_path.glob("*e.parquet*"))


def test_too_many_channels_are_refused_and_can_be_chosen_from(tmp_path, tiny):
    path = tmp_path / "eleven.npy"
    np.save(path, np.random.default_rng(0).random((11, 40, 40), np.float32))
    with pytest.raises(InputError, match=r"eleven.npy has 11 channels.*at most 10"):
        embed(tmp_path, tiny, path, axes="CYX")
    assert not list(tmp_path.glob("*e.parquet*"))
    embed(tmp_path, tiny, path, axes="CYX", preprocessing={"channels": (10, 0)})
    assert read_embeddings(tmp_path / "e.parquet").column("n_channels").tolist() == [2]


def test_an_image_smaller_than_a_patch_is_refused_at_its_own_size(tmp_path, tiny):
    path = tmp_path / "small.npy"
    np.save(path, np.random.default_rng(0).random((5, 5), np.float32))
    with pytest.raises(InputError, match="smaller than one patch"):
        embed(tmp_path, tiny, path, resize="native")
    assert not list(tmp_path.glob("*e.parquet*"))
    embed(tmp_path, tiny, path)  # resized to the model's size
    assert len(read_embeddings(tmp_path / "e.parquet")) == 1


def test_nan_and_constant_channels_are_embedded_and_said(tmp_path, tiny):
    path = tmp_path / "odd.npy"
    image = np.random.default_rng(0).random((2, 40, 40)).astype(np.float32)
    image[0, :3] = np.nan
    image[1] = 7
    np.save(path, image)
    ear = Ear()
    embed(tmp_path, tiny, path, axes="CYX", ear=ear)
    assert any("not finite" in line for line in ear.lines)
    assert any("channel 2 is constant" in line for line in ear.lines)
    assert np.isfinite(read_embeddings(tmp_path / "e.parquet").vectors).all()


def test_an_existing_table_is_kept_unless_told(tmp_path, tiny, stack):
    embed(tmp_path, tiny, stack[0])
    with pytest.raises(OutputError, match="already exists"):
        embed(tmp_path, tiny, stack[0])
    embed(tmp_path, tiny, stack[0], overwrite=True)


def test_one_label_file_for_each_image_is_asked_for(stack):
    with pytest.raises(ValueError, match="2 images and 1 label"):
        EmbedParams(images=(stack[0], stack[0]), labels=(stack[1],))


def test_a_table_without_embeddings_is_refused(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "t.parquet")
    with pytest.raises(InputError, match="no column 'embedding'"):
        read_embeddings(tmp_path / "t.parquet")
    (tmp_path / "x.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(InputError, match="no readable Parquet"):
        read_embeddings(tmp_path / "x.parquet")
