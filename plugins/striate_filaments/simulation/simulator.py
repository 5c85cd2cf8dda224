"""Put the parts together: shapes, arbors, colours, light, picture, ground truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate.data.volume import Channel, Volume
from striate.jobs.context import JobContext
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.simulation.colours import draw_colours
from striate_filaments.simulation.expression import express
from striate_filaments.simulation.fitted import FITTED
from striate_filaments.simulation.painting import Blur, Light, paint
from striate_filaments.simulation.picture import SLAB, Haze, take_slab
from striate_filaments.simulation.population import next_arbor
from striate_filaments.simulation.source import ATTRIBUTION, SEMI_SYNTHETIC

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from striate_filaments.simulation.arbors import Arbor
    from striate_filaments.simulation.params import SimulateParams

__all__ = ["Simulation", "simulate"]


@dataclass(frozen=True)
class Simulation:
    """A semi-synthetic volume and the truth about it.

    Parameters
    ----------
    volume
        (C, Z, Y, X) uint16; `metadata["semi_synthetic"]` is True.
    neurons
        What an annotator would label; overlapping voxels belong to each neuron.
    dim_ids
        Ids of the neurons painted dim.
    visible
        The part of every neuron that is expressed and rises out of the noise;
        neurons of which nothing can be seen are absent.
    """

    volume: Volume
    neurons: NeuronSet
    dim_ids: list[int]
    visible: NeuronSet


def simulate(params: SimulateParams, ctx: JobContext | None = None) -> Simulation:
    """Paint one semi-synthetic volume.

    Memory: the uint16 result, one float slab, and the light of the neurons, which
    follows their cable length.

    Raises
    ------
    InputError
        When the volume is too small to hold a neuron.
    """
    ctx = ctx or JobContext()
    steps = params.n_neurons + -(-params.shape[0] // SLAB)
    rng = np.random.default_rng((params.seed, 0))
    colours = draw_colours(params, rng)
    dim = rng.random(params.n_neurons) < params.dim_fraction
    blur = Blur.of(params)
    grown: list[Arbor] = []
    lights: list[Light] = []
    for i in range(params.n_neurons):
        ctx.progress(i, steps, f"Painting neuron {i + 1} of {params.n_neurons}")
        own = np.random.default_rng((params.seed, 4, i))
        grown.append(next_arbor(grown, params, own))
        beads = express(grown[-1], params, own)
        lights.append(paint(beads, params.shape, params.voxel_size, blur))
    counts = _counts(lights, dim, params, rng)
    raw = _picture(params, lights, colours * counts[:, None], ctx)
    dim_ids = [int(i) + 1 for i in np.flatnonzero(dim)]
    return Simulation(
        _volume(raw, params, dim_ids),
        _truth(lights, colours, params, dim_ids),
        dim_ids,
        _visible(lights, colours, counts, params, dim_ids),
    )


def _counts(
    lights: list[Light],
    dim: NDArray[np.bool_],
    params: SimulateParams,
    rng: Generator,
) -> NDArray[np.float64]:
    """Counts per unit of light, so that labels are as bright as the crop's."""
    wanted = FITTED.label_bright * np.exp(rng.normal(0, 0.3, len(lights)))
    wanted = np.where(dim, wanted * rng.uniform(*params.dim_range, len(lights)), wanted)
    bright = np.array([_bright(light) for light in lights])
    return np.asarray(wanted * params.brightness / bright, dtype=np.float64)


def _bright(light: Light) -> float:
    """The 95 % quantile of the labelled part, as it was measured in the crop."""
    level = FITTED.label_level * np.quantile(light.intact, 0.99)
    return float(np.quantile(light.intact[light.intact > level], 0.95))


def _label(light: Light) -> NDArray[np.bool_]:
    return light.intact > FITTED.label_level * _bright(light)


def _picture(
    params: SimulateParams,
    lights: list[Light],
    colours: NDArray[np.float64],
    ctx: JobContext,
) -> NDArray[np.uint16]:
    raw = np.empty((params.n_channels, *params.shape), np.uint16)
    haze = Haze(params)
    n_slabs = -(-params.shape[0] // SLAB)
    for i in range(n_slabs):
        ctx.progress(len(lights) + i, len(lights) + n_slabs, "Taking the picture")
        first = i * SLAB
        raw[:, first : first + SLAB] = take_slab(params, lights, colours, haze, first)
    return raw


def _volume(
    raw: NDArray[np.uint16], params: SimulateParams, dim_ids: list[int]
) -> Volume:
    return Volume.from_array(
        raw,
        "CZYX",
        voxel_size=params.voxel_size,
        channels=tuple(
            Channel(f"MCFO {i + 1} (semi-synthetic)", c.colour)
            for i, c in enumerate(_default_channels(params.n_channels))
        ),
        format="semi-synthetic",
        metadata=_facts(params, dim_ids),
    )


def _default_channels(n: int) -> tuple[Channel, ...]:
    from striate.data.volume import default_channels

    return default_channels(n)


def _facts(params: SimulateParams, dim_ids: list[int]) -> dict[str, object]:
    return {
        "semi_synthetic": True,
        "description": SEMI_SYNTHETIC,
        "attribution": ATTRIBUTION,
        "dim_neurons": dim_ids,
        "params": params.model_dump(mode="json"),
    }


def _truth(
    lights: list[Light],
    colours: NDArray[np.float64],
    params: SimulateParams,
    dim_ids: list[int],
) -> NeuronSet:
    masks = [light.voxels[_label(light)] for light in lights]
    return _neurons(masks, colours, params, dim_ids)


def _visible(
    lights: list[Light],
    colours: NDArray[np.float64],
    counts: NDArray[np.float64],
    params: SimulateParams,
    dim_ids: list[int],
) -> NeuronSet:
    """Labelled voxels whose own light is 3 times what background and noise vary by."""
    n = params.n_channels
    medians = np.resize(params.background_level, n) * params.background
    contrast = np.exp(np.resize(params.background_contrast, n))
    floor = 3 * (medians * (contrast - 1) + params.read_noise)
    masks = []
    for light, colour, count in zip(lights, colours, counts, strict=True):
        rises = float((colour / floor).max() * count)
        shown = light.expressed > FITTED.label_level * _bright(light)
        masks.append(light.voxels[shown & (light.expressed * rises > 1)])
    return _neurons(masks, colours, params, dim_ids)


def _neurons(
    masks: list[NDArray[np.int64]],
    colours: NDArray[np.float64],
    params: SimulateParams,
    dim_ids: list[int],
) -> NeuronSet:
    found = [
        Neuron.from_coordinates(
            i,
            np.stack(np.unravel_index(voxels, params.shape), axis=1),
            colour=tuple(float(v) for v in colour),
            metadata={"semi_synthetic": True, "dim": i in dim_ids},
        )
        for i, (voxels, colour) in enumerate(zip(masks, colours, strict=True), 1)
        if len(voxels)
    ]
    names = tuple(f"MCFO {i + 1}" for i in range(params.n_channels))
    return NeuronSet(
        params.shape,
        params.voxel_size,
        "µm",
        found,
        channels=names,
        provenance=_facts(params, dim_ids),
    )
