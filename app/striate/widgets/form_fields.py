"""One field of a params model as a widget; magicgui makes the widget itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from magicgui.widgets import create_widget
from pydantic_core import PydanticUndefined
from qtpy.QtCore import QEvent, QObject, Qt, Signal
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = ["AUTOMATIC", "Editor", "FieldSpec", "can_edit", "field_spec"]

AUTOMATIC = "automatic"
"""What a spin box says instead of the 0 that means "from the data"."""

_SCALARS = (bool, int, float, str, Path)
_HUGE = {int: 2**53, float: 1e12}
# Three must fit where napari's style leaves room for two. NoButtons would leave no
# room for the text, because that style has it between the buttons.
_NARROW = """QAbstractSpinBox { min-width: 2.6em; padding: 1px 4px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; }
QAbstractSpinBox::up-arrow, QAbstractSpinBox::down-arrow { image: none; width: 0; }"""
_SAYS_AUTOMATIC = re.compile(r"(^|\W)0(:| means)")


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What a form needs to know of a pydantic field.

    `kinds` holds one scalar type (or ``Literal``) per element: one for a plain
    field, several for a tuple of fixed length.
    """

    name: str
    title: str
    help: str
    unit: str
    kinds: tuple[Any, ...]
    is_tuple: bool
    optional: bool
    automatic: bool
    default: Any
    limits: tuple[dict[str, float], ...]
    mode: str


def field_spec(name: str, info: FieldInfo) -> FieldSpec:
    """Read title, help, unit, range and default of a pydantic field.

    The unit is ``json_schema_extra["unit"]``; ``"mode"`` there is ``"r"``, ``"w"`` or
    ``"d"`` for a path to read, to write, or a folder. A help text that says what 0
    stands for ("0: twice the voxel size") makes 0 read "automatic".
    """
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    kinds, is_tuple, optional = _kinds(info.annotation)
    default = info.get_default(call_default_factory=True)
    text = info.description or ""
    return FieldSpec(
        name=name,
        title=info.title or name.replace("_", " ").capitalize(),
        help=text,
        unit=str(extra.get("unit", "")),
        kinds=tuple(_bare(kind) for kind in kinds),
        is_tuple=is_tuple,
        optional=optional,
        automatic=default == 0
        and bool(extra.get("automatic", _SAYS_AUTOMATIC.search(text))),
        default=None if default is PydanticUndefined else default,
        limits=tuple(_limits([*info.metadata, *_metadata(kind)]) for kind in kinds),
        mode=str(extra.get("mode", "r")),
    )


def can_edit(spec: FieldSpec) -> bool:
    """Whether a form can show it: scalars, choices and tuples of those."""
    return bool(spec.kinds) and all(_is_scalar(kind) for kind in spec.kinds)


