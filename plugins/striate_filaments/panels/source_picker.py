"""Choose the image of the viewer to work on, and which of its channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from striate_filaments.panels.sources import VolumeChoice, volume_choices

if TYPE_CHECKING:
    from striate.widgets.links import Links
    from striate.widgets.services import ViewerLike

__all__ = ["SourcePicker"]

_NOTHING = "Open an image first"
_COLUMNS = 3


class SourcePicker(QWidget):
    """A menu of the viewer's images and a tick per channel; follows the viewer.

    Attributes
    ----------
    changed
        Emitted when another image, or other channels, are chosen.
    """

    changed = Signal()

    def __init__(
        self, viewer: ViewerLike, links: Links, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._choices: list[VolumeChoice] = []
        self._shown = ""
        self.menu = QComboBox()
        self.menu.setAccessibleName("Image")
        self.menu.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.menu.setMinimumContentsLength(12)
        self.menu.currentIndexChanged.connect(self._on_chosen)
        self.describe = QLabel()
        self.describe.setObjectName("Muted")
        self.describe.setWordWrap(True)
        self.ticks: list[QCheckBox] = []
        self._ticks_box = QWidget()
        self._grid = QGridLayout(self._ticks_box)
        self._grid.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self.menu, self.describe, self._ticks_box):
            column.addWidget(widget)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh)
        for name in ("inserted", "removed", "reordered"):
            links.add(getattr(viewer.layers.events, name), self._on_layers_changed)
        self.refresh()

    # ---- Public methods

    def choice(self) -> VolumeChoice | None:
        """Return the chosen image."""
        index = self.menu.currentIndex()
        return self._choices[index] if 0 <= index < len(self._choices) else None

    def channels(self) -> list[int]:
        """Return the places of the ticked channels."""
        return [i for i, tick in enumerate(self.ticks) if tick.isChecked()]

    def choose(self, key: str) -> None:
        """Choose an image by its key."""
        keys = [choice.key for choice in self._choices]
        if key in keys:
            self.menu.setCurrentIndex(keys.index(key))

    def has(self, key: str) -> bool:
        """Whether the viewer shows an image of this key now."""
        return any(choice.key == key for choice in volume_choices(self._viewer))

    def refresh(self) -> None:
        """Read the viewer's layers again; the choice stays while its image does."""
        before = self.choice()
        self._choices = volume_choices(self._viewer)
        keys = [choice.key for choice in self._choices]
        blocked = self.menu.blockSignals(True)
        self.menu.clear()
        self.menu.addItems([choice.name for choice in self._choices] or [_NOTHING])
        self.menu.setEnabled(bool(self._choices))
        # A freshly opened image is what the person wants to work on.
        stays = before is not None and before.key in keys
        self.menu.setCurrentIndex(
            keys.index(before.key) if stays and before else max(0, len(keys) - 1)
        )
        self.menu.blockSignals(blocked)
        self._on_chosen()

    # ---- Private methods

    def _on_layers_changed(self, event: Any = None) -> None:
        self._soon.start()

    def _on_chosen(self, *_: Any) -> None:
        choice = self.choice()
        state = f"{choice.key} {len(choice.layers)}" if choice else ""
        if state == self._shown:
            return
        self._shown = state
        names, text = _facts(choice)
        self._fill_ticks(names)
        self.describe.setText(text)
        self.describe.setVisible(bool(text))
        self.menu.setToolTip(choice.name if choice else "")
        self.changed.emit()

    def _fill_ticks(self, names: list[str]) -> None:
        for tick in self.ticks:
            self._grid.removeWidget(tick)
            tick.deleteLater()
        self.ticks = [QCheckBox(name, checked=True) for name in names]
        for i, tick in enumerate(self.ticks):
            tick.setToolTip(f"Use the channel {names[i]}.")
            tick.toggled.connect(self.changed)
            self._grid.addWidget(tick, i // _COLUMNS, i % _COLUMNS)
        self._ticks_box.setVisible(len(names) > 1)


def _facts(choice: VolumeChoice | None) -> tuple[list[str], str]:
    """Channel names of an image, and its description."""
    if choice is None:
        return [], ""
    volume = choice.volume()
    shape = dict(zip(volume.axes, volume.shape, strict=True))
    sides = " × ".join(str(shape.get(a, 1)) for a in "ZYX")
    size = " × ".join(f"{s:.3g}" for s in volume.voxel_size_zyx)
    scale = f"{size} µm" if volume.calibrated else "no voxel size: lengths in voxels"
    return [c.name for c in volume.channels], f"{sides} voxels, {scale}"
