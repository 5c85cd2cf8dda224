"""The Channels panel: what each channel is, its order, on or off, and its weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QColor, QIcon, QPixmap
from qtpy.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from striate.widgets.links import Links
from striate.widgets.message import Message
from striate.widgets.progress_row import ProgressRow
from striate_channels.panels.images import ImageChoice, ImageMenu
from striate_channels.panels.inspecting import Inspector, region_of
from striate_channels.panels.parts import heading, muted
from striate_channels.panels.session import Session

if TYPE_CHECKING:
    from striate.widgets.services import Services, ViewerLike

__all__ = ["ChannelsPanel"]

_HELP = (
    "A joint model knows channels by their order and by nothing else: keep one order "
    "for all images that are compared."
)
_NUMBER = Qt.ItemDataRole.UserRole


class ChannelsPanel(QWidget):
    """Chooses and orders channels, and measures what each of them adds."""

    def __init__(self, viewer: ViewerLike, services: Services) -> None:
        super().__init__()
        self._viewer = viewer
        self._session = Session.of(viewer)
        self._links = Links(self)
        self._choice: ImageChoice | None = None
        self.image = ImageMenu(viewer, self._links)
        self.list = QTreeWidget()
        self.up, self.down = QPushButton("Up"), QPushButton("Down")
        self.button = QPushButton("Measure each channel")
        self.progress = ProgressRow(services.jobs)
        self.message = Message()
        self.inspector = Inspector(services, self._session, self._links)
        self._lay_out()
        self._connect()
        self._on_image(self.image.choice())

    # ---- Public methods

    def chosen(self) -> tuple[int, ...]:
        """Return the numbers of the ticked channels, in order."""
        return tuple(
            int(item.data(0, _NUMBER)) for item in self._items()
            if item.checkState(0) == Qt.CheckState.Checked
        )  # fmt: skip

    def measure(self) -> None:
        """Ask how the embedding moves when each channel is left out."""
        if self._choice is None:
            return
        self.message.clear()
        region = region_of(self._viewer, self._session, self._choice)
        self.inspector.ask(self._choice, region)

    def closeEvent(self, event: Any) -> None:
        """Let go of viewer and jobs."""
        self.inspector.close()
        self._links.close()
        self.progress.close()
        super().closeEvent(event)

    # ---- Making

    def _lay_out(self) -> None:
        self.list.setHeaderLabels(["Channel", "Embedding moves"])
        self.list.setRootIsDecorated(False)
        self.list.setAccessibleName("Channels")
        self.list.setMinimumHeight(120)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.up.setToolTip("Move the channel up: the model sees it earlier.")
        self.down.setToolTip("Move the channel down: the model sees it later.")
        self.button.setObjectName("Primary")
        self.button.setToolTip(
            "Embed this plane (or the one object selected on the map) again without "
            "each channel, and say how far the embedding moves."
        )
        row = QHBoxLayout()
        row.addWidget(self.up)
        row.addWidget(self.down)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(heading("Channels of"))
        column.addWidget(self.image)
        column.addWidget(self.list)
        column.addLayout(row)
        column.addWidget(muted(_HELP))
        column.addWidget(self.button)
        column.addWidget(self.progress)
        column.addWidget(self.message)
        column.addStretch(1)

    def _connect(self) -> None:
        self.image.chosen.connect(self._on_image)
        self.list.itemChanged.connect(self._on_ticked)
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.button.clicked.connect(self.measure)
        self.inspector.submitted.connect(self.progress.follow)
        self.inspector.answered.connect(self._on_answered)
        self.inspector.told.connect(self.message.say)

    # ---- The list

    def _on_image(self, choice: ImageChoice | None) -> None:
        same = self._choice and choice and self._choice.key == choice.key
        self._choice = choice
        for widget in (self.button, self.up, self.down):
            widget.setEnabled(choice is not None)
        if same:
            return
        blocked = self.list.blockSignals(True)
        self.list.clear()
        if choice is not None:
            self._fill(choice)
        self.list.blockSignals(blocked)

    def _fill(self, choice: ImageChoice) -> None:
        channels = choice.volume.channels
        kept = self._session.channels.get(choice.key) or tuple(range(len(channels)))
        rest = [i for i in range(len(channels)) if i not in kept]
        for number in (*kept, *rest):
            item = QTreeWidgetItem([channels[number].name, ""])
            item.setData(0, _NUMBER, number)
            ticked = (
                Qt.CheckState.Checked if number in kept else Qt.CheckState.Unchecked
            )
            item.setCheckState(0, ticked)
            swatch = QPixmap(12, 12)
            swatch.fill(QColor(channels[number].colour))
            item.setIcon(0, QIcon(swatch))
            self.list.addTopLevelItem(item)
        self.list.setCurrentItem(self.list.topLevelItem(0))

    def _items(self) -> list[QTreeWidgetItem]:
        found = (
            self.list.topLevelItem(i) for i in range(self.list.topLevelItemCount())
        )
        return [item for item in found if item is not None]

    def _move(self, step: int) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        place = self.list.indexOfTopLevelItem(item)
        if not 0 <= place + step < self.list.topLevelItemCount():
            return
        blocked = self.list.blockSignals(True)
        self.list.takeTopLevelItem(place)
        self.list.insertTopLevelItem(place + step, item)
        self.list.setCurrentItem(item)
        self.list.blockSignals(blocked)
        self._on_ticked()

    def _on_ticked(self, *_: Any) -> None:
        chosen = self.chosen()
        if not chosen:
            self.message.warning("Tick at least one channel.")
            self.button.setEnabled(False)
            return
        self.message.clear()
        self.button.setEnabled(True)
        for item in self._items():
            self.list.removeItemWidget(item, 1)
        if self._choice is not None:
            everything = chosen == tuple(range(self._choice.volume.n_channels))
            self._session.choose_channels(
                self._choice.key, () if everything else chosen
            )  # fmt: skip

    # ---- The answer

    def _on_answered(
        self, outcome: dict[str, Any], arrays: dict[str, Any], choice: Any
    ) -> None:
        moved = outcome["moved"]
        known = [m for m in moved if m is not None]
        largest = max([*known, 1e-9])
        blocked = self.list.blockSignals(True)
        for item, number in zip(
            [i for i in self._items() if i.checkState(0) == Qt.CheckState.Checked],
            moved,
            strict=False,
        ):
            self.list.setItemWidget(item, 1, _bar(number, largest))
        self.list.blockSignals(blocked)
        start, stop = outcome["start"], outcome["stop"]
        sides = " × ".join(str(b - a) for a, b in zip(start, stop, strict=True))
        if not known:
            self.message.info("One channel alone cannot be left out.")
            return
        most = outcome["channels"][moved.index(largest)] if largest > 1e-9 else "none"
        self.message.info(
            f"{most} matters most to {outcome['model']} here ({sides} voxels, z y x)."
        )


def _bar(value: float | None, largest: float) -> QProgressBar:
    """Show a number on a bar: bars compare at a glance, numbers in a paper."""
    bar = QProgressBar()
    bar.setRange(0, 1000)
    bar.setValue(0 if value is None else round(1000 * value / largest))
    bar.setFormat("–" if value is None else f"{value:.3f}")
    bar.setToolTip("Cosine distance between with and without the channel.")
    bar.setMinimumWidth(110)
    return bar
