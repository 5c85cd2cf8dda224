"""The table of records."""

from __future__ import annotations

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

from striate.widgets.record_model import as_text, columns_of
from striate.widgets.tables import Column, RecordTable

RECORDS = [
    {"id": 7, "visible": True, "length_um": 120.5, "state": "auto", "c": (1, 0, 0)},
    {"id": 3, "visible": False, "length_um": None, "state": "edited", "c": "#00FF00"},
    {"id": 12, "visible": True, "length_um": 9.25, "state": "auto", "c": (0, 0, 1)},
]
COLUMNS = [
    Column("visible", "Shown", checkable=True),
    Column("id", "Neuron", swatch="c"),
    Column("length_um", "Cable length", "µm", help="Sum of all branches."),
    Column("state", "State"),
]


@pytest.fixture
def table(qtbot):
    made = RecordTable(COLUMNS, empty="Press Segment.")
    qtbot.addWidget(made)
    made.set_records(RECORDS)
    return made


def shown(table, column):
    return [table.model().index(r, column).data() for r in range(3)]


def test_units_are_in_the_headers(table):
    header = table.record_model.headerData
    titles = [header(c, Qt.Orientation.Horizontal) for c in range(4)]
    assert titles[1:] == ["Neuron", "Cable length (µm)", "State"]
    tip = header(2, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert tip == "Sum of all branches."


def test_columns_are_made_from_keys(qtbot):
    columns = columns_of([{"id": 1, "volume_um3": 2.0}, {"tips": 3}])
    assert [c.header for c in columns] == ["Id", "Volume (µm³)", "Tips"]
    table = RecordTable()
    qtbot.addWidget(table)
    table.set_records([{"id": 1, "mean_radius_px": 2.0}])
    assert table.record_model.columns[1].header == "Mean radius (px)"


@pytest.mark.parametrize(
    ("order", "ids"),
    [(Qt.SortOrder.AscendingOrder, [12, 7, 3]),
     (Qt.SortOrder.DescendingOrder, [7, 12, 3])],
)  # fmt: skip
def test_numbers_sort_as_numbers_and_the_unknown_comes_last(table, order, ids):
    table.sortByColumn(2, order)
    assert table.shown() == ids


def test_selecting_tells_the_ids_but_being_selected_does_not(table, qtbot):
    told = []
    table.selection_changed.connect(told.append)
    table.select([3, 12, 99])
    assert (table.selected(), told) == ([3, 12], [])
    table.selectRow(0)
    assert told == [[7]]


def test_new_records_keep_order_and_selection(table):
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    table.select([3])
    table.set_records([*RECORDS[1:], {"id": 20, "state": "auto"}])
    assert table.shown() == [20, 12, 3]
    assert table.selected() == [3]


def test_one_record_can_change(table):
    table.update_record(3, length_um=4.0)
    assert shown(table, 2) == ["120.5", "4", "9.25"]
    with pytest.raises(KeyError):
        table.update_record(99, state="auto")


def test_words_filter(table):
    table.set_filter("EDIT")
    assert table.shown() == [3]
    table.set_filter("")
    assert len(table.shown()) == 3


def test_ticks_are_told(table):
    told = []
    table.checked.connect(lambda *what: told.append(what))
    index = table.model().index(0, 0)
    table.model().setData(
        index, Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole
    )
    assert told == [(7, "visible", False)]
    assert table.record_model.records[0]["visible"] is False


def test_colours_are_seen_and_named_beside(table):
    swatch = table.model().index(1, 1).data(Qt.ItemDataRole.DecorationRole).toImage()
    assert swatch.pixelColor(7, 7).getRgb()[:3] == (0, 255, 0)
    assert shown(table, 1) == ["7", "3", "12"]


def test_csv_of_the_selection_or_of_all(table):
    table.select([12])
    assert table.to_csv() == (
        "Shown,Neuron,Cable length (µm),State\nTrue,12,9.25,auto\n"
    )
    table.clearSelection()
    assert len(table.to_csv().splitlines()) == 4


def test_copy_pastes_into_a_spreadsheet(table, qtbot):
    table.select([7])
    table.show()
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    data = QApplication.clipboard().mimeData()
    assert data.text().splitlines()[1] == "True\t7\t120.5\tauto"
    assert bytes(data.data("text/csv")).decode().splitlines()[1] == (
        "True,7,120.5,auto"
    )


def test_an_empty_table_says_what_to_do(table):
    table.resize(300, 120)
    table.show()
    full = table.grab().toImage()
    table.set_records([])
    empty = table.viewport().grab().toImage()
    ground = empty.pixelColor(2, 2)
    inked = any(
        empty.pixelColor(x, empty.height() // 2) != ground for x in range(empty.width())
    )
    assert inked
    assert table.grab().toImage() != full


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (float("nan"), ""), (True, "yes"), (1234.6, "1235"), (0.25, "0.25"),
     (0.0, "0"), (2.5e-7, "2.500e-07"), (3, "3"), ((1.0, 2.5), "1, 2.5")],
)  # fmt: skip
def test_values_are_written_as_a_person_reads_them(value, text):
    assert as_text(value) == text


def test_two_thousand_records_are_shown_and_sorted(qtbot):
    table = RecordTable(COLUMNS)
    qtbot.addWidget(table)
    table.set_records({"id": i, "length_um": float(-i)} for i in range(2000))
    table.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    assert table.shown()[0] == 1999
