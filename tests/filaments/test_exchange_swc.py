"""SWC: one file per neuron, µm, the root at the thickest point."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from tests.filaments.neuron_sets import bar, crossing_pair, neuron_sets

from striate import resources
from striate.errors import InputError, OutputError
from striate_filaments.exchange.swc import read_swc, write_swc, write_swc_folder
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.skeletons import skeletonise


def plain_parse(path):
    """Read SWC as any program does: numbers by column, comments skipped."""
    return np.loadtxt(path, comments="#", ndmin=2)


@pytest.fixture
def folder(tmp_path):
    thick = bar(2, (0, 0, 10), 9, thickness=7).coordinates()
    thin = bar(2, (2, 2, 0), 40, thickness=3).coordinates()
    club = Neuron.from_coordinates(2, [*thick, *thin], name="club")
    neurons = NeuronSet(
        (20, 20, 60), (2.0, 0.5, 0.5), "µm", [bar(1, (9, 9, 5), 30), club]
    )
    return write_swc_folder(tmp_path / "swc", neurons)


def test_one_file_per_neuron(folder):
    names = sorted(p.name for p in folder.iterdir())

    assert names == ["neuron_1.swc", "neuron_2.swc"]
    assert folder.joinpath("neuron_2.swc").read_text("utf-8").startswith("# club\n")


def test_columns_are_x_y_z_in_micrometres(folder):
    nodes = plain_parse(folder / "neuron_1.swc")

    # The bar runs along x at z 10 (2 µm each) and y 10 (0.5 µm each).
    assert nodes.shape[1] == 7
    assert nodes[:, 4] == pytest.approx(10 * 2.0)
    assert nodes[:, 3] == pytest.approx(10 * 0.5)
    assert nodes[:, 2].min() >= 5 * 0.5
    assert nodes[:, 2].max() <= 34 * 0.5


def test_one_root_first_at_the_thickest_node(folder):
    nodes = plain_parse(folder / "neuron_2.swc")

    assert (nodes[:, 6] == -1).sum() == 1
    assert nodes[0, 6] == -1
    assert nodes[0, 5] == nodes[:, 5].max()
    assert (nodes[1:, 6] < nodes[1:, 0]).all()
    # Half of 7 voxels of 0.5 µm.
    assert nodes[0, 5] == pytest.approx(3.5 * 0.5, abs=0.26)


@settings(deadline=None, max_examples=20)
@given(neurons=neuron_sets(most=2))
def test_round_trip(tmp_path_factory, neurons):
    for neuron in neurons:
        skeleton = skeletonise(neuron, neurons.voxel_size)
        path = tmp_path_factory.mktemp("swc") / "x.swc"

        back = read_swc(write_swc(path, skeleton))

        # Written with four decimals, in an order of its own.
        there = {tuple(p) for p in np.round(skeleton.points, 4)}
        assert {tuple(p) for p in np.round(back.points, 4)} == there
        assert back.cable_length == pytest.approx(skeleton.cable_length, abs=0.02)
        assert len(back.tips) == len(skeleton.tips)


def test_bridges_over_gaps_are_written_down(tmp_path):
    broken = Neuron.from_coordinates(
        1, [(0, 0, x) for x in range(30) if not 10 < x < 15]
    )

    write_swc(tmp_path / "x.swc", skeletonise(broken))

    assert "# bridges over gaps, by node: " in (tmp_path / "x.swc").read_text("utf-8")


# ---- Other programs' files


@pytest.mark.parametrize("name", ["754534424", "1734350908"])
def test_hemibrain_neurons(real_data, name):
    path = real_data(f"hemibrain_swc/{name}.swc")
    nodes = plain_parse(path)

    skeleton = read_swc(path)

    assert len(skeleton) == len(nodes)
    assert (skeleton.parents < 0).sum() == (nodes[:, 6] < 0).sum()
    by_id = {int(n[0]): n for n in nodes}
    steps = [np.linalg.norm(n[2:5] - by_id[int(n[6])][2:5]) for n in nodes if n[6] >= 0]
    assert skeleton.cable_length == pytest.approx(sum(steps))


def test_the_tracings_that_ship_have_columns_z_y_x(tmp_path):
    with zipfile.ZipFile(
        resources.path("samples/allen_exaspim_swc/target_swcs.zip")
    ) as archive:
        names = [n for n in archive.namelist() if n.endswith(".swc")]
        archive.extractall(tmp_path)

    skeletons = [read_swc(tmp_path / n, columns="zyx") for n in names]

    assert len(skeletons) == 14
    # The volume they were traced in is 512 x 256 x 256 (z, y, x).
    highest = np.max([s.points.max(0) for s in skeletons], axis=0)
    assert highest[0] > 256
    assert (highest[1:] <= 256).all()


# ---- Bad input


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "holds no nodes"),
        ("# nothing\n", "holds no nodes"),
        ("1 0 0 0 0 1\n", r"line 1: an SWC line has the seven numbers"),
        ("1 0 0 0 0 1 -1\nhello\n", r"line 2: an SWC line"),
        ("1 0 0 0 0 1 -1\n2 0 1 0 0 1 9\n", "node 2 has the parent 9, which is not"),
        ("1 0 0 0 0 1 -1\n1 0 1 0 0 1 -1\n", "uses a node id twice"),
        ("1 0 0 0 0 1 2\n2 0 1 0 0 1 1\n", "lead to no root: a ring"),
    ],
)
def test_what_is_no_swc(tmp_path, text, complaint):
    (tmp_path / "x.swc").write_text(text)

    with pytest.raises(InputError, match=complaint):
        read_swc(tmp_path / "x.swc")


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="cannot be opened"):
        read_swc(tmp_path / "nowhere.swc")


def test_a_folder_with_other_files_is_never_replaced(tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")

    with pytest.raises(OutputError, match=r"holds other files, such as thesis\.docx"):
        write_swc_folder(tmp_path, crossing_pair(), overwrite=True)

    assert (tmp_path / "thesis.docx").exists()


def test_an_earlier_export_is_replaced_when_allowed(folder):
    with pytest.raises(OutputError, match="already exists"):
        write_swc_folder(folder, crossing_pair())

    write_swc_folder(folder, NeuronSet((1, 1, 1)), overwrite=True)

    assert list(folder.iterdir()) == []


def test_an_empty_folder_is_as_good_as_none(tmp_path):
    (tmp_path / "swc").mkdir()

    write_swc_folder(tmp_path / "swc", crossing_pair(), [2])

    assert [p.name for p in (tmp_path / "swc").iterdir()] == ["neuron_2.swc"]


def test_without_a_voxel_size_the_file_says_voxels(tmp_path):
    line = NeuronSet((4, 4, 30), neurons=[bar(1, (1, 1, 2), 20)])

    write_swc_folder(tmp_path / "swc", line)

    text = (tmp_path / "swc/neuron_1.swc").read_text("utf-8")
    assert "# unit: voxel\n" in text
    assert "micrometer" not in text
