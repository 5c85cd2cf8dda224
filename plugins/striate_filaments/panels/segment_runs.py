"""Runs of the segmentation: from an image and parameters to a layer to show."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, Signal

from striate.errors import StriateError
from striate.jobs.kind import JobRequest
from striate.widgets.background import Background
from striate_filaments.panels.neuron_layers import neurons_tuple
from striate_filaments.panels.sources import job_input

if TYPE_CHECKING:
    from striate.data import Volume
    from striate.widgets.services import Services
    from striate_filaments.neurons import NeuronSet
    from striate_filaments.panels.neuron_layers import LayerTuple
    from striate_filaments.segmentation.params import Roi, SegmentParams

__all__ = ["Run", "SegmentRuns", "cut_out"]


@dataclass
class Run:
    """One asked-for segmentation, bound to the image it was asked for.

    `key` is that of the :class:`VolumeChoice`; `moved` says by how many voxels the
    result must be moved because the job read a cut-out copy.
    """

    key: str
    name: str
    roi: Roi | None
    preview: bool
    generation: int
    translate: tuple[float, ...]
    channel_colours: tuple[str, ...] = ()
    job: str = ""
    moved: tuple[int, int, int] = (0, 0, 0)
    shape: tuple[int, int, int] = field(default=(0, 0, 0))


class SegmentRuns(QObject):
    """Submits segmentations and brings their results back, each to its own image.

    Of previews only the newest is answered; an older one is cancelled.

    Attributes
    ----------
    submitted
        Emitted with a :class:`Run` once its job is queued.
    ready
        Emitted with a run and its layer tuple.
    ended
        Emitted with a run and a sentence: why there is no result. An empty
        sentence: the person cancelled it.
    """

    submitted = Signal(object)
    ready = Signal(object, object)
    ended = Signal(object, str)

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._background = Background(self)
        self._runs: dict[str, Run] = {}
        self._copies: dict[str, Path] = {}
        self._generation = 0

    # ---- Public methods

    def start(self, run: Run, volume: Volume, params: SegmentParams) -> None:
        """Copy the image if it must be, then queue the job."""
        if run.preview:
            self.drop_preview()
            run.generation = self._generation
        folder = self._services.jobs.folder("inputs")
        cut = run.roi if run.preview else None
        self._background.run(
            lambda: job_input(volume, folder, cut),
            lambda found: self._submit(run, params, found),
            lambda error: self.ended.emit(run, _sentence(error)),
        )

    def drop_preview(self) -> None:
        """Want no answer to the last preview any more."""
        self._generation += 1
        for job, run in list(self._runs.items()):
            if run.preview:
                del self._runs[job]
                self._services.jobs.cancel(job)

    def close(self) -> None:
        """Want no answers any more; jobs that run go on."""
        self._runs.clear()
        self._background.close()

    # ---- Heard from the jobs service

    def on_finished(self, job: str, outcome: dict[str, Any]) -> None:
        """Read and paint the result, unless nobody waits for it."""
        self._clear_away(job)
        run = self._runs.pop(job, None)
        if run is None:
            return
        path = Path(outcome["neurons"])
        self._background.run(
            lambda: _painted(run, path),
            lambda layer: self._answer(run, layer),
            lambda error: self.ended.emit(run, _sentence(error)),
        )

    def on_failed(self, job: str, message: str) -> None:
        """Tell why."""
        self._clear_away(job)
        run = self._runs.pop(job, None)
        if run is not None:
            self.ended.emit(run, message)

    def on_cancelled(self, job: str) -> None:
        """Tell that it was stopped."""
        self._clear_away(job)
        run = self._runs.pop(job, None)
        if run is not None:
            self.ended.emit(run, "")

    # ---- Private methods

    def _submit(self, run: Run, params: SegmentParams, found: dict[str, Any]) -> None:
        from striate_filaments.jobs import SegmentJob
        from striate_filaments.workspace import SEGMENT, SEGMENT_LEARNED

        if run.preview and run.generation != self._generation:
            return
        roi = run.roi
        cropped = found.pop("cropped", False)
        if cropped and roi is not None:
            run.moved = (roi[0][0], roi[1][0], roi[2][0])
            roi = None
        asked = SegmentJob(**found, segment=params.model_copy(update={"roi": roi}))
        settings = self._services.settings
        request = JobRequest(
            kind=(SEGMENT_LEARNED if params.method == "learned" else SEGMENT).name,
            params=asked.model_dump(mode="json"),
            title=f"{'Preview' if run.preview else 'Segment'} {run.name}",
            device=settings.device,
            scheduler=settings.scheduler or None,
            # A preview that waits for the whole volume is none.
            lane="preview" if run.preview else "",
        )
        run.job = self._services.jobs.submit(request)
        self._runs[run.job] = run
        if cropped:
            self._copies[run.job] = Path(found["volume"])
        self.submitted.emit(run)

    def _clear_away(self, job: str) -> None:
        """Remove the box that was copied for a preview: nobody opens it again."""
        copy = self._copies.pop(job, None)
        if copy is not None:
            shutil.rmtree(copy, ignore_errors=True)

    def _answer(self, run: Run, layer: LayerTuple) -> None:
        if not run.preview or run.generation == self._generation:
            self.ready.emit(run, layer)


def cut_out(neurons: NeuronSet, roi: Roi) -> NeuronSet:
    """Return neurons as they are inside a box, in the box's own voxels."""
    from striate_filaments.neurons import Neuron, NeuronSet

    low, high = (np.array([side[i] for side in roi]) for i in (0, 1))
    shape = tuple(int(n) for n in high - low)
    found = NeuronSet(
        shape, neurons.voxel_size, neurons.unit, channels=neurons.channels
    )
    for neuron in neurons:
        points = neuron.coordinates() - low
        inside = np.all((points >= 0) & (points < shape), axis=1)
        if inside.any():
            facts = {"colour": neuron.colour, "metadata": neuron.metadata}
            found.add(Neuron.from_coordinates(neuron.id, points[inside], **facts))
    return found


def _painted(run: Run, path: Path) -> LayerTuple:
    from striate_filaments.storage import read_neurons

    neurons = read_neurons(path)
    if run.preview and run.roi is not None and neurons.shape == run.shape:
        neurons = cut_out(neurons, run.roi)
        run.moved = (run.roi[0][0], run.roi[1][0], run.roi[2][0])
    data, kwargs, kind = neurons_tuple(
        neurons,
        name="Preview" if run.preview else f"Neurons of {_stem(run.name)}",
        path=None if run.preview else path,
        channel_colours=run.channel_colours,
        volume_id=run.key,
    )
    ndim = len(kwargs["scale"])
    step = np.asarray(kwargs["scale"]) * run.moved[-ndim:]
    start = np.zeros(ndim)
    start[-len(run.translate) :] = run.translate[-ndim:]
    kwargs["translate"] = list(start + step)
    return data, kwargs, kind


def _stem(name: str) -> str:
    """A file's name without the endings that say its format."""
    for ending in (".zarr", ".tiff", ".tif", ".ome", ".h5", ".hdf5", ".czi", ".nd2"):
        name = name.removesuffix(ending)
    return name


def _sentence(error: BaseException) -> str:
    if isinstance(error, StriateError):
        return str(error)
    return f"Something went wrong inside the program ({type(error).__name__}: {error})."
