"""From what a person names to examples: files opened, truth checked, paintings made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate.data import open_volume
from striate.errors import InputError, StriateError
from striate_filaments.exchange.anything import read_any
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.segmentation.blocks import make_detector
from striate_filaments.segmentation.params import SegmentParams
from striate_filaments.segmentation.resolving import resolve
from striate_filaments.training.examples import Example
from striate_filaments.training.params import TrainSource
from striate_filaments.training.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from striate.data import Volume
    from striate.jobs.context import JobContext
    from striate_filaments.simulation import SimulateParams

__all__ = ["Labelled", "examples_of", "open_source", "paint_volumes"]

FIRST_SEED = 1_000_000
"""Below it lie the seeds of volumes on which segmenters are compared."""
SHAPE = (96, 224, 224)
CHECK_SHAPE = (96, 160, 160)
_LEAST = 300
_IN_MEMORY = 2 << 30


@dataclass(frozen=True, eq=False)
class Labelled:
    """A volume and its true neurons.

    Parameters
    ----------
    first, last
        The region that is labelled, in voxels (z, y, x); `last` excluded.
    """

    name: str
    volume: Volume
    neurons: NeuronSet
    partly: bool
    first: tuple[int, int, int]
    last: tuple[int, int, int]

    def part(self) -> tuple[Volume, NeuronSet]:
        """Cut out the region that is labelled, and what of its neurons lies there."""
        whole = self.neurons
        if not any(self.first) and self.last == whole.shape:
            return self.volume, whole
        bounds = {
            axis: (a, b)
            for axis, a, b in zip("zyx", self.first, self.last, strict=True)
            if axis.upper() in self.volume.axes
        }
        kept = []
        for neuron in whole:
            points = self.inside(neuron)
            if len(points):
                points = points - np.asarray(self.first)
                kept.append(Neuron.from_coordinates(neuron.id, points))
        z, y, x = (b - a for a, b in zip(self.first, self.last, strict=True))
        truth = NeuronSet((z, y, x), whole.voxel_size, whole.unit, kept)
        return self.volume.crop(**bounds), truth

    def inside(self, neuron: Neuron) -> NDArray[np.int64]:
        """(n, 3) voxels of a neuron that lie in the region that is labelled."""
        points = neuron.coordinates()
        return points[np.all((points >= self.first) & (points < self.last), axis=1)]


def open_source(source: TrainSource) -> Labelled:
    """Open a volume and its truth, and see that there is something to learn.

    Raises
    ------
    InputError
        When a file cannot be read, there is no truth, it is of another size, or too
        little of it lies in the region.
    """
    assert source.volume is not None
    volume = open_volume(source.volume)
    neurons = _truth(source)
    z, y, x = (int(n) for n in volume.czyx().shape[1:])
    if neurons.shape != (z, y, x):
        raise InputError(
            f"The neurons of {source.name} are of a volume of {neurons.shape} voxels, "
            f"and it has {(z, y, x)}: they belong to another volume."
        )
    if source.partly:
        neurons = _checked_ones(neurons)
    first, last = _region(source, (z, y, x))
    found = Labelled(source.name, volume, neurons, source.partly, first, last)
    _check_enough(found)
    return found


def examples_of(found: Sequence[Labelled], ctx: JobContext) -> list[Example]:
    """Measure the background of volumes, and sort their truth."""
    made = []
    for i, labelled in enumerate(found):
        ctx.progress(i, len(found), f"Reading {labelled.name}")
        request = resolve(labelled.volume, SegmentParams())
        low, _ = request.thresholds
        detector = make_detector(request.array, request.optics, low, ctx)
        array = request.array
        if array.nbytes <= _IN_MEMORY:
            array = np.asarray(array.compute(scheduler="synchronous"))
        shape = labelled.neurons.shape
        truth = Truth.of(labelled.neurons, shape)
        made.append(
            Example(
                labelled.name,
                array,
                detector,
                truth,
                labelled.partly,
                labelled.first,
                labelled.last,
            )
        )
    return made


def paint_volumes(
    folder: Path,
    seed: int,
    count: int,
    ctx: JobContext,
    *,
    check: bool = False,
    like: Path | None = None,
) -> list[TrainSource]:
    """Paint simulated volumes into `folder`, unless they are there already.

    Parameters
    ----------
    check
        Whether they are to be judged on: smaller, and never among the others.
    like
        A raw volume that they are to look like.
    """
    from striate_filaments.simulation import (
        simulate,
        training_params,
        write_simulation,
    )

    picture = _estimated(like, folder, ctx) if like else None
    made = []
    for i in range(count):
        own = FIRST_SEED + 2000 * (seed % 100_000) + (1000 if check else 0) + i
        path = folder / f"simulated-{own}.zarr"
        if not path.exists():
            ctx.progress(i, count, f"Painting volume {i + 1} of {count}")
            rng = np.random.default_rng(own)
            params = training_params(rng, CHECK_SHAPE if check else SHAPE, picture)
            params = params.model_copy(update={"seed": own})
            write_simulation(path, simulate(params))
        made.append(TrainSource(volume=path))
    return made


# ---- Private functions


def _estimated(like: Path, folder: Path, ctx: JobContext) -> SimulateParams:
    """The settings that paint what looks like a volume; estimated once."""
    from striate_filaments.simulation import SimulateParams, estimate_params

    place = folder / "like.json"
    if place.exists():
        return SimulateParams.model_validate_json(place.read_text("utf-8"))
    found = estimate_params(open_volume(like), ctx)
    folder.mkdir(parents=True, exist_ok=True)
    place.write_text(found.model_dump_json(), "utf-8")
    return found


def _truth(source: TrainSource) -> NeuronSet:
    place = source.neurons or source.volume
    assert place is not None
    try:
        return read_any(place)
    except StriateError as error:
        if source.neurons is not None:
            raise
        raise InputError(
            f"There is no truth in {source.name} to learn from: name its neurons too, "
            f"{source.name}=NEURONS."
        ) from error


def _checked_ones(neurons: NeuronSet) -> NeuronSet:
    """The neurons a person has looked at, or all when nobody has looked at any."""
    looked = [n for n in neurons if n.state != "auto"]
    if not looked:
        return neurons
    return NeuronSet(neurons.shape, neurons.voxel_size, neurons.unit, looked)


def _region(
    source: TrainSource, shape: tuple[int, int, int]
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    if source.roi is None:
        return (0, 0, 0), shape
    for (a, b), n in zip(source.roi, shape, strict=True):
        if not 0 <= a < b <= n:
            raise InputError(
                f"The region {source.roi} of {source.name} is empty or reaches beyond "
                f"its {shape} voxels (z, y, x)."
            )
    (z, zz), (y, yy), (x, xx) = source.roi
    return (z, y, x), (zz, yy, xx)


def _check_enough(found: Labelled) -> None:
    count = 0
    for neuron in found.neurons:
        count += len(found.inside(neuron))
        if count >= _LEAST:
            return
    raise InputError(
        f"Only {count} voxels of {found.name} are labelled there, too few to learn "
        f"from: label at least one neuron, {_LEAST} voxels."
    )
