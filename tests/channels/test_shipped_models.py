"""What ships is what its card says, and everything that ships is named."""

from __future__ import annotations

import hashlib
import json

import pytest
from safetensors import safe_open

from striate import resources
from striate_channels import load_chadavit
from striate_channels.pretraining import PretrainParams


@pytest.fixture(scope="module")
def folder():
    return resources.path("models")


@pytest.fixture(scope="module")
def card(folder):
    return json.loads((folder / "chada-tiny.json").read_text("utf-8"))


def test_size_and_hash_of_the_card_are_those_of_the_file(folder, card):
    content = (folder / card["source"]["path"]).read_bytes()
    assert card["size"] == len(content)
    assert card["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_configuration_of_the_card_is_that_of_the_weights(folder, card):
    model = load_chadavit("chada-tiny")  # strictly: no tensor more or less
    config = card["details"]["config"]
    assert {k: getattr(model.config, k) for k in config} == config
    count = sum(p.numel() for p in model.parameters())
    assert f"{count:,} parameters" in (folder / "README.md").read_text("utf-8")


def test_the_description_says_how_it_was_trained_and_that_it_is_no_substitute(card):
    training, text = card["details"]["training"], card["description"]
    params = PretrainParams(**training["params"])
    assert training["pictures"] == training["steps"] * params.batch
    assert f"{training['steps']} steps of {params.batch} pictures" in text
    assert f"{params.simulated:.0%} of the steps on simulated fields" in text
    assert f"{params.depth} blocks, {params.embed_dim} dimensions" in text
    assert "no substitute for the published checkpoint" in text
    assert training["images"] == ["chroms_cortex_sample.tif"]
    assert resources.path("samples/brainbow_cortex/chroms_cortex_sample.tif").exists()


def test_the_card_does_not_hide_what_is_better(card):
    """Nine plain intensity features beat it on that sample; the card says so."""
    scores = card["details"]["scores"]
    assert scores["chance"] < scores["mean intensity"] < scores["this model"]
    assert scores["this model"] < scores["nine intensity features"]
    assert "not trained on" in scores["what"]
    assert "published ChAda-ViT" in card["recommended_use"]


def test_every_file_of_the_folder_is_named_in_its_readme(folder):
    text = (folder / "README.md").read_text("utf-8")
    files = [f for f in folder.rglob("*") if f.is_file() and f != folder / "README.md"]
    names = [f.relative_to(folder).as_posix() for f in files]
    assert "starter_classes.safetensors" in names
    assert [n for n in names if f"`{n}`" not in text] == []


@pytest.mark.parametrize("name", ["chadavit16-moyen", "morphem"])
def test_the_readme_and_the_cards_of_downloads_agree(folder, name):
    card = json.loads((folder / f"{name}.json").read_text("utf-8"))
    [row] = [
        line for line in (folder / "README.md").read_text("utf-8").splitlines()
        if line.startswith(f"| `{name}.json`")
    ]  # fmt: skip
    assert f"`{card['source']['repo']}`" in row
    assert len(card["source"]["revision"]) == 40


def test_the_classes_that_ship_state_their_origin(folder):
    with safe_open(folder / "starter_classes.safetensors", "np") as file:
        facts = json.loads(file.metadata()["striate"])
        assert file.get_tensor("classes").shape == (1000, 384)
    assert "Apache-2.0" in facts["origin"]
    assert "MIT" in facts["origin"]
