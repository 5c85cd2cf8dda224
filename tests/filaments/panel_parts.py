"""What the panels' tests share: a small set of neurons and real services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.data import Volume, write_ome_zarr
from striate.jobs import Supervisor
from striate.settings import Settings
from striate.widgets.jobs_bridge import QtJobs
from striate.widgets.notifications import Notifications
from striate_filaments.neurons import Neuron, NeuronSet

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = (8, 20, 24)
SIZE = (2.0, 0.5, 0.5)


def line(z=slice(None), y=slice(None), x=slice(None)) -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    mask[z, y, x] = True
    return mask


def three_neurons() -> NeuronSet:
    """Red along x and green along y meet in voxel (2, 5, 10); blue lies deeper."""
    masks = {
        3: (line(2, 5), (1.0, 0.0, 0.0)),
        7: (line(2, slice(2, 18), 10), (0.0, 1.0, 0.0)),
        9: (line(6, 12), (0.0, 0.0, 1.0)),
    }
    found = [Neuron.from_mask(id, m, colour=c) for id, (m, c) in masks.items()]
    return NeuronSet(SHAPE, SIZE, "µm", found, channels=("R", "G", "B"))


def coloured_volume(neurons: NeuronSet, *, noise: float = 6.0) -> np.ndarray:
    """Paint neurons into (C, Z, Y, X) uint16 with a quiet background."""
    rng = np.random.default_rng(0)
    image = rng.normal(100, noise, (3, *neurons.shape))
    for neuron in neurons:
        place = tuple(neuron.coordinates().T)
        for channel, part in enumerate(neuron.colour):
            image[(channel, *place)] += 900 * part
    return image.clip(0, 65535).astype(np.uint16)


def thick_neurons(shape=(16, 64, 64)) -> NeuronSet:
    """Two bars of two colours, thick and long enough to be found."""
    red, green = np.zeros((2, *shape), bool)
    red[6:9, 14:17, 4:60] = True
    green[8:11, 4:60, 40:43] = True
    green &= ~red
    found = [
        Neuron.from_mask(1, red, colour=(1.0, 0.0, 0.0)),
        Neuron.from_mask(2, green, colour=(0.0, 1.0, 0.0)),
    ]
    return NeuronSet(shape, (1.0, 1.0, 1.0), "µm", found, channels=("R", "G", "B"))


def write_stack(path: Path, shape=(16, 64, 64)) -> Path:
    image = coloured_volume(thick_neurons(shape))
    volume = Volume.from_array(image, "CZYX", voxel_size=(1.0, 1.0, 1.0))
    write_ome_zarr(path, volume)
    return path


@dataclass
class RealServices:
    """Real jobs in a real worker; notifications are kept for the test to read."""

    jobs: Any
    notify: Notifications
    settings: Settings
    project: Any = None

    @property
    def said(self) -> list[str]:
        return [f"{n.level}: {n.text}" for n in self.notify.records]


def make_services(folder: Path) -> RealServices:
    jobs = QtJobs(Supervisor(folder, patience=2.0, grace=1.0))
    return RealServices(jobs, Notifications(), Settings())
