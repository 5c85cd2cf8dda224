"""What to learn from and what to judge on: a list of volumes with their neurons."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from striate.data import open_volume, write_ome_zarr
from striate.errors import InputError, StriateError
from striate_filaments.panels.neuron_layers import neuron_layers, view_of
from striate_filaments.panels.sources import job_input, volume_choices
from striate_filaments.training.params import TrainSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from striate.data import Volume
    from striate.widgets.services import ViewerLike
    from striate_filaments.neurons import NeuronSet

__all__ = ["JUDGE", "LEARN", "Material", "found_in", "shown_in", "sources_of"]

LEARN, JUDGE = "Learn", "Judge"
"""What a volume is for. On those that judge S is measured; nothing is learned."""


@dataclass
class Material:
    """One volume with its true neurons: files, or what the viewer shows.

    Parameters
    ----------
    source
        Files; None for what is in the viewer, which is written when it is needed.
    shown
        The volume and the neurons of the viewer.
    use
        :data:`LEARN` or :data:`JUDGE`.
    partly
        Whether some neurons in it are not labelled.
    """

    name: str
    source: TrainSource | None = None
    shown: tuple[Volume, NeuronSet] | None = None
    use: str = LEARN
    partly: bool = False

    def ready(self, folder: Path) -> TrainSource:
        """Return files a job can read; slow where they must be written first."""
        if self.source is not None:
            return self.source.model_copy(update={"partly": self.partly})
        assert self.shown is not None
        volume, neurons = self.shown
        return TrainSource(
            volume=_volume_file(volume, folder),
            neurons=_neurons_file(neurons, folder),
            partly=self.partly,
        )

    def volume_file(self) -> Path | None:
        """The picture's file, if it has one already."""
        if self.source is not None:
            return self.source.volume
        assert self.shown is not None
        source = self.shown[0].source
        return source if source is not None and source.exists() else None


def found_in(path: Path) -> list[Material]:
    """The FISBe sample that a folder is, or all the samples in it, sorted by name.

    Raises
    ------
    InputError
        When there is none.
    """
    places = [path] if _is_fisbe(path) else sorted(path.glob("*.zarr"))
    found = [p for p in places if _is_fisbe(p)]
    if not found:
        raise InputError(
            f"{path.name} is no FISBe sample and holds none: choose a .zarr with "
            "volumes/raw and volumes/gt_instances in it, or a folder of them."
        )
    return [Material(p.name, TrainSource(volume=p)) for p in found]


def shown_in(viewer: ViewerLike) -> list[Material]:
    """Every volume of the viewer with each set of neurons of the same size."""
    found = []
    for choice in volume_choices(viewer):
        try:
            volume = choice.volume()
        except StriateError:
            continue
        shape = tuple(int(n) for n in volume.czyx().shape[1:])
        for layer in neuron_layers(viewer):
            view = view_of(layer)
            if view is not None and tuple(view.neurons.shape) == shape:
                name = f"{choice.name} with {layer.name}"
                found.append(Material(name, shown=(volume, view.neurons)))
    return found


def sources_of(
    materials: Sequence[Material], folder: Path
) -> tuple[list[TrainSource], list[TrainSource]]:
    """Return what to learn from and what to judge on, as files."""
    ready = [(m.use, m.ready(folder)) for m in materials]
    learn = [s for use, s in ready if use == LEARN]
    return learn, [s for use, s in ready if use == JUDGE]


# ---- Private functions


def _is_fisbe(path: Path) -> bool:
    return (path / "volumes" / "raw").is_dir() and (
        path / "volumes" / "gt_instances"
    ).is_dir()


def _volume_file(volume: Volume, folder: Path) -> Path:
    """A file that gives this very volume with no more said than its path."""
    named = job_input(volume, folder)
    path = Path(named["volume"])
    if len(named) == 1 or _reads_as(path, volume):
        return path
    copy = folder / f"{path.name.partition('.')[0]}-{uuid.uuid4().hex[:8]}.ome.zarr"
    write_ome_zarr(copy, volume)
    return copy


def _reads_as(path: Path, volume: Volume) -> bool:
    again = open_volume(path)
    same = (again.axes, again.shape) == (volume.axes, volume.shape)
    return same and bool(np.allclose(again.voxel_size, volume.voxel_size))


def _neurons_file(neurons: NeuronSet, folder: Path) -> Path:
    from striate_filaments.storage import write_neurons

    path = folder / f"truth-{uuid.uuid4().hex[:8]}.neurons.zarr"
    return Path(write_neurons(path, neurons))
