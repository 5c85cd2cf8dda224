"""A report per volume: the numbers in words, the errors in the picture."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest
from PIL import Image

from striate.errors import InputError, OutputError
from striate_filaments.metrics import Preset, score
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.score_report import error_figure, write_report

SHAPE = (12, 60, 80)


def bars(*parts):
    found = []
    for i, (y, x0, x1) in enumerate(parts, 1):
        mask = np.zeros(SHAPE, bool)
        mask[4:7, y : y + 3, x0:x1] = True
        found.append(Neuron.from_mask(i, mask))
    return NeuronSet(SHAPE, neurons=found)


@pytest.fixture(scope="module")
def scored():
    truth = bars((10, 5, 75), (30, 5, 75))
    found = bars((10, 5, 40), (10, 44, 75), (30, 5, 75), (50, 5, 40))
    return score(found, truth, preset=Preset(remove_small=0))


def test_the_page_names_every_error_and_number(scored, tmp_path):
    page = write_report(tmp_path / "r.html", scored, title="A <b> volume").read_text()
    assert "A &lt;b&gt; volume" in page
    assert "True neuron 1 is split between 1 and 2" in page
    assert "Neuron 4 lies mostly on background" in page
    assert f"<td>S</td><td>{scored['S']:.4g}</td>" in page
    picture = base64.b64decode(re.search(r"base64,([^\"]+)", page)[1])
    assert picture[:4] == b"\x89PNG"


def test_matched_neurons_wear_the_colour_of_the_true_one(scored):
    figure = np.asarray(error_figure(scored)).astype(int) // 24
    middle = figure.shape[1] // 2
    truth, found = figure[:, :middle], figure[:, middle:]
    seen, counts = np.unique(truth.reshape(-1, 3), axis=0, return_counts=True)
    strong = seen[(np.ptp(seen, axis=1) > 3) & (counts > 2000)]
    assert len(strong) == 2
    for colour in strong:
        assert (found == colour).all(-1).sum() > 1000


def test_a_png_is_the_figure_alone_and_nothing_is_replaced_unasked(scored, tmp_path):
    path = write_report(tmp_path / "r.png", scored)
    assert Image.open(path).width > 1000
    with pytest.raises(OutputError, match="already exists"):
        write_report(path, scored)
    with pytest.raises(InputError, match=r"\.html or \.png"):
        write_report(tmp_path / "r.pdf", scored)


def test_the_command_line_draws_the_errors(scored, tmp_path):
    from typer.testing import CliRunner

    from striate_filaments.cli import app
    from striate_filaments.exchange.fisbe import write_fisbe

    write_fisbe(tmp_path / "gt.zarr", bars((10, 5, 75), (30, 5, 75)))
    write_fisbe(tmp_path / "pred.zarr", bars((10, 5, 40), (30, 5, 75)))
    asked = ["score", "pred.zarr", "gt.zarr", "--report", "r.html", "--json", "s.json"]
    asked = [str(tmp_path / a) if "." in a else a for a in asked]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "pred.zarr" in (tmp_path / "r.html").read_text()
    wrong = [a.replace("r.html", "r.doc") for a in asked] + ["--overwrite"]
    assert isinstance(CliRunner().invoke(app, wrong).exception, InputError)
