"""``striate filaments``: the contract that scripts rely on."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from tests.filaments.neuron_sets import crossing_pair, masks

from striate.cli import main
from striate_filaments import read_neurons, write_neurons
from striate_filaments.exchange import read_any


@pytest.fixture
def striate(capfd):
    """Run the command line: (exit code, lines of stdout, stderr)."""

    def run(*arguments):
        capfd.readouterr()
        code = main([str(a) for a in arguments])
        out, err = capfd.readouterr()
        return code, out.splitlines(), err

    return run


@pytest.fixture
def pair(tmp_path):
    return write_neurons(tmp_path / "pair.neurons.zarr", crossing_pair())


def test_the_way_from_a_volume_to_a_score(striate, painted, tmp_path):
    found = tmp_path / "x.neurons.zarr"

    code, out, _ = striate("filaments", "segment", painted, "--out", found, "--json")
    assert code == 0
    assert json.loads(out[-1])["neurons"] == str(found)
    assert json.loads(out[-1])["count"] == len(read_neurons(found))

    report = tmp_path / "score.json"
    code, out, _ = striate("filaments", "score", found, painted, "--json", report)
    assert code == 0
    assert out[0].split()[0] == "S"
    numbers = json.loads(report.read_text())
    assert 0 < numbers["S"] <= 1
    assert float(out[0].split()[1]) == pytest.approx(numbers["S"], abs=1e-3)


def test_a_region_only(striate, painted, tmp_path):
    found = tmp_path / "x.neurons.zarr"

    code, _, _ = striate(
        "filaments", "segment", painted, "--out", found, "--roi", "0:40,0:96,0:48"
    )

    assert code == 0
    assert all(n.stop[2] <= 48 for n in read_neurons(found))


def test_all_exports(striate, pair, tmp_path):
    forms = {"labels": "l.tif", "fisbe": "f.zarr", "swc": "swc", "table": "t.parquet",
             "mesh": "mesh"}  # fmt: skip
    options = [
        x for form, name in forms.items() for x in (f"--{form}", tmp_path / name)
    ]

    code, out, err = striate("filaments", "export", pair, *options, "--json")

    assert code == 0
    written = json.loads(out[-1])["files"]
    assert written == {form: str(tmp_path / name) for form, name in forms.items()}
    assert masks(read_any(tmp_path / "f.zarr")) == masks(crossing_pair())
    assert "more than one neuron" in err


def test_export_takes_label_images_and_fisbe_alike(striate, pair, tmp_path):
    striate("filaments", "export", pair, "--fisbe", tmp_path / "f.zarr",
            "--labels", tmp_path / "l.zarr")  # fmt: skip

    for name in ("f.zarr", "l.zarr"):
        code, _, _ = striate(
            "filaments", "export", tmp_path / name, "--table", tmp_path / f"{name}.csv"
        )
        assert code == 0
        assert len((tmp_path / f"{name}.csv").read_text().splitlines()) == 3


def test_who_keeps_overlaps_and_which_neurons(striate, pair, tmp_path):
    striate("filaments", "export", pair, "--labels", tmp_path / "l.tif",
            "--overlaps", "larger")  # fmt: skip
    striate("filaments", "export", pair, "--swc", tmp_path / "swc", "--ids", "2")

    assert len(read_any(tmp_path / "l.tif")[1]) == 27
    assert [p.name for p in (tmp_path / "swc").iterdir()] == ["neuron_2.swc"]


def test_simulate_is_the_same_for_a_seed(striate, tmp_path):
    for folder in ("a", "b"):
        code, out, _ = striate(
            "filaments", "simulate", "--out", tmp_path / folder, "--n", 1, "--seed", 3,
            "--shape", "32,48,48", "--neurons", 2,
        )  # fmt: skip
        assert code == 0
        assert out == [f"semi-synthetic: {tmp_path / folder}/semi-synthetic-3.zarr"]

    one, two = (read_any(tmp_path / f / "semi-synthetic-3.zarr") for f in "ab")
    assert masks(one) == masks(two)


# ---- Mistakes: one line, exit code 2, nothing written


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["segment", "nowhere.tif", "--out", "{x}.neurons.zarr"],
         "nowhere.tif does not exist"),
        (["segment", "{painted}", "--out", "{x}.tif"], "should end in .neurons.zarr"),
        (["segment", "{painted}", "--out", "{x}.zarr", "--roi", "1:2"],
         "z0:z1,y0:y1,x0:x1"),
        (["segment", "{painted}", "--out", "{x}.zarr", "--roi", "4:4,0:9,0:9"],
         "is empty"),
        (["segment", "{painted}", "--out", "{x}.zarr", "--method", "magic"],
         "segment.method"),
        (["segment", "{painted}", "--out", "{x}.zarr", "--voxel-size", "a"],
         "--voxel-size a"),
        (["export", "{pair}"], "Say what to write"),
        (["export", "{pair}", "--labels", "{x}.png"], "x.png"),
        (["export", "{pair}", "--swc", "{x}", "--ids", "8"], "no neuron 8"),
        (["export", "{painted}/nowhere", "--swc", "{x}"], "does not exist"),
        (["score", "{pair}", "{painted}/nowhere"], "does not exist"),
        (["score", "{pair}", "{pair}", "--preset", "mine"], "no preset 'mine'"),
        (["simulate", "--out", "{x}", "--shape", "1,2"], "shape"),
        (["simulate", "--out", "{x}", "--n", "0"], "count"),
    ],
)  # fmt: skip
def test_mistakes(striate, painted, pair, tmp_path, arguments, complaint):
    target = tmp_path / "results"
    target.mkdir()
    places = {"painted": painted, "pair": pair, "x": target / "x"}

    code, out, err = striate("filaments", *(a.format(**places) for a in arguments))

    assert code == 2
    assert out == []
    assert len(err.splitlines()) == 1
    assert complaint in err
    assert list(target.iterdir()) == []


def test_an_existing_target_needs_overwrite(striate, painted, pair):
    command = ["filaments", "segment", painted, "--out", pair]

    code, _, err = striate(*command)
    assert code == 2
    assert "--overwrite" in err
    assert len(read_neurons(pair)) == 2

    code, _, _ = striate(*command, "--overwrite", "-q")
    assert code == 0
    assert read_neurons(pair).shape == (40, 96, 96)


def test_a_cut_off_stack_is_one_line(tmp_path):
    whole = tmp_path / "whole.tif"
    tifffile.imwrite(whole, np.zeros((6, 3, 40, 40), np.uint16), imagej=True)
    cut = tmp_path / "cut.tif"
    cut.write_bytes(whole.read_bytes()[:9000])
    found = tmp_path / "x.neurons.zarr"

    command = ["-m", "striate", "filaments", "segment", str(cut), "--out", str(found)]
    answer = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False
    )

    assert answer.returncode == 2
    assert answer.stderr.startswith(f"{cut} is truncated")
    assert answer.stderr.count("\n") == 1
    assert not found.exists()
