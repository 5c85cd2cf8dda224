"""What images are made of: which units, minus which, in which way, how many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QFormLayout, QSpinBox, QWidget

from striate.errors import InputError
from striate_cortex.panels.section import muted

if TYPE_CHECKING:
    from striate_cortex.panels.cortex_view import CortexView
    from striate_cortex.panels.unit_facts import UnitFacts

__all__ = ["Asked", "ImageChoices"]

_WAYS = {
    "activation": "By gradient (offline, seconds)",
    "guided": "Guided diffusion (BrainDiVE)",
    "text": "From its caption (text to image)",
}


@dataclass(frozen=True)
class Asked:
    """For which units of a model images are made, less which, and how."""

    model: str
    units: str
    contrast: str
    method: str

    @property
    def title(self) -> str:
        """What to call it."""
        less = f" minus {_named(self.contrast)}" if self.contrast else ""
        return f"{_named(self.units)}{less}"


class ImageChoices(QWidget):
    """A short form.

    Attributes
    ----------
    changed
        Emitted when other images are asked for.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: CortexView | None = None
        self._unit: int | None = None
        self.caption = ""
        self.way = QComboBox()
        self.way.setAccessibleName("How images are made")
        for method, title in _WAYS.items():
            self.way.addItem(title, method)
        self.of = QComboBox()
        self.of.setAccessibleName("Made for")
        self.minus = QComboBox()
        self.minus.setAccessibleName("Minus")
        self.minus.setToolTip("Images that one region answers to and the other not.")
        self.count = QSpinBox(minimum=1, maximum=1000, value=3)
        self.count.setAccessibleName("How many images")
        self.licence = muted()
        for menu in (self.way, self.of, self.minus):
            policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            menu.setSizeAdjustPolicy(policy)
            menu.setMinimumContentsLength(12)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Made for", self.of)
        form.addRow("Minus", self.minus)
        form.addRow("Way", self.way)
        form.addRow("Images", self.count)
        form.addRow(self.licence)
        for menu in (self.way, self.of, self.minus):
            menu.activated.connect(self._on_chosen)
        self._on_chosen()

    # ---- Public methods

    @property
    def ready(self) -> bool:
        """Whether images can be asked for."""
        view = self._view
        return view is not None and self._unit is not None and bool(view.model_in_use)

    def set_unit(self, view: CortexView | None, facts: UnitFacts | None) -> None:
        """Offer this unit, its regions, and all regions to take away."""
        self._view = view
        self._unit = facts.unit if facts is not None else None
        own = [("This unit", str(self._unit))] if self._unit is not None else []
        regions = list(view.units.rois) if view is not None else []
        inside = list(facts.regions) if facts is not None else []
        others = [name for name in regions if name not in inside]
        _fill(self.of, [*own, *((n, n) for n in [*inside, *others])], keep=False)
        _fill(self.minus, [("Nothing", ""), *((n, n) for n in regions), *self._pins()])
        self.setEnabled(self.ready)

    def asked(self) -> Asked | None:
        """Return what is asked for; None where nothing can be."""
        view = self._view
        if view is None or not self.ready:
            return None
        return Asked(
            view.model_in_use, self.of.currentData() or "",
            self.minus.currentData() or "", self.way.currentData(),
        )  # fmt: skip

    def params(
        self, asked: Asked, view: CortexView, like: dict[str, Any] | None
    ) -> dict[str, Any]:
        """Return the params of the job.

        Raises
        ------
        InputError
            When the model is in no file, or a region is taken from itself.
        """
        file = view.model_file(asked.model)
        if file is None:
            raise InputError(f"Save {asked.model} first (Subject panel).")
        if asked.units == asked.contrast:
            raise InputError("Choose another region to take away: this leaves nothing.")
        return job_params(asked, view, file, self.count.value(), self.caption, like)

    # ---- Private methods

    def _pins(self) -> list[tuple[str, str]]:
        """Other units that are pinned, as (title, unit)."""
        view, found = self._view, []
        for pin in view.pins if view is not None else ():
            unit = view.unit_at(pin)
            if unit is not None and unit != self._unit:
                side, index = view.brain.side_of(pin)
                found.append((f"Pin: {side} {index:,}", str(unit)))
        return found

    def _on_chosen(self, *_: Any) -> None:
        text = licence_text(self.way.currentData())
        self.licence.setText(text)
        self.licence.setVisible(bool(text))
        self.changed.emit()


def job_params(
    asked: Asked, view: CortexView, file: Any, count: int, caption: str, like: Any
) -> dict[str, Any]:
    """Return the params of ``cortex.synthesize``."""
    from striate_cortex.synthesis_job import SynthesizeJob

    library = view.answering.path
    return SynthesizeJob(
        model=file, subject=view.subject.folder, units=asked.units, library=library,
        contrast=asked.contrast, count=count,
    ).model_dump(mode="json")  # fmt: skip


def licence_text(method: str) -> str:
    """Say what a method's model is, its licence, and whether it is on this machine."""
    return ""


def _fill(menu: QComboBox, entries: list[tuple[str, str]], keep: bool = True) -> None:
    before = menu.currentData()
    blocked = menu.blockSignals(True)
    menu.clear()
    for title, data in entries:
        menu.addItem(title, data)
    place = menu.findData(before) if keep and before is not None else 0
    menu.setCurrentIndex(max(0, place))
    menu.blockSignals(blocked)


def _named(units: str) -> str:
    return (
        f"unit {units}" if units.replace(",", "").replace("-", "").isdigit() else units
    )
