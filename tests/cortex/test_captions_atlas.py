"""The caption atlas: topics with names, a plane with a fixed seed, search by word."""

from __future__ import annotations

import numpy as np
import pytest

from striate.errors import InputError
from striate.jobs.context import JobContext
from striate_cortex.captions.atlas import find_topics, make_atlas, search_atlas
from striate_cortex.captions.nouns import nouns_of, region_nouns


def clusters(n=40):
    rng = np.random.default_rng(0)
    own = np.repeat(np.eye(3, 8), [n, n // 2, n // 4], axis=0)
    captions = ["a smiling face"] * n + ["a red bus"] * (n // 2) + ["a dog"] * (n // 4)
    return (own + 0.05 * rng.standard_normal(own.shape)).astype(np.float32), captions


def test_topics_are_clusters_named_by_their_own_words():
    vectors, captions = clusters()
    labels, topics = find_topics(vectors, captions)
    assert [t.units for t in topics] == [40, 20, 10]
    assert [set(t.words) for t in topics] == [{"smiling", "face"}, {"red", "bus"},
                                              {"dog"}]  # fmt: skip
    assert labels.tolist() == [0] * 40 + [1] * 20 + [2] * 10
    assert topics[2].name == "dog"
    assert len(find_topics(vectors, captions, topics=5)[1]) == 5


def test_the_plane_keeps_alike_units_together_and_is_the_same_every_time():
    pytest.importorskip("umap")
    vectors, captions = clusters()
    first, again = (make_atlas(vectors, captions, seed=3) for _ in range(2))
    assert np.array_equal(first.places, again.places)
    away = np.linalg.norm(first.places[:, None] - first.places[None], axis=2)
    np.fill_diagonal(away, np.inf)
    assert (first.topic[away.argmin(1)] == first.topic).all()
    with pytest.raises(InputError, match="three units at least"):
        make_atlas(vectors[:2], captions[:2])


def test_search_finds_beginnings_of_words_in_captions_and_keywords():
    rows = [{"caption": "two faces", "keywords": "eyes; nose"},
            {"caption": "a house", "keywords": "face"},
            {"caption": "a surface", "keywords": ""}]  # fmt: skip
    assert search_atlas(rows, "face") == [0, 1]
    assert search_atlas(rows, "face nose") == [0]
    assert search_atlas(rows, " ") == []


def test_the_job_writes_a_table_that_can_be_read(tmp_path):
    pytest.importorskip("umap")
    from tests.cortex.caption_parts import written_subject

    from striate_cortex.atlas_job import AtlasJob, read_atlas, run_atlas
    from striate_cortex.selectivity import CaptionJob, run_caption

    subject = written_subject(tmp_path / "three")
    params = AtlasJob(model=subject.folder, out=tmp_path / "a.parquet", topics=2)
    outcome = run_atlas(params, JobContext(seed=1))
    rows, whole = read_atlas(outcome.path)
    assert [r["unit"] for r in rows] == [0, 1, 2]
    assert sum(t["units"] for t in whole["topics"]) == 3
    assert {r["topic_name"] for r in rows} == {t["name"] for t in whole["topics"]}
    assert all(np.isfinite([r["x"], r["y"]]).all() for r in rows)
    assert whole["simulated"]
    table = tmp_path / "c.parquet"
    run_caption(CaptionJob(model=subject.folder, out=table), JobContext())
    with pytest.raises(InputError, match="no atlas"):
        read_atlas(table)


# ---- Nouns


@pytest.mark.parametrize(
    ("caption", "nouns"),
    [
        ("a man riding a wave on a surfboard", ["man", "wave", "surfboard"]),
        ("two dogs are playing in the snow", ["dogs", "snow"]),
        ("an office building with a red door", ["building", "door"]),
        ("eyes, nose and mouth", ["eyes", "nose", "mouth"]),
        ("a photo of", []),
    ],
)
def test_nouns_are_the_last_words_of_their_groups(caption, nouns):
    found = nouns_of(caption)
    assert [n for n in found if n != "photo"] == nouns


def test_a_regions_nouns_are_counted_by_captions():
    captions = ["a dog and a dog", "a dog on a bed", "", "a cat"]
    regions = {"A": [True, True, True, False], "B": [False] * 3 + [True]}
    found = region_nouns(captions, regions)
    assert found == {"A": [("dog", 2), ("bed", 1)], "B": [("cat", 1)]}
