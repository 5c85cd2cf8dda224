"""The Attention panel: where the model looks, laid over the image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QFormLayout,
    QHeaderView,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from striate.widgets.links import Links
from striate.widgets.message import Message
from striate.widgets.progress_row import ProgressRow
from striate_channels.panels.images import ImageMenu
from striate_channels.panels.inspecting import Inspector, region_of
from striate_channels.panels.parts import heading, muted
from striate_channels.panels.session import Session

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.widgets.services import Services, ViewerLike
    from striate_channels.panels.images import ImageChoice

__all__ = ["AttentionPanel"]

_HELP = (
    "What the summary, from which the embedding is made, attends to, averaged over "
    "heads. Bright patches are looked at; that does not say that they decide."
)
NAME = "Attention"


class AttentionPanel(QWidget):
    """Lays attention over the image, one layer per channel, and shows the exchange."""

    def __init__(self, viewer: ViewerLike, services: Services) -> None:
        super().__init__()
        self._viewer = viewer
        self._session = Session.of(viewer)
        self._links = Links(self)
        self._layers: list[Any] = []
        self.image = ImageMenu(viewer, self._links)
        self.block = QSpinBox()
        self.block.setRange(-12, -1)
        self.block.setValue(-1)
        self.button = QPushButton("Show attention")
        self.table = QTableWidget()
        self.title = heading("Between channels")
        self.progress = ProgressRow(services.jobs)
        self.message = Message()
        self.inspector = Inspector(services, self._session, self._links)
        self._lay_out()
        self.image.chosen.connect(self._on_image)
        self.button.clicked.connect(self.look)
        self.inspector.submitted.connect(self.progress.follow)
        self.inspector.answered.connect(self._on_answered)
        self.inspector.told.connect(self.message.say)
        self._on_image(self.image.choice())

    # ---- Public methods

    def look(self) -> None:
        """Ask for the attention over the plane, or over the object selected."""
        choice = self.image.choice()
        if choice is None:
            return
        self.message.clear()
        region = region_of(self._viewer, self._session, choice)
        self.inspector.ask(choice, region, block=self.block.value())

    def closeEvent(self, event: Any) -> None:
        """Let go of viewer and jobs."""
        self.inspector.close()
        self._links.close()
        self.progress.close()
        super().closeEvent(event)

    # ---- Making

    def _lay_out(self) -> None:
        self.button.setObjectName("Primary")
        self.block.setAccessibleName("Block")
        self.block.setToolTip("-1 is the last block, -2 the one before it.")
        self.table.setAccessibleName("Attention between channels")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setMinimumHeight(130)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Image", self.image)
        form.addRow("Block", self.block)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addLayout(form)
        column.addWidget(muted(_HELP))
        column.addWidget(self.button)
        column.addWidget(self.progress)
        column.addWidget(self.message)
        column.addWidget(self.title)
        column.addWidget(self.table)
        column.addStretch(1)
        self.title.hide()
        self.table.hide()

    def _on_image(self, choice: ImageChoice | None) -> None:
        self.button.setEnabled(choice is not None)

    # ---- The answer

    def _on_answered(
        self, outcome: dict[str, Any], arrays: dict[str, Any], choice: Any
    ) -> None:
        if "space" not in arrays:
            self.message.warning(
                f"{outcome['model']} sees one channel at a time and has no attention "
                "between them: choose a ChAda-ViT."
            )
            return
        self._remove_layers()
        names = outcome["channels"]
        for name, plane in zip(names, arrays["space"], strict=True):
            self._add(f"{NAME}: {name}", plane, arrays["space"], outcome, choice)
        self._keep_points_on_top()
        self._fill(names, arrays["between"])
        share = arrays["space"].sum((1, 2))
        most = names[int(share.argmax())]
        self.message.info(f"{most} gets {share.max():.0%} of the attention here.")

    def _add(
        self, name: str, plane: NDArray[Any], everything: NDArray[Any],
        outcome: dict[str, Any], choice: Any,
    ) -> None:  # fmt: skip
        """Place (h, w) patches over the region they were computed from."""
        reference = choice.layers[0]
        flat = reference.ndim == 2
        start, stop = np.array(outcome["start"]), np.array(outcome["stop"])
        scale = np.asarray(reference.scale[-2:])
        edge = (stop - start)[1:] / plane.shape * scale
        corner = np.asarray(reference.translate[-2:]) + start[1:] * scale
        # A patch's centre lies half a patch in; the image's half a pixel.
        corner = corner + (edge - scale) / 2
        data, sizes, move = plane, list(edge), list(corner)
        if not flat:
            depth = float(reference.scale[-3])
            thick = int(stop[0] - start[0])
            data = np.broadcast_to(plane, (thick, *plane.shape))
            sizes = [depth, *sizes]
            move = [float(reference.translate[-3]) + int(start[0]) * depth, *move]
        self._layers.append(
            self._viewer.add_image(
                data,
                name=name,
                scale=sizes,
                translate=move,
                units=reference.units[-len(sizes) :],
                colormap="magma",
                opacity=0.55,
                blending="additive",
                interpolation2d="linear",
                contrast_limits=(0.0, float(everything.max())),
                visible=not self._layers,
                metadata={"striate": {"made": "channels.attention"}},
            )
        )

    def _keep_points_on_top(self) -> None:
        """Light that is added would wash out the colours of the points below it."""
        layers = self._viewer.layers
        for layer in [n for n in layers if type(n).__name__ == "Points"]:
            layers.move(layers.index(layer), len(layers))

    def _remove_layers(self) -> None:
        for layer in self._layers:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self._layers.clear()

    def _fill(self, names: list[str], between: NDArray[Any]) -> None:
        n = len(names)
        self.table.setRowCount(n)
        self.table.setColumnCount(n)
        self.table.setVerticalHeaderLabels(names)
        self.table.setHorizontalHeaderLabels([f"to {name}" for name in names])
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for i in range(n):
            for j in range(n):
                share = float(between[i, j])
                item = QTableWidgetItem(f"{share:.0%}")
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                item.setBackground(QColor(0, 114, 178, round(20 + 200 * share)))
                self.table.setItem(i, j, item)
        self.title.show()
        self.table.show()
