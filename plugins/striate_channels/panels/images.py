"""Which image of the viewer, and the file by which a job reads it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QComboBox

from striate.widgets.layers import volume_of

if TYPE_CHECKING:
    from pathlib import Path

    from striate.data import Volume
    from striate.widgets.links import Links
    from striate.widgets.services import ViewerLike

__all__ = ["ImageChoice", "ImageMenu", "file_for", "image_choices", "label_layers"]


@dataclass(frozen=True)
class ImageChoice:
    """All layers of the viewer that show channels of one volume."""

    key: str
    name: str
    volume: Volume
    layers: tuple[Any, ...]


class ImageMenu(QComboBox):
    """Chooses among the images of the viewer, and follows the active layer.

    Attributes
    ----------
    chosen
        Emitted with an :class:`ImageChoice`, or None.
    """

    chosen = Signal(object)

    def __init__(self, viewer: ViewerLike, links: Links) -> None:
        super().__init__()
        self._viewer = viewer
        self._choices: list[ImageChoice] = []
        self._key = ""
        self.setAccessibleName("Image")
        self.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.setMinimumContentsLength(12)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh)
        for name in ("inserted", "removed"):
            links.add(getattr(viewer.layers.events, name), self._on_layers)
        links.add(viewer.layers.selection.events.active, self._on_active)
        self.currentIndexChanged.connect(self._tell)
        self.refresh()

    def choice(self) -> ImageChoice | None:
        """Return the image chosen."""
        index = self.currentIndex()
        return self._choices[index] if 0 <= index < len(self._choices) else None

    def refresh(self) -> None:
        """Read the viewer's layers again."""
        before = self._key
        self._choices = image_choices(self._viewer)
        blocked = self.blockSignals(True)
        self.clear()
        self.addItems([c.name for c in self._choices] or ["No image yet"])
        self.setEnabled(bool(self._choices))
        keys = [c.key for c in self._choices]
        if before in keys:
            self.setCurrentIndex(keys.index(before))
        self.blockSignals(blocked)
        self._tell()

    def _on_layers(self, event: Any = None) -> None:
        self._soon.start()

    def _on_active(self, event: Any = None) -> None:
        active = self._viewer.layers.selection.active
        for i, choice in enumerate(self._choices):
            if active in choice.layers and i != self.currentIndex():
                self.setCurrentIndex(i)

    def _tell(self, *_: Any) -> None:
        choice = self.choice()
        self._key = choice.key if choice else ""
        self.chosen.emit(choice)


def image_choices(viewer: ViewerLike) -> list[ImageChoice]:
    """Group the viewer's image layers by the volume they show."""
    groups: dict[str, list[Any]] = {}
    for layer in viewer.layers:
        facts = layer.metadata.get("striate") or {}
        plain = type(layer).__name__ == "Image" and not getattr(layer, "rgb", False)
        if plain and not facts.get("made"):
            key = str(facts.get("volume_id") or f"layer {id(layer)}")
            groups.setdefault(key, []).append(layer)
    found = []
    for key, layers in groups.items():
        volume = volume_of(layers)
        if volume is not None:
            name = volume.source.name if volume.source else str(layers[0].name)
            found.append(ImageChoice(key, name, volume, tuple(layers)))
    return found


def label_layers(viewer: ViewerLike) -> list[Any]:
    """Return what may hold labels: Labels layers, then images of whole numbers.

    A label image that was opened as a file is shown as an image.
    """
    labels = [layer for layer in viewer.layers if type(layer).__name__ == "Labels"]
    images = [
        choice.layers[0]
        for choice in image_choices(viewer)
        if choice.volume.n_channels == 1 and choice.volume.dtype.kind in "ui"
    ]
    return [*labels, *images]


def file_for(volume: Volume, folder: Path) -> Path:
    """Return a file that gives this volume when opened; writes one if need be.

    Slow when a copy must be written: call it in a thread.
    """
    from striate.data import write_ome_zarr
    from striate.errors import StriateError
    from striate_channels.objects.images import open_image

    if volume.source is not None and volume.source.exists():
        try:
            again = open_image(volume.source)
            if (again.axes, again.shape) == (volume.axes, volume.shape):
                return volume.source
        except StriateError:
            pass
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"image-{uuid.uuid4().hex[:8]}.zarr"
    write_ome_zarr(target, volume)
    return target
