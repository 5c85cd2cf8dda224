"""Export: every form asked for, or none, and nothing of anybody else's."""

from __future__ import annotations

import pytest
from tests.filaments.neuron_sets import crossing_pair, masks

from striate.errors import Cancelled, InputError, OutputError
from striate.jobs import JobContext
from striate_filaments.exchange import ExportParams, export, read_any
from striate_filaments.neurons import NeuronSet


class Heard:
    def __init__(self):
        self.log = []

    def on_progress(self, done, total, text):
        self.last = text

    def on_partial(self, value):
        raise AssertionError("nothing is partial here")

    def on_log(self, text, level):
        self.log.append((level, text))


def everything(folder, **rest):
    return ExportParams(
        labels=folder / "labels.tif",
        fisbe=folder / "fisbe.zarr",
        swc=folder / "swc",
        table=folder / "table.csv",
        mesh=folder / "meshes",
        **rest,
    )


def names(folder):
    return sorted(p.name for p in folder.iterdir())


ALL = ["fisbe.zarr", "labels.tif", "meshes", "swc", "table.csv"]


def test_all_forms_at_once(tmp_path):
    heard = Heard()

    made = export(crossing_pair(), everything(tmp_path), JobContext(heard))

    assert names(tmp_path) == ALL
    assert made.count == 2
    assert list(made.files) == ["labels", "fisbe", "swc", "table", "mesh"]
    assert masks(read_any(tmp_path / "fisbe.zarr")) == masks(crossing_pair())
    assert names(tmp_path / "swc") == ["neuron_1.swc", "neuron_2.swc"]
    assert names(tmp_path / "meshes") == ["neuron_1.ply", "neuron_2.ply"]
    # What a label image lost is said, not only stored.
    assert heard.log == [("warning", made.overlaps.sentence())]


def test_only_the_neurons_asked_for(tmp_path):
    export(crossing_pair(), everything(tmp_path, ids=[2], mesh_kind="obj"))

    assert names(tmp_path / "swc") == ["neuron_2.swc"]
    assert names(tmp_path / "meshes") == ["neuron_2.obj"]
    assert read_any(tmp_path / "labels.tif").ids == [2]


def test_no_neurons_are_exported_as_nothing_and_said_so(tmp_path):
    heard = Heard()

    made = export(NeuronSet((4, 5, 6)), everything(tmp_path), JobContext(heard))

    assert names(tmp_path) == ALL
    assert made.count == 0
    assert names(tmp_path / "swc") == []
    assert heard.log == [
        ("warning", "There are no neurons: what was written is empty.")
    ]


def test_one_target_in_the_way_and_nothing_is_written(tmp_path):
    (tmp_path / "table.csv").write_text("mine")

    with pytest.raises(OutputError, match=r"table\.csv already exists"):
        export(crossing_pair(), everything(tmp_path))

    assert names(tmp_path) == ["table.csv"]
    assert (tmp_path / "table.csv").read_text() == "mine"


def test_overwriting_replaces_an_earlier_export(tmp_path):
    export(crossing_pair(), everything(tmp_path))

    export(crossing_pair(), everything(tmp_path, ids=[1], overwrite=True))

    assert names(tmp_path) == ALL
    assert names(tmp_path / "swc") == ["neuron_1.swc"]


def test_somebody_elses_folder_is_never_replaced(tmp_path):
    (tmp_path / "meshes").mkdir()
    (tmp_path / "meshes/brain.stl").write_text("mine")

    with pytest.raises(OutputError, match=r"such as brain\.stl"):
        export(crossing_pair(), everything(tmp_path, overwrite=True))

    assert names(tmp_path) == ["meshes"]


def test_a_full_disk_and_nothing_is_written(tmp_path, largest_file):
    with (
        largest_file(600),
        pytest.raises(OutputError) as caught,
    ):
        export(crossing_pair(), everything(tmp_path))

    assert names(tmp_path) == []
    # The place that is named is the person's, not the hidden one beside it.
    assert str(tmp_path / "labels.tif") in str(caught.value)
    assert ".labels.tif." not in str(caught.value)


def test_a_folder_that_cannot_be_written_to(read_only_folder):
    with pytest.raises(OutputError, match="cannot be written to"):
        export(crossing_pair(), everything(read_only_folder))


def test_stopping_leaves_nothing(tmp_path):
    calls = iter([False] * 4 + [True] * 100)
    ctx = JobContext(is_cancelled=lambda: next(calls))

    with pytest.raises(Cancelled):
        export(crossing_pair(), everything(tmp_path), ctx)

    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"labels": "x.png"}, r"x\.png: the labels form is written as \.tif"),
        ({"fisbe": "x.h5"}, r"x\.h5: the fisbe form is written as \.zarr"),
        ({"table": "x.txt"}, r"x\.txt: the table form is written as \.csv"),
        ({"swc": "meshes"}, "Two forms would be written to one place"),
        ({"ids": [1, 9]}, "There is no neuron 9"),
    ],
)
def test_what_cannot_be_asked_for(tmp_path, change, complaint):
    place = {k: tmp_path / v if isinstance(v, str) else v for k, v in change.items()}

    with pytest.raises(InputError, match=complaint):
        export(crossing_pair(), everything(tmp_path).model_copy(update=place))

    assert names(tmp_path) == []


def test_asking_for_nothing():
    with pytest.raises(InputError, match="Say what to write"):
        export(crossing_pair(), ExportParams())
