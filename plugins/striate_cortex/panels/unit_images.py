"""Images made for a unit: asked for by one button, seen as they form, kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from striate.errors import StriateError
from striate.jobs.kind import JobRequest
from striate.widgets.message import Message
from striate.widgets.progress_row import ProgressRow
from striate_cortex.panels.made_images import (
    MadeImage,
    best_first,
    images_of,
    keep_images,
    kept_images,
)
from striate_cortex.panels.section import Section, muted
from striate_cortex.panels.tiles import Tile, Tiles
from striate_cortex.panels.unit_asking import Asked, ImageChoices

if TYPE_CHECKING:
    from striate.widgets.links import Links
    from striate.widgets.services import Services
    from striate_cortex.panels.cortex_view import CortexView
    from striate_cortex.panels.thumbnails import Thumbnails
    from striate_cortex.panels.unit_facts import UnitFacts

__all__ = ["MadeImages", "image_text"]

_EMPTY = (
    "Images that the model predicts a strong response to. By gradient they take some "
    "seconds and need nothing but this machine."
)


class MadeImages(Section):
    """Asks for images of the unit that is shown, and shows them.

    Attributes
    ----------
    picture_chosen
        Emitted with a :class:`MadeImage` to be looked at.
    made
        Emitted when images are there.
    """

    picture_chosen = Signal(object)
    made = Signal()

    def __init__(
        self, services: Services, links: Links, thumbnails: Thumbnails
    ) -> None:
        super().__init__("Images made for it")
        self._services, self._thumbnails = services, thumbnails
        self._view: CortexView | None = None
        self._jobs: dict[str, Asked] = {}
        self._known: dict[Asked, list[MadeImage]] = {}
        self._shown: list[MadeImage] = []
        self.choices = ImageChoices()
        self.make_button = QPushButton("Make images")
        self.make_button.setObjectName("Primary")
        self.tiles = Tiles(104, _EMPTY)
        self.tiles.setAccessibleName("Images made for the unit")
        self.message = Message()
        self.progress = ProgressRow(services.jobs)
        self.more_button = QPushButton("More like this")
        self.look_button = QPushButton("Look…")
        self.save_button = QPushButton("Save…")
        self.facts = muted()
        self._lay_out()
        self._connect(links)
        self.set_unit(None, None)

    # ---- Public methods

    def set_unit(self, view: CortexView | None, facts: UnitFacts | None) -> None:
        """Make images for this unit; those made before are shown again."""
        if view is not self._view:
            self._known.clear()
        self._view = view
        self.choices.set_unit(view, facts)
        self.make_button.setEnabled(self.choices.ready)
        self.message.clear()
        self._show_known()

    def make(self, like: MadeImage | None = None) -> None:
        """Queue a job that makes images, perhaps more like one of these."""
        asked = self.choices.asked()
        if asked is None or self._view is None:
            return
        try:
            start = Path(like["path"]) if like is not None else None
            params = self.choices.params(asked, self._view, start)
            request = JobRequest(
                kind="cortex.synthesize", params=params,
                title=f"Make images for {asked.title}",
                device=self._services.settings.device,
                seed=self._next_seed(asked),
            )  # fmt: skip
            job = self._services.jobs.submit(request)
        except KeyError as error:
            self.message.error(str(error.args[0]))
            return
        except StriateError as error:
            self.message.error(str(error))
            return
        self._jobs[job] = asked
        self.message.clear()
        self.progress.follow(job, request.title)
        self.open()

    def shown(self) -> list[MadeImage]:
        """Return the images that are there for the unit, for a card."""
        return list(self._shown)

    # ---- Making

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        for button in (self.more_button, self.look_button, self.save_button):
            row.addWidget(button)
        row.addStretch(1)
        self._row = QWidget()
        self._row.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        self.more_button.setToolTip("Start again from the image that is chosen.")
        self.look_button.setToolTip("See it large, and where in it the response is.")
        for part in (
            self.tiles, self.facts, self._row, self.choices, self.make_button,
            self.message, self.progress,
        ):  # fmt: skip
            self.add(part)

    def _connect(self, links: Links) -> None:
        jobs = self._services.jobs
        self.make_button.clicked.connect(lambda: self.make())
        self.tiles.chosen.connect(self._on_chosen)
        self.more_button.clicked.connect(lambda: self.make(self._selected()))
        self.look_button.clicked.connect(self._on_look)
        self.save_button.clicked.connect(self._on_save)
        self.choices.changed.connect(self._on_other_asked)
        for signal, slot in (
            (jobs.partial, self._on_partial), (jobs.finished, self._on_finished),
            (jobs.failed, self._on_failed), (jobs.cancelled, self._on_cancelled),
        ):  # fmt: skip
            links.add(signal, slot)
        links.at_end(self.progress.close)

    # ---- Jobs

    def _on_partial(self, job: str, value: Any) -> None:
        if self._jobs.get(job) == self.choices.asked() and isinstance(value, dict):
            forming = images_of(value, "forming")
            if forming:
                self._show(self._known.get(self._jobs[job], []) + forming)

    def _on_finished(self, job: str, outcome: dict[str, Any]) -> None:
        asked = self._jobs.pop(job, None)
        if asked is None:
            return
        images = images_of(outcome, "made")
        kept = self._known.get(asked, [])
        self._known[asked] = best_first([*kept, *images])
        if self._view is not None:
            keep_images(self._view, asked, self._known[asked])
        self._show_known()
        self.made.emit()

    def _on_failed(self, job: str, message: str) -> None:
        if self._jobs.pop(job, None) is not None:
            self.message.error(message)
            self._show_known()

    def _on_cancelled(self, job: str) -> None:
        if self._jobs.pop(job, None) is not None:
            self.message.info("Stopped: what was not finished is gone.")
            self._show_known()

    def _next_seed(self, asked: Asked) -> int:
        seeds = [i.get("seed", 0) for i in self._known.get(asked, [])]
        return max(seeds, default=-1) + 1

    # ---- Showing

    def _show_known(self) -> None:
        asked, view = self.choices.asked(), self._view
        if asked is None or view is None:
            self._show([])
            return
        if asked not in self._known:
            self._known[asked] = kept_images(view, asked)
        self._show(self._known[asked])

    def _show(self, images: list[MadeImage]) -> None:
        self._shown = images
        self.tiles.set_tiles([_tile(image) for image in images])
        for image in images:
            path = str(image["path"])
            forming = image["state"] == "forming"
            self._thumbnails.ask_more(path, self._setter(path), fresh=forming)
        self._show_selected()

    def _setter(self, path: str) -> Any:
        return lambda picture: self.tiles.set_picture(path, picture)

    def _selected(self) -> MadeImage | None:
        wanted = self.tiles.selected
        return next((i for i in self._shown if str(i["path"]) == wanted), None)

    def _show_selected(self) -> None:
        image = self._selected()
        ready = image is not None and image["state"] == "made"
        self._row.setVisible(ready)
        self.facts.setVisible(ready)
        self.facts.setText(image_text(image) if image is not None else "")

    def _on_other_asked(self) -> None:
        fetches = self.choices.downloads
        self.make_button.setText("Download and make" if fetches else "Make images")
        self._show_known()

    def _on_chosen(self, _: Any) -> None:
        self._show_selected()

    def _on_look(self) -> None:
        image = self._selected()
        if image is not None:
            self.picture_chosen.emit(image)

    def _on_save(self) -> None:
        image = self._selected()
        if image is None:
            return
        source = Path(image["path"])
        path, _ = QFileDialog.getSaveFileName(
            self, "Save the image", source.name, "PNG (*.png)"
        )
        if not path:
            return
        try:
            Path(path).write_bytes(source.read_bytes())
        except OSError as error:
            self.message.error(f"{path} cannot be written ({error}).")


def image_text(image: MadeImage) -> str:
    """Say what is predicted of an image, and its seed."""
    parts = []
    if image.get("z") is not None:
        parts.append(f"z {image['z']:+.2f}")
    if image.get("percentile") is not None:
        parts.append(f"higher than {image['percentile']:.1f} % of the library")
    if image.get("judged") is not None:
        parts.append(f"second network {image['judged']:.3f}")
    parts.append(f"seed {image.get('seed')}")
    return "; ".join(parts) + "."


def _tile(image: MadeImage) -> Tile:
    z = image.get("z")
    line = "forming …" if image["state"] == "forming" else "made"
    second = f"seed {image['seed']}" if image.get("seed") is not None else ""
    if z is not None:
        line = f"z {z:+.1f}"
        second = f"{image['percentile']:.0f} %, {second}"
    return Tile(str(image["path"]), line, second, image_text(image))
