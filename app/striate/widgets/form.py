"""The form of a params model: label, unit, range, help and default in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from striate.errors import InputError
from striate.widgets.form_fields import Editor, FieldSpec, can_edit, field_spec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ParameterForm"]


class ParameterForm(QWidget):
    """Edits the values of a pydantic params model.

    Parameters
    ----------
    model
        The params model. Titles, descriptions, ranges, defaults and
        ``json_schema_extra={"unit": "µm"}`` of its fields make the form.
    fields
        Which fields, in which order; None shows every field a form can show.
        What is not shown keeps its value.

    Attributes
    ----------
    changed
        Emitted when the person changes something, and once by :meth:`set_values`.
    """

    changed = Signal()

    def __init__(
        self,
        model: type[BaseModel],
        *,
        fields: Sequence[str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.model = model
        self._hidden: dict[str, Any] = {}
        self._hints: dict[str, str] = {}
        self._hint_labels: dict[str, QLabel] = {}
        self.editors: dict[str, Editor] = {}
        self._labels: dict[str, QLabel] = {}
        self._layout = QFormLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setVerticalSpacing(8)
        self._layout.setHorizontalSpacing(10)
        self._layout.setFieldGrowthPolicy(
            QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow
        )
        self._layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for spec in _specs(model, fields):
            self._add(spec)

    # ---- Public methods

    def values(self) -> BaseModel:
        """Return a checked model of the values.

        Raises
        ------
        InputError
            With the title of the first field that is not right, and why.
        """
        given = {name: editor.get() for name, editor in self.editors.items()}
        try:
            return self.model.model_validate({**self._hidden, **given})
        except ValidationError as error:
            raise InputError(self._sentence(error)) from None

    def set_values(self, values: BaseModel | Mapping[str, Any]) -> None:
        """Show these values; fields that are not named keep theirs."""
        given = dict(values) if not isinstance(values, BaseModel) else _fields(values)
        blocked = self.blockSignals(True)
        for name, value in given.items():
            if name in self.editors:
                self.editors[name].set(value)
            else:
                self._hidden[name] = value
        self.blockSignals(blocked)
        self._show_hints()
        self.changed.emit()

    def reset(self) -> None:
        """Show the defaults of the model again."""
        self._hidden.clear()
        self.set_values({n: e.spec.default for n, e in self.editors.items()})

    def set_hints(self, hints: Mapping[str, str]) -> None:
        """Say under a field what its default amounts to: "from the data: 1.2 µm".

        A hint is shown while the field has its default. Fields that are not named
        lose theirs.
        """
        self._hints = dict(hints)
        self._show_hints()

    def set_field_visible(self, name: str, visible: bool) -> None:
        """Show or hide one field, such as one that another choice makes moot."""
        self._layout.setRowVisible(self.editors[name].parentWidget(), visible)

    # ---- Private methods

    def _add(self, spec: FieldSpec) -> None:
        editor = Editor(spec)
        editor.changed.connect(self._on_editor_changed)
        label = QLabel(_label(spec))
        label.setToolTip(spec.help)
        label.setBuddy(editor)
        hint = QLabel()
        hint.setObjectName("Muted")
        hint.setWordWrap(True)
        hint.hide()
        cell = QWidget()
        column = QVBoxLayout(cell)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(editor)
        column.addWidget(hint)
        self._layout.addRow(label, cell)
        self.editors[spec.name] = editor
        self._labels[spec.name] = label
        self._hint_labels[spec.name] = hint

    def _on_editor_changed(self) -> None:
        self._show_hints()
        self.changed.emit()

    def _show_hints(self) -> None:
        for name, label in self._hint_labels.items():
            editor = self.editors[name]
            text = self._hints.get(name, "")
            label.setText(text)
            label.setVisible(bool(text) and editor.get() == editor.spec.default)

    def _sentence(self, error: ValidationError) -> str:
        first = error.errors()[0]
        reason = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
        name = str(first["loc"][0]) if first["loc"] else ""
        info = self.model.model_fields.get(name)
        if info is None:
            return f"{reason}."
        return f"{info.title or name}: {reason}."


def _specs(model: type[BaseModel], fields: Sequence[str] | None) -> list[FieldSpec]:
    wanted = list(model.model_fields) if fields is None else list(fields)
    specs = [field_spec(name, model.model_fields[name]) for name in wanted]
    shown = [spec for spec in specs if can_edit(spec)]
    if fields is not None and len(shown) < len(specs):
        missing = next(s.name for s in specs if not can_edit(s))
        raise TypeError(f"A form cannot show {model.__name__}.{missing}.")
    return shown


def _fields(values: BaseModel) -> dict[str, Any]:
    return {name: getattr(values, name) for name in type(values).model_fields}


def _label(spec: FieldSpec) -> str:
    in_box = spec.kinds == (float,) and not spec.is_tuple
    if in_box or not spec.unit:
        return spec.title
    if spec.title.endswith(")"):
        return f"{spec.title}, {spec.unit}"
    return f"{spec.title} ({spec.unit})"
