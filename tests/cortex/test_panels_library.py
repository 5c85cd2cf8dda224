"""The Library panel: which one answers, what is in it, and how one is built."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from striate_cortex.library.items import Item
from striate_cortex.library.writing import write_library
from striate_cortex.panels.known_libraries import libraries_folder
from striate_cortex.panels.library import LibraryPanel
from striate_cortex.panels.unit import UnitPanel


def make_library(folder, space="tiny", d=3):
    items = [Item(f"{i}.png", f"album, page {i}", "", (f"caption {i}",))
             for i in range(d)]  # fmt: skip
    return write_library(folder, iter([(np.eye(d, dtype="f4"), items)]), space=space,
                         facts={"title": folder.name})  # fmt: skip


@pytest.fixture
def panel(opened, view, qtbot):
    made = opened(LibraryPanel)
    qtbot.waitUntil(lambda: len(made.table.shown()) > 0)
    return made


def titles(panel):
    return [row["title"] for row in panel.table.record_model.records]


def test_what_the_subject_brings_answers_first(panel, view):
    assert titles(panel) == ["● Small subject's own images"]
    (row,) = panel.table.record_model.records
    assert (row["count"], row["fits"]) == (18, "yes")
    assert panel.about.text().startswith("18 items in the space of tiny (3 dimensions)")


def test_a_library_that_is_opened_answers_and_is_remembered(
    opened, panel, view, tmp_path, qtbot
):
    path = make_library(tmp_path / "album")
    panel.open(path)
    qtbot.waitUntil(lambda: view.answering.path == path)
    assert titles(panel) == ["Small subject's own images", "● album"]
    again = opened(LibraryPanel)
    qtbot.waitUntil(lambda: len(again.table.shown()) == 2)
    again.choose(None)
    assert view.answering.path is None


def test_a_library_of_another_space_is_listed_and_refused(panel, view, tmp_path, qtbot):
    path = make_library(tmp_path / "other", "clip", 5)
    panel.open(path)
    qtbot.waitUntil(lambda: len(panel.table.shown()) == 2)
    assert panel.table.record_model.records[1]["fits"] == "no"
    assert view.answering.path is None
    assert "clip (5 dimensions)" in panel.message.text


def test_what_is_no_library_is_told(panel, tmp_path, qtbot):
    panel.open(tmp_path)
    qtbot.waitUntil(lambda: panel.message.level == "error")
    assert "is no library" in panel.message.text


def test_items_are_searched_and_say_where_they_come_from(panel, qtbot):
    table = panel.items.table
    qtbot.waitUntil(lambda: len(table.shown()) == 18)
    panel.items.search.setText("CUP")
    panel.items._soon.timeout.emit()
    qtbot.waitUntil(lambda: len(table.shown()) == 6)
    assert panel.items.count.text() == "6 of 18 items with “CUP”"
    first = table.record_model.records[0]
    assert first["caption"] == "one cup"
    assert first["origin"].endswith("features.npy, row 2")


def test_a_higher_temperature_lets_more_items_count(opened, panel, view, qtbot):
    unit = opened(UnitPanel).answer
    view.pick(8)
    qtbot.waitUntil(lambda: unit.shown is not None)
    few = unit.shown.effective_n
    panel.settings.form.set_values({"tau": 1.0})
    panel.settings.apply_button.click()
    qtbot.waitUntil(lambda: unit.shown is not None and unit.shown.effective_n > few)
    assert unit.shown.effective_n > 6
    assert "items count" in unit.caption.how.text()


def test_ready_vectors_become_a_library_by_a_job(panel, view, tmp_path, qtbot):
    np.savez(tmp_path / "v.npz", vectors=np.eye(3, dtype="f4"),
             captions=np.array(["a face", "a house", "a cup"]))  # fmt: skip
    builder = panel.builder
    assert not builder.build_button.isEnabled()
    builder.add([tmp_path / "v.npz"])
    builder.name.setText("mine")
    builder.encoder.addItem("tiny", "tiny")
    builder.encoder.setCurrentText("tiny")
    builder.build_button.click()
    wanted = libraries_folder() / "mine"
    qtbot.waitUntil(lambda: view.answering.path == wanted, timeout=60_000)
    assert panel.table.record_model.records[1]["count"] == 3
    builder.add([tmp_path / "v.npz"])
    builder.build_button.click()
    assert "There is a library 'mine' already" in panel.message.text


def test_bad_sources_are_told(panel, tmp_path, qtbot):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    (tmp_path / "empty").mkdir()
    panel.builder.add([tmp_path / "empty"])
    panel.builder.build_button.click()
    qtbot.waitUntil(lambda: panel.message.level == "error", timeout=60_000)
    assert "holds neither pictures nor captions" in panel.message.text
