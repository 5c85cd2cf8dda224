"""Measurements: numbers a person can check, units in the names of the columns."""

from __future__ import annotations

import csv

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest
from tests.filaments.neuron_sets import bar, crossing_pair

from striate.errors import Cancelled, InputError
from striate.jobs import JobContext
from striate_filaments.exchange.tables import write_table
from striate_filaments.measurements import measure, tortuosity
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.skeletons import Skeleton, skeletonise


def one_bar(**rest):
    """20 x 3 x 3 voxels of 0.5 µm along x; its box begins at (4, 6, 8)."""
    neuron = bar(5, (4, 6, 8), 20, colour=(0.6, 0.8), **rest)
    return NeuronSet((30, 30, 30), (0.5,) * 3, "µm", [neuron], channels=("red", "ua"))


def test_a_bar_measures_what_it_is():
    (row,) = measure(one_bar()).to_pylist()

    assert row["id"] == 5
    assert row["voxels"] == 180
    assert row["volume_um3"] == pytest.approx(180 * 0.125)
    assert row["cable_length_um"] == pytest.approx(19 * 0.5, abs=1.0)
    assert (row["tips"], row["branch_points"]) == (2, 0)
    assert row["mean_radius_um"] == pytest.approx(0.75, abs=0.26)
    assert row["bridged_gaps_um"] == 0
    assert (row["colour_red"], row["colour_ua"]) == pytest.approx((0.6, 0.8))


def test_places_are_those_of_swc_and_meshes():
    (row,) = measure(one_bar()).to_pylist()
    skeleton = skeletonise(one_bar()[5], (0.5,) * 3)

    # Voxel 4 of z is centred at 2 µm and begins at 1.75 µm.
    assert row["box_z_start_um"] == pytest.approx(1.75)
    assert row["box_z_stop_um"] == pytest.approx(3.25)
    centre = [row[f"centre_{axis}_um"] for axis in "zyx"]
    assert centre == pytest.approx(skeleton.points.mean(0), abs=0.3)


def test_without_a_voxel_size_the_unit_is_the_pixel():
    names = measure(NeuronSet((9, 9, 9), neurons=[bar(1, (0, 0, 0), 5)])).column_names

    assert {"volume_px3", "cable_length_px", "centre_x_px"} <= set(names)
    assert not [n for n in names if "_um" in n]


def test_tortuosity_of_a_right_angle():
    leg = np.array([[0, 0, x] for x in range(4)] + [[0, y, 3] for y in range(1, 5)])
    skeleton = Skeleton(leg.astype(float), np.ones(8), np.arange(-1, 7))

    # 3 along x and 4 along y: 7 along the path, 5 straight.
    assert tortuosity(skeleton) == pytest.approx(7 / 5)


def test_tortuosity_of_one_node_is_unknown():
    assert np.isnan(tortuosity(Skeleton(np.zeros((1, 3)), np.ones(1), np.array([-1]))))


def test_only_the_neurons_asked_for_in_that_order():
    assert measure(crossing_pair(), [2, 1]).column("id").to_pylist() == [2, 1]
    assert measure(crossing_pair(), [2]).column("id").to_pylist() == [2]


def test_a_neuron_without_colour_has_nulls_and_costs_no_column():
    neurons = one_bar()
    neurons.add(Neuron.from_coordinates(1, [(0, 0, 0)]))

    table = measure(neurons, [1, 5])

    assert table.column("colour_red").to_pylist() == [None, pytest.approx(0.6)]


def test_channels_of_one_name_are_told_apart():
    neurons = NeuronSet((9,) * 3, channels=("GFP", "GFP"))

    names = measure(neurons).column_names

    assert names[-2:] == ["colour_1_GFP", "colour_2_GFP"]


def test_no_neurons_give_the_columns_and_no_rows():
    empty = NeuronSet((3,) * 3, (0.5,) * 3, "µm", channels=("red", "ua"))

    table = measure(empty)

    assert table.schema == measure(one_bar()).schema
    assert table.num_rows == 0


def test_it_can_be_stopped():
    with pytest.raises(Cancelled):
        measure(crossing_pair(), ctx=JobContext(is_cancelled=lambda: True))


# ---- Files


def test_csv_opens_in_the_standard_library_and_in_pyarrow(tmp_path):
    table = measure(one_bar(name="ü, µ"))

    path = write_table(tmp_path / "x.csv", table)

    with path.open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["name"] == "ü, µ"
    assert float(row["volume_um3"]) == pytest.approx(22.5)
    assert pyarrow.csv.read_csv(path).column_names == table.column_names


def test_parquet_keeps_types(tmp_path):
    table = measure(one_bar())

    path = write_table(tmp_path / "x.parquet", table)

    assert pyarrow.parquet.read_table(path).equals(table)


def test_another_suffix(tmp_path):
    with pytest.raises(InputError, match=r"x\.xlsx: tables are written as"):
        write_table(tmp_path / "x.xlsx", measure(one_bar()))