class Editor(QWidget):
    """The widgets of one field, side by side for a tuple.

    Attributes
    ----------
    changed
        Emitted when the person changes the value.
    """

    changed = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self._parts = [
            _part(spec, kind, limits)
            for kind, limits in zip(spec.kinds, spec.limits, strict=True)
        ]
        self._given = QCheckBox() if spec.optional else None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        if self._given is not None:
            self._given.setAccessibleName(f"Give {spec.title}")
            self._given.toggled.connect(self._on_given_toggled)
            row.addWidget(self._given)
        for number, part in enumerate(self._parts, start=1):
            self._dress(part, number)
            row.addWidget(part.native, stretch=1)
        self.setFocusProxy(self._given or self._parts[0].native)
        self.set(spec.default)

    def get(self) -> Any:
        """Return the value as the params model takes it."""
        if self._given is not None and not self._given.isChecked():
            return None
        values = [_read(part) for part in self._parts]
        return tuple(values) if self.spec.is_tuple else values[0]

    def set(self, value: Any) -> None:
        """Show a value; None leaves an optional field out."""
        if self._given is not None:
            self._given.setChecked(value is not None)
            self._on_given_toggled(value is not None)
        if value is None:
            return
        values = value if self.spec.is_tuple else (value,)
        for part, each in zip(self._parts, values, strict=True):
            _write(part, each)

    # ---- Private methods

    def _dress(self, part: Any, number: int) -> None:
        native = part.native
        many = len(self._parts) > 1
        title = f"{self.spec.title} {number}" if many else self.spec.title
        native.setAccessibleName(title)
        native.setToolTip(self.spec.help)
        part.changed.connect(lambda *_: self.changed.emit())
        if isinstance(native, (QAbstractSpinBox, QComboBox)):
            # Scrolling the panel must not turn numbers that pass under the wheel.
            native.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            native.installEventFilter(self)
        if isinstance(native, QAbstractSpinBox):
            native.setKeyboardTracking(False)
            if many:
                native.setStyleSheet(_NARROW)
            if self.spec.automatic:
                native.setSpecialValueText(AUTOMATIC)
        if isinstance(native, QDoubleSpinBox) and self.spec.unit and not many:
            native.setSuffix(f" {self.spec.unit}")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the wheel to the scroll area unless the widget was chosen."""
        if event.type() == QEvent.Type.Wheel and not watched.hasFocus():
            event.ignore()
            return True
        return False

    def _on_given_toggled(self, given: bool) -> None:
        for part in self._parts:
            part.native.setEnabled(given)
        self.changed.emit()


# ---- From pydantic


def _kinds(annotation: Any) -> tuple[tuple[Any, ...], bool, bool]:
    """Return (types of the elements, whether a tuple, whether None is allowed)."""
    optional = False
    if get_origin(annotation) in (Union, UnionType):
        rest = [a for a in get_args(annotation) if a is not NoneType]
        optional = len(rest) < len(get_args(annotation))
        if len(rest) != 1:
            return (), False, optional
        annotation = rest[0]
    if get_origin(annotation) is tuple and Ellipsis not in get_args(annotation):
        return get_args(annotation), True, optional
    return (annotation,), False, optional


def _bare(kind: Any) -> Any:
    return kind.__origin__ if hasattr(kind, "__metadata__") else kind


def _metadata(kind: Any) -> list[Any]:
    found: list[Any] = []
    for item in getattr(kind, "__metadata__", ()):
        found.extend(getattr(item, "metadata", [item]))
    return found


def _limits(metadata: list[Any]) -> dict[str, float]:
    found = {}
    for item in metadata:
        for key in ("ge", "gt", "le", "lt"):
            value = getattr(item, key, None)
            if value is not None:
                found[key] = value
    return found


def _is_scalar(kind: Any) -> bool:
    return get_origin(kind) is Literal or kind in _SCALARS


# ---- The widget of one element


def _part(spec: FieldSpec, kind: Any, limits: dict[str, float]) -> Any:
    options: dict[str, Any] = {}
    if kind in _HUGE:
        options = _number_options(kind, limits)
    elif kind is Path:
        options = {"mode": spec.mode}
    part: Any = create_widget(annotation=kind, options=options)
    if isinstance(part.native, QDoubleSpinBox):
        part.native.setDecimals(_decimals(spec, limits))
        part.native.setRange(options["min"], options["max"])
    return part


def _decimals(spec: FieldSpec, limits: dict[str, float]) -> int:
    defaults = spec.default if spec.is_tuple else (spec.default,)
    largest = max((v for v in defaults or () if isinstance(v, float)), default=0.0)
    if largest >= 100:
        return 1
    return 3 if spec.automatic or limits.get("le", 2.0) > 1 > largest else 2


def _number_options(kind: type, limits: dict[str, float]) -> dict[str, Any]:
    # The model has the last word on open bounds; the box stops a step before.
    step = 1 if kind is int else 1e-3
    low = limits.get("ge", limits["gt"] + step if "gt" in limits else -_HUGE[kind])
    high = limits.get("le", limits["lt"] - step if "lt" in limits else _HUGE[kind])
    return {"min": max(low, -_HUGE[kind]), "max": min(high, _HUGE[kind])}


def _read(part: Any) -> Any:
    if isinstance(part.native, QAbstractSpinBox):
        part.native.interpretText()
    return part.value


def _write(part: Any, value: Any) -> None:
    if isinstance(part.native, QDoubleSpinBox):
        # More digits than the box shows would silently be another value.
        exponent = Decimal(repr(float(value))).normalize().as_tuple().exponent
        digits = -exponent if isinstance(exponent, int) else 0
        part.native.setDecimals(max(part.native.decimals(), min(12, digits)))
    part.value = value
