"""``striate channels`` as the contract has it."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from striate.cli import main


def run(capsys, *arguments):
    code = main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def last_json(out):
    return json.loads(out.strip().splitlines()[-1])


def test_embed_profile_search_from_end_to_end(capsys, tmp_path, tiny, stack):
    image, _mask = stack
    table = tmp_path / "e.parquet"
    code, out, _ = run(
        capsys, "channels", "embed", image, "--out", table, "--model", tiny,
        "--tile", 16, "--overlap", 0.5, "--json", "--device", "cpu",
    )  # fmt: skip
    assert code == 0
    found = last_json(out)
    assert found["rows"] == pq.read_metadata(table).num_rows == 35
    code, out, _ = run(
        capsys, "channels", "profile", table, "--out", tmp_path / "p", "--map", "pca",
        "--clusters", "kmeans", "--k", 2, "--json",
    )  # fmt: skip
    assert code == 0
    assert last_json(out)["clusters"] == 2
    assert (tmp_path / "p" / "map.svg").exists()
    code, out, _ = run(
        capsys,
        "channels",
        "search",
        table,
        "--like",
        "cells.tif#0",
        "--top",
        3,
        "--json",
    )
    assert code == 0
    assert len(last_json(out)["hits"]) == 3


def test_embed_takes_the_options_of_the_contract(capsys, tmp_path, tiny, stack):
    image, mask = stack
    table = tmp_path / "e.parquet"
    code, out, _ = run(
        capsys, "channels", "embed", image, "--out", table, "--model", tiny,
        "--num-heads", 4, "--normalise", "none", "--size", "native", "--tokens",
        "--labels", mask, "--channels", "1",
    )  # fmt: skip
    assert code == 0
    assert "4 embeddings by tiny" in out
    record = json.loads((tmp_path / "e.parquet.provenance.json").read_text())
    assert record["model"]["model"]["num_heads"] == 4
    assert record["model"]["model"]["num_heads_from"] == "given"
    assert "tokens" in pq.read_schema(table).names


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--size", "huge"), "--size huge"),
        (("--channels", "red"), "--channels red"),
        (("--normalise", "magic"), "normalise"),
        (("--model", "nothing-like-it"), "nothing-like-it"),
        (("--channels", "7"), "channel 7 does not exist"),
    ],
)
def test_bad_options_are_one_line_on_stderr(
    capsys, tmp_path, tiny, stack, arguments, sentence
):
    table = tmp_path / "e.parquet"
    code, _out, err = run(
        capsys, "channels", "embed", stack[0], "--out", table, "--model", tiny,
        "-q", *arguments,
    )  # fmt: skip
    assert code == 2
    assert sentence in err.splitlines()[-1]
    assert not list(tmp_path.glob("*e.parquet*"))


def test_pretrain_makes_a_model_that_embed_takes(capsys, tmp_path, stack):
    model = tmp_path / "mine"
    code, out, _ = run(
        capsys, "channels", "pretrain", "--out", model, "--steps", 1, "--batch", 2,
        "--depth", 1, "--embed-dim", 16, "--threads", 1, "--json",
    )  # fmt: skip
    assert code == 0
    card = last_json(out)["card"]
    code, _, _ = run(
        capsys, "channels", "embed", stack[0], "--out", tmp_path / "e.parquet",
        "--model", card,
    )  # fmt: skip
    assert code == 0


def test_the_demo_runs_on_its_real_sample(capsys, tmp_path):
    code, _out, _ = run(capsys, "demo", "channels", "--out", tmp_path / "d", "--json")
    assert code == 0
    summary = json.loads((tmp_path / "d" / "summary.json").read_text())
    assert summary["tiles"] > 50
    assert summary["clusters"] == 4
    assert (tmp_path / "d" / "examples.png").exists()
