"""The form of a params model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, model_validator
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication, QLabel

from striate.errors import InputError
from striate.widgets.form import ParameterForm
from striate.widgets.form_fields import AUTOMATIC, can_edit, field_spec

Size = Annotated[int, Field(ge=8, le=64)]


class Params(BaseModel):
    method: Literal["colour", "learned"] = Field("colour", title="Method")
    thickness: float = Field(
        0.0, ge=0, le=50, title="Neurite thickness",
        description="Typical diameter. 0: twice the voxel size.",
        json_schema_extra={"unit": "µm"},
    )  # fmt: skip
    count: int = Field(6, gt=0, lt=100, title="Neurons")
    share: float = Field(0.25, ge=0, le=1, title="Share")
    shape: tuple[Size, Size, Size] = Field(
        (16, 32, 32), title="Size (z, y, x)", json_schema_extra={"unit": "voxels"}
    )
    clean: bool = Field(True, title="Clean up")
    note: str = ""
    limit: float | None = Field(None, ge=0, title="Limit")
    table: Path = Field(Path("/data/a.csv"), json_schema_extra={"mode": "w"})
    roi: tuple[tuple[int, int], tuple[int, int]] | None = None

    @model_validator(mode="after")
    def _not_both(self):
        if self.method == "learned" and self.thickness:
            raise ValueError("learned finds the thickness itself: leave it automatic")
        return self


@pytest.fixture
def form(qtbot):
    made = ParameterForm(Params)
    qtbot.addWidget(made)
    return made


def labels(form):
    return [x.text() for x in form.findChildren(QLabel) if x.buddy() is not None]


# ---- What it shows


def test_every_field_but_nested_ones_is_shown_with_title_and_unit(form):
    assert labels(form) == [
        "Method", "Neurite thickness", "Neurons", "Share", "Size (z, y, x), voxels",
        "Clean up", "Note", "Limit", "Table",
    ]  # fmt: skip
    spin = form.editors["thickness"]._parts[0].native
    assert spin.suffix() == " µm"
    assert spin.toolTip() == "Typical diameter. 0: twice the voxel size."
    assert spin.accessibleName() == "Neurite thickness"


def test_ranges_come_from_the_model(form):
    thickness = form.editors["thickness"]._parts[0].native
    count = form.editors["count"]._parts[0]
    size = form.editors["shape"]._parts[0]
    assert (thickness.minimum(), thickness.maximum()) == (0, 50)
    assert (count.min, count.max) == (1, 99)
    assert (size.min, size.max) == (8, 64)


def test_zero_reads_automatic_where_the_help_says_what_it_stands_for(form):
    assert form.editors["thickness"]._parts[0].native.text() == AUTOMATIC
    assert form.editors["share"]._parts[0].native.text() == "0.25"


def test_hints_say_what_automatic_amounts_to_until_it_is_changed(form, qtbot):
    form.show()
    form.set_hints({"thickness": "from the data: 1.2 µm"})
    hint = form._hint_labels["thickness"]
    assert (hint.text(), hint.isVisible()) == ("from the data: 1.2 µm", True)
    form.editors["thickness"]._parts[0].value = 2.0
    assert not hint.isVisible()
    form.reset()
    assert hint.isVisible()
    form.set_hints({})
    assert not hint.isVisible()


def test_chosen_fields_in_the_order_given(qtbot):
    form = ParameterForm(Params, fields=["count", "method"])
    qtbot.addWidget(form)
    assert labels(form) == ["Neurons", "Method"]


def test_a_field_that_cannot_be_shown_is_a_mistake_of_ours(qapp):
    with pytest.raises(TypeError, match=r"Params\.roi"):
        ParameterForm(Params, fields=["roi"])
    assert not can_edit(field_spec("roi", Params.model_fields["roi"]))


def test_fields_can_be_hidden(form):
    form.show()
    form.set_field_visible("thickness", False)
    assert not form.editors["thickness"].isVisible()
    assert form.editors["share"].isVisible()


# ---- Values


def test_untouched_it_gives_the_defaults(form):
    assert form.values() == Params()


@pytest.mark.parametrize(
    "values",
    [
        {"method": "learned", "count": 12, "clean": False},
        {"shape": (8, 64, 20), "limit": 2.5, "note": "first try"},
        {"thickness": 1.23456789, "share": 0.001},
        {"table": Path("/data/b.csv"), "roi": ((0, 4), (1, 5))},
    ],
)
def test_values_come_back_as_they_were_set(form, values):
    form.set_values(values)
    assert form.values() == Params(**values)
    form.set_values(Params())
    assert form.values() == Params()


def test_what_is_not_shown_keeps_its_value(qtbot):
    form = ParameterForm(Params, fields=["count"])
    qtbot.addWidget(form)
    form.set_values(Params(share=0.5, roi=((0, 1), (0, 1))))
    form.editors["count"]._parts[0].value = 9
    assert form.values() == Params(share=0.5, roi=((0, 1), (0, 1)), count=9)
    form.reset()
    assert form.values() == Params()


def test_a_choice_that_does_not_fit_is_one_sentence(form):
    form.set_values({"method": "learned", "thickness": 2.0})
    with pytest.raises(InputError) as error:
        form.values()
    assert str(error.value) == (
        "learned finds the thickness itself: leave it automatic."
    )


def test_a_required_field_is_asked_for_by_its_title(qtbot):
    class Needs(BaseModel):
        model: Literal["small", "large"] = Field(title="Model")
        voxels: int = Field(title="Voxels", ge=3)

    form = ParameterForm(Needs, fields=["voxels"])
    qtbot.addWidget(form)
    with pytest.raises(InputError, match="Model: Field required"):
        form.values()


def test_typed_but_not_yet_entered_numbers_count(form, qtbot):
    spin = form.editors["share"]._parts[0].native
    form.show()
    spin.setFocus()
    spin.lineEdit().setText("0.75")
    assert form.values().share == 0.75


# ---- Signals


def test_changes_are_told_once(form, qtbot):
    told = []
    form.changed.connect(lambda: told.append(form.values().count))
    form.editors["count"]._parts[0].value = 7
    assert told == [7]
    form.set_values({"count": 8, "share": 0.5})
    assert told == [7, 8]


def test_the_wheel_scrolls_the_panel_and_not_the_numbers(form):
    form.show()
    spin = form.editors["count"]._parts[0].native
    place = QPointF(5, 5)
    event = QWheelEvent(
        place, spin.mapToGlobal(place), QPoint(0, 120), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(spin, event)
    assert form.values().count == 6


def test_the_forms_of_the_shipped_kinds_can_be_made(qtbot):
    from striate.workspace import workspaces

    for kind in (k for w in workspaces() for k in w.job_kinds):
        form = ParameterForm(kind.load_params())
        qtbot.addWidget(form)
        for name, editor in form.editors.items():
            assert editor.spec.title, (kind.name, name)
