"""The Segment panel: choose an image, look at a preview, find the neurons in all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from superqt import QCollapsible

from striate.errors import InputError, StriateError
from striate.widgets.form import ParameterForm
from striate.widgets.links import Links
from striate.widgets.message import Message
from striate.widgets.progress_row import ProgressRow
from striate_filaments.panels.model_menu import ChosenModel, ModelMenu
from striate_filaments.panels.neuron_layers import (
    add_painted,
    channel_colours,
    view_of,
)
from striate_filaments.panels.region import centred, voxels_in
from striate_filaments.panels.region_controls import RegionControls
from striate_filaments.panels.region_layer import OUTLINE
from striate_filaments.panels.segment_runs import Run, SegmentRuns
from striate_filaments.panels.source_picker import SourcePicker
from striate_filaments.panels.sources import reduced
from striate_filaments.segmentation.params import SegmentParams

if TYPE_CHECKING:
    from striate.data import Volume
    from striate.widgets.services import Services, ViewerLike
    from striate_filaments.panels.sources import VolumeChoice
    from striate_filaments.segmentation.params import Roi

__all__ = ["SegmentPanel", "heading", "scrollable"]

_COLOUR = ("", "By colour", "Needs no training.")
_FIELDS = (
    "sensitivity",
    "thickness",
    "gap",
    "colour_tolerance",
    "minimum_length",
)
PREVIEW_BOX = (48, 192, 192)
"""Most voxels (z, y, x) that a preview takes in, so that it is there in seconds."""


class SegmentPanel(QWidget):
    """Finds the neurons of an image; the work is done by a job.

    Parameters
    ----------
    viewer
        Whose images may be chosen and where the neurons are shown.
    services
        Jobs, notifications and settings of the running program.
    """

    def __init__(self, viewer: ViewerLike, services: Services) -> None:
        super().__init__()
        self._viewer, self._services = viewer, services
        self._links = Links(self)
        self._preview: Any = None
        self.source = SourcePicker(viewer, self._links)
        self._chosen = ChosenModel.of(viewer)
        self.method = ModelMenu([_COLOUR], extra_first=True)
        self.method.menu.setAccessibleName("Method")
        self.form = ParameterForm(SegmentParams, fields=_FIELDS)
        self.more = ParameterForm(SegmentParams, fields=("block",))
        self.region = RegionControls(viewer, self)
        self.preview_button = QPushButton("Preview")
        self.run_button = QPushButton("Segment")
        self.message = Message()
        self.progress = ProgressRow(services.jobs)
        self.runs = SegmentRuns(services, self)
        self._lay_out()
        self._connect()
        self._on_source_changed()

    # ---- Public methods

    def params(self) -> SegmentParams:
        """Return the parameters as they stand.

        Raises
        ------
        InputError
            With the first one that is not right.
        """
        roi = self.region.value()
        if roi is not None and not voxels_in(roi):
            raise InputError("The box is empty: each end must lie after its start.")
        values = dict(self.form.values())
        values["block"] = self.more.values().block
        model = self.method.value()
        values |= {"method": "learned" if model else "colour", "model": model}
        return SegmentParams(**{**values, "roi": roi})

    def preview(self) -> None:
        """Segment the region, or a part of the view, and show that for a look."""
        self._start(preview=True)

    def run(self) -> None:
        """Segment the image, or the region of it, and add the neurons."""
        self._start(preview=False)

    def closeEvent(self, event: Any) -> None:
        """Let go of viewer and jobs; jobs that run go on."""
        self.region.leave()
        self._links.close()
        self.runs.close()
        super().closeEvent(event)

    # ---- Making

    def _lay_out(self) -> None:
        self.preview_button.setToolTip(
            "Segment the box, or the middle of what you see, in a few seconds."
        )
        self.run_button.setObjectName("Primary")
        self.run_button.setToolTip("Find the neurons of the whole region, as a job.")
        buttons = QHBoxLayout()
        buttons.addWidget(self.preview_button, 1)
        buttons.addWidget(self.run_button, 2)
        advanced = QCollapsible("More settings")
        advanced.addWidget(self.more)
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(10)
        for title, widget in (
            ("Image", self.source),
            ("Method", self.method),
            ("Neurites", self.form),
            ("", advanced),
            ("Region", self.region.editor),
        ):
            if title:
                column.addWidget(heading(title))
            column.addWidget(widget)
        column.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setSpacing(8)
        whole.addWidget(scrollable(form), 1)
        # What one presses, and what comes of it, never scrolls out of sight.
        whole.addLayout(buttons)
        whole.addWidget(self.progress)
        whole.addWidget(self.message)

    def _connect(self) -> None:
        self.source.changed.connect(self._on_source_changed)
        self._chosen.changed.connect(self.method.choose)
        if self._chosen.folder:
            self.method.choose(self._chosen.folder)
        self.region.told.connect(self._on_region_told)
        self.preview_button.clicked.connect(self.preview)
        self.run_button.clicked.connect(self.run)
        self.runs.submitted.connect(self._on_submitted)
        self.runs.ready.connect(self._on_ready)
        self.runs.ended.connect(self._on_ended)
        jobs = self._services.jobs
        self._links.add(jobs.finished, self.runs.on_finished)
        self._links.add(jobs.failed, self.runs.on_failed)
        self._links.add(jobs.cancelled, self.runs.on_cancelled)
        self._links.at_end(self.progress.close)

    # ---- The image

    def _on_source_changed(self) -> None:
        choice = self.source.choice()
        ready = choice is not None and bool(self.source.channels())
        for widget in (self.preview_button, self.run_button, self.region.editor):
            widget.setEnabled(ready)
        if choice is None:
            self.region.leave()
            return
        if not ready:
            self.message.warning("Tick at least one channel.")
            return
        volume = choice.volume()
        self.region.follow(choice.reference, _zyx(volume))
        self.form.set_hints(_hints(volume))

    def _on_region_told(self, text: str) -> None:
        self.message.info(text) if text else self.message.clear()

    # ---- Running

    def _start(self, *, preview: bool) -> None:
        choice = self.source.choice()
        if choice is None:
            self.message.error("Open an image first: File, Open, or drop a file here.")
            return
        try:
            params = self.params()
            volume = choice.volume()
        except StriateError as error:
            self.message.error(str(error))
            return
        roi = self._preview_roi() if preview else params.roi
        shown = self._time_point(volume)
        chosen = reduced(volume, self.source.channels(), shown)
        self.message.clear()
        self.runs.start(self._new_run(choice, volume, roi, preview), chosen, params)

    def _new_run(
        self, choice: VolumeChoice, volume: Volume, roi: Roi | None, preview: bool
    ) -> Run:
        return Run(
            key=choice.key,
            name=choice.name,
            roi=roi,
            preview=preview,
            generation=0,
            translate=tuple(float(v) for v in choice.reference.translate),
            channel_colours=self._colours(choice),
            shape=_zyx(volume),
        )

    def _preview_roi(self) -> Roi:
        return centred(self.region.value() or self.region.in_view(), PREVIEW_BOX)

    def _colours(self, choice: VolumeChoice) -> tuple[str, ...]:
        colours = channel_colours(self._viewer, choice.key)
        wanted = self.source.channels()
        if len(colours) < len(self.source.ticks):
            colours = tuple(c.colour for c in choice.volume().channels)
        return tuple(colours[i] for i in wanted if i < len(colours))

    def _time_point(self, volume: Volume) -> int:
        if "T" not in volume.axes:
            return 0
        before = self._viewer.dims.ndim - (len(volume.axes) - ("C" in volume.axes))
        return int(self._viewer.dims.current_step[before])

    def _on_submitted(self, run: Run) -> None:
        what = "Previewing" if run.preview else "Segmenting"
        self.progress.follow(run.job, f"{what} {run.name}")

    def _on_ready(self, run: Run, layer: Any) -> None:
        if self.source.has(run.key):
            self._add(run, layer)
            return
        self.message.say(
            "warning",
            f"{run.name} was closed while its neurons were sought.",
            add=("Add them anyway", lambda: self._add(run, layer)),
            leave=("Leave them out", self.message.clear),
        )

    def _add(self, run: Run, layer: Any) -> None:
        if self._preview is not None and self._preview in self._viewer.layers:
            self._viewer.layers.remove(self._preview)
            self._preview = None
        made = add_painted(self._viewer, layer)
        view = view_of(made)
        count = len(view.neurons) if view else 0
        if run.preview:
            self._dress_preview(made)
        self._say_found(run, count)

    def _dress_preview(self, layer: Any) -> None:
        self._preview = layer
        # The region's own outline shows the box already, if there is one.
        layer.bounding_box.visible = self.region.value() is None
        layer.bounding_box.points = False
        layer.bounding_box.line_color = OUTLINE

    def _say_found(self, run: Run, count: int) -> None:
        found = f"{count} neuron{'s' * (count != 1)}"
        if not count:
            self.message.warning(
                "No neurons were found: raise the sensitivity, or lower the shortest "
                "neuron."
            )
        elif run.preview and run.roi is not None:
            sides = " × ".join(str(b - a) for a, b in run.roi)
            self.message.info(f"Preview: {found} in {sides} voxels (z, y, x).")
        else:
            self.message.info(f"Found {found} in {run.name}.")

    def _on_ended(self, run: Run, sentence: str) -> None:
        if sentence:
            self.message.error(sentence)
        elif not run.preview:
            self.message.info("Stopped: nothing was changed.")


def _zyx(volume: Volume) -> tuple[int, int, int]:
    sizes = dict(zip(volume.axes, volume.shape, strict=True))
    return sizes.get("Z", 1), sizes["Y"], sizes["X"]


def _hints(volume: Volume) -> dict[str, str]:
    """Say what each "automatic" amounts to for this image."""
    from striate_filaments.segmentation import suggest_defaults

    lengths = "µm" if volume.calibrated else "voxels"
    hints = {}
    for name, value in suggest_defaults(volume).items():
        extra = SegmentParams.model_fields[name].json_schema_extra
        unit = extra.get("unit") if isinstance(extra, dict) else ""
        shown = lengths if unit == "µm" else unit
        hints[name] = value if isinstance(value, str) else f"here {value:.3g} {shown}"
    return hints


def scrollable(form: QWidget) -> QScrollArea:
    """Let a form scroll up and down in a panel, and never sideways."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(form)
    area.setMinimumWidth(form.minimumSizeHint().width() + 16)
    return area


def heading(text: str) -> QLabel:
    """Return the title of a section of a panel."""
    label = QLabel(f"<b>{text}</b>")
    label.setObjectName("Section")
    return label
