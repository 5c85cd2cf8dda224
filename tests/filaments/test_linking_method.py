"""The learned method as it ships, in small volumes that are known."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors import safe_open
from tests.filaments.drawn import picture, tube

from striate.data.volume import Volume
from striate_filaments.learned.files import find_model
from striate_filaments.linking.keeping import KEEP
from striate_filaments.linking.model import Settings, load_links
from striate_filaments.linking.opening import BESIDE
from striate_filaments.linking.training import main
from striate_filaments.linking.volumes import FIRST_SEED, volume_params
from striate_filaments.segmentation import SegmentParams, segment

SHAPE = (32, 120, 120)
RED, GREEN = (300, 20, 10), (10, 300, 20)
ALONG_X = ((16, 60, 8), (16, 60, 112))
ALONG_Y = ((16, 8, 60), (16, 112, 60))


def found(raw, axes="CZYX", **params):
    params = SegmentParams(method="learned", **params)
    return segment(Volume.from_array(raw, axes), params)


def sha256_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def pair():
    return picture((tube(SHAPE, *ALONG_X), RED), (tube(SHAPE, *ALONG_Y), GREEN))


@pytest.fixture(scope="module")
def neurons(pair):
    return found(pair)


def test_two_neurons_of_unlike_hue_both_keep_their_crossing(neurons):
    assert len(neurons) == 2
    assert sorted(neurons.at((16, 60, 60))) == [1, 2]
    assert neurons.at((16, 60, 20)) == neurons.at((16, 60, 100))
    assert neurons.at((16, 20, 60)) == neurons.at((16, 100, 60))


def test_a_gap_is_bridged_when_colour_and_direction_agree():
    raw = picture((tube(SHAPE, *ALONG_X, gaps=[(0.46, 0.54)]), RED))

    neurons = found(raw)

    assert len(neurons) == 1
    z, y, x = next(iter(neurons)).coordinates().T
    assert set(range(8, 112)) <= set(x)
    assert max(abs(z - 16).max(), abs(y - 60).max()) <= 4


def test_noise_alone_has_no_neurons():
    raw = np.random.default_rng(0).normal(50, 5, (3, 32, 96, 96))

    assert len(found(raw.astype(np.float32))) == 0


def test_one_channel_is_enough():
    raw = picture((tube(SHAPE, *ALONG_X), (300,)))

    assert len(found(raw)) == 1


def test_the_block_size_does_not_show(pair, neurons):
    blocks = found(pair, block=48)

    assert [len(n) for n in blocks] == [len(n) for n in neurons]
    assert blocks.at((16, 60, 60)) == neurons.at((16, 60, 60))


def test_the_links_are_in_the_provenance(neurons):
    notes = neurons.provenance["notes"]

    assert notes["links"] == BESIDE
    assert len(notes["links_sha256"]) == 64


def test_a_network_without_links_joins_by_colour(pair, tmp_path):
    alone = tmp_path / "alone.safetensors"
    shutil.copyfile(find_model().path, alone)

    neurons = found(pair, model=str(alone))

    assert "links" not in neurons.provenance["notes"]
    along_x, along_y = neurons.at((16, 60, 20)), neurons.at((16, 20, 60))
    assert len(along_x) == len(along_y) == 1
    assert sorted(neurons.at((16, 60, 60))) == sorted(along_x + along_y)


def test_links_that_ship_are_those_of_the_network_that_ships():
    network = find_model()
    file = network.path.parent / BESIDE

    with safe_open(file, "numpy") as opened:
        made = json.loads(opened.metadata()["made"])

    assert file.stat().st_size < 10_000_000
    assert made["network_sha256"] == sha256_of(network.path)
    assert f"--network {network.id}" in made["command"]
    assert made["trained_on"].endswith("of training shapes")


def test_one_command_trains_links_and_says_so_in_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr("striate_filaments.linking.volumes._SHAPE", (40, 80, 80))
    once = dict.fromkeys(("near", "mid", "far"), 1)
    monkeypatch.setattr("striate_filaments.linking.training._LOOKS", once)
    asked = f"training --out {tmp_path} --volumes 4 --seed {FIRST_SEED}"
    monkeypatch.setattr("sys.argv", asked.split())

    main()

    links = load_links(tmp_path / BESIDE)
    with safe_open(tmp_path / BESIDE, "numpy") as opened:
        made = json.loads(opened.metadata()["made"])
    assert made["command"].endswith(f"--volumes 4 --seed {FIRST_SEED}")
    assert made["network_sha256"] == sha256_of(find_model().path)
    assert links.settings == replace(Settings(), found=4.0, low=4.0)
    assert len(links.keep.mean) == len(KEEP)


def test_volumes_to_learn_from_show_training_shapes_only():
    drawn = [volume_params(FIRST_SEED + i) for i in range(6)]

    assert {p.morphologies for p in drawn} == {"training"}
    assert len({p.model_dump_json() for p in drawn}) == 6
    assert volume_params(FIRST_SEED) == volume_params(FIRST_SEED)
