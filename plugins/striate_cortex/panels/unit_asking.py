"""What images are made of: which units, minus which, in which way, how many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QFormLayout, QLineEdit, QSpinBox, QWidget

from striate.errors import InputError
from striate_cortex.panels.diffusion_menu import DiffusionMenu

if TYPE_CHECKING:
    from pathlib import Path

    from striate_cortex.panels.cortex_view import CortexView
    from striate_cortex.panels.unit_facts import UnitFacts

__all__ = ["Asked", "ImageChoices"]

_WAYS = {
    "activation": "By gradient (offline, seconds)",
    "guided": "Guided diffusion (BrainDiVE)",
    "text": "From its caption (text to image)",
}
_PROMPTS = {
    "activation": "", "guided": "what to lean towards, or nothing",
    "text": "its caption, unless you type another text",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """For which units of a model images are made, less which, and how.

    `library` is what they are set beside, for that changes what is said of them.
    """

    model: str
    units: str
    minus: str
    method: str
    library: str = ""

    @property
    def title(self) -> str:
        """What to call it."""
        less = f" minus {_named(self.minus)}" if self.minus else ""
        return f"{_named(self.units)}{less}"


class ImageChoices(QWidget):
    """A short form.

    Attributes
    ----------
    steps
        Of making an image; 0: as many as the way takes.
    changed
        Emitted when other images are asked for.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: CortexView | None = None
        self._unit: int | None = None
        self.steps = 0
        self.of, self.minus, self.way = QComboBox(), QComboBox(), QComboBox()
        for method, title in _WAYS.items():
            self.way.addItem(title, method)
        self.of.setAccessibleName("Made for")
        self.minus.setAccessibleName("Minus")
        self.minus.setToolTip("Images that one region answers to and the other not.")
        self.way.setAccessibleName("How images are made")
        self.diffusion = DiffusionMenu()
        self.prompt = QLineEdit()
        self.prompt.setAccessibleName("Prompt")
        self.count = QSpinBox(minimum=1, maximum=1000, value=3)
        self.count.setAccessibleName("How many images")
        for menu in (self.of, self.minus, self.way):
            policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            menu.setSizeAdjustPolicy(policy)
            menu.setMinimumContentsLength(12)
            menu.activated.connect(self._on_chosen)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(
            QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow
        )
        for title, part in (
            ("Made for", self.of), ("Minus", self.minus), ("Way", self.way),
            ("Model", self.diffusion), ("Prompt", self.prompt), ("Images", self.count),
        ):  # fmt: skip
            self._form.addRow(title, part)
        self._on_chosen()

    # ---- Public methods

    @property
    def ready(self) -> bool:
        """Whether images can be asked for."""
        view = self._view
        return view is not None and self._unit is not None and bool(view.model_in_use)

    @property
    def downloads(self) -> bool:
        """Whether what is asked for fetches a model first."""
        return self.way.currentData() != "activation" and not self.diffusion.here

    def set_unit(self, view: CortexView | None, facts: UnitFacts | None) -> None:
        """Offer this unit, its regions, and all regions to take away."""
        self._view = view
        self._unit = facts.unit if facts is not None else None
        own = [("This unit", str(self._unit))] if self._unit is not None else []
        regions = list(view.units.rois) if view is not None else []
        inside = list(facts.regions) if facts is not None else []
        others = [name for name in regions if name not in inside]
        _fill(self.of, [*own, *((n, n) for n in [*inside, *others])], keep=False)
        taken = [("Nothing", ""), *((n, n) for n in regions), *self._pins()]
        _fill(self.minus, taken)
        self.setEnabled(self.ready)

    def asked(self) -> Asked | None:
        """Return what is asked for; None where nothing can be."""
        view = self._view
        if view is None or not self.ready:
            return None
        return Asked(
            view.model_in_use, self.of.currentData() or "",
            self.minus.currentData() or "", self.way.currentData(),
            str(view.answering.path or ""),
        )  # fmt: skip

    def params(
        self, asked: Asked, view: CortexView, like: Path | None = None
    ) -> dict[str, Any]:
        """Return the params of the job ``cortex.synthesize``.

        Raises
        ------
        InputError
            When the model is in no file, or a region is taken from itself.
        """
        from striate_cortex.synthesis import SynthesisParams
        from striate_cortex.synthesis_job import SynthesizeJob

        file = view.model_file(asked.model)
        if file is None:
            raise InputError(f"Save {asked.model} first (Subject panel).")
        if asked.units == asked.minus:
            raise InputError("Choose another region to take away: this leaves nothing.")
        by_gradient = asked.method == "activation"
        settings = SynthesisParams(
            method=asked.method,  # type: ignore[arg-type]
            model="" if by_gradient else self.diffusion.name(),
            prompt="" if by_gradient else self.prompt.text().strip(),
            seeds=self.count.value(),
            steps=self.steps,
        )
        return SynthesizeJob(
            model=file, subject=view.subject.folder, units=asked.units,
            minus=asked.minus, library=view.answering.path, synthesis=settings,
            like=() if like is None else (like,),
        ).model_dump(mode="json")  # fmt: skip

    # ---- Private methods

    def _pins(self) -> list[tuple[str, str]]:
        """Other units that are pinned, as (title, unit)."""
        view = self._view
        if view is None:
            return []
        found = []
        for pin in view.pins:
            unit = view.unit_at(pin)
            if unit is not None and unit != self._unit:
                side, index = view.brain.side_of(pin)
                found.append((f"Pin: {side} {index:,}", str(unit)))
        return found

    def _on_chosen(self, *_: Any) -> None:
        method = self.way.currentData()
        diffused = method != "activation"
        self._form.setRowVisible(self.diffusion, diffused)
        self._form.setRowVisible(self.prompt, diffused)
        self.prompt.setPlaceholderText(_PROMPTS[method])
        if diffused:
            self.diffusion.offer(method)
        self.changed.emit()


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
    return f"unit {units}" if units.isdigit() else units
