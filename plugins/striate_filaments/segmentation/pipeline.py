"""Segment: the one road from a volume to its neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate.jobs.context import JobContext
from striate.provenance import Provenance
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.segmentation.agglomerate import Regions, join
from striate_filaments.segmentation.blocks import collect, make_detector
from striate_filaments.segmentation.bridges import find_bridges
from striate_filaments.segmentation.colour import Palette
from striate_filaments.segmentation.foreground import Voxels
from striate_filaments.segmentation.graph import Pieces, contacts
from striate_filaments.segmentation.painting import (
    Painted,
    cable_lengths,
    colours_of,
    paint,
)
from striate_filaments.segmentation.params import SegmentParams
from striate_filaments.segmentation.resolving import Request, resolve
from striate_filaments.segmentation.sparse import Grid, label_components
from striate_filaments.segmentation.supervoxels import grow_supervoxels
from striate_filaments.segmentation.tuning import TUNED, Tuning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.data.volume import Volume

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["segment"]

_STEPS = 5


def segment(
    volume: Volume,
    params: SegmentParams | None = None,
    ctx: JobContext | None = None,
) -> NeuronSet:
    """Find the neurons of a volume. No training; neurons may overlap.

    Voxels are read block by block and only those near a ridge are kept, so memory
    follows the neurites and not the volume. NaN and inf count as empty. Of several
    time points the first is taken. The result does not depend on the block size,
    nor on chance.

    Parameters
    ----------
    volume
        Any number of channels; 2-D images too.
    params
        None segments with what suits the volume.
    ctx
        Hears progress, and cancels.

    Returns
    -------
    NeuronSet
        Longest first, in voxels of the whole volume also when ``params.roi`` is set.
        `Neuron.metadata` holds ``confidence`` (0 to 1), ``cable_length`` (unit of the
        set) and ``bridges`` (gaps closed).

    Raises
    ------
    InputError
        When the region lies outside the volume, or the values are not numbers.
    StriateError
        For ``method="learned"``: this version has no trained model.
    Cancelled
        When the user stopped it.
    """
    ctx = ctx or JobContext()
    request = resolve(volume, params or SegmentParams(), ctx)
    low, high = request.thresholds
    detector = make_detector(request.array, request.optics, low, ctx)
    voxels = collect(request.array, detector, request.params.block, ctx)
    shape = request.array.shape[1:]
    ctx.progress(0, _STEPS, "Joining neurites")
    voxels = _connected(voxels, shape, high, TUNED.speckle)
    if len(voxels) == 0:
        ctx.log("Nothing in this volume rises out of its background.", "warning")
        return _neuron_set(request, params, [])
    palette = Palette.of(voxels, detector)
    neurons = _assemble(voxels, palette, request, ctx)
    ctx.progress(_STEPS, _STEPS, f"{len(neurons)} neurons")
    return _neuron_set(request, params, neurons)


def _assemble(
    voxels: Voxels,
    palette: Palette,
    request: Request,
    ctx: JobContext,
    tuning: Tuning = TUNED,
) -> list[Neuron]:
    """Group candidate voxels into neurons."""
    grid = Grid.of(voxels.index, request.array.shape[1:])
    size = np.asarray(request.voxel)
    z, y, x = (max(tuning.piece / s, 1.0) for s in request.voxel)
    ctx.progress(1, _STEPS, "Joining neurites: pieces")
    label = grow_supervoxels(
        grid,
        voxels.score,
        palette.signal,
        palette.noise,
        (z, y, x),
        float(np.tan(np.radians(tuning.piece_hue))),
    )
    pieces = Pieces.of(label, palette, voxels.score, grid.coordinates() * size)
    ctx.progress(2, _STEPS, "Joining neurites: touching")
    touching = contacts(grid, label, voxels.score)
    regions = Regions.of(pieces.total, pieces.variance, pieces.size)
    grain = np.radians(request.params.colour_tolerance)
    drift = grain * tuning.drift / tuning.grain
    extra = tuning.saddle * touching.saddles(pieces)
    limit = np.full(len(extra), tuning.touch_limit)
    join(regions, touching.pairs, extra, limit, grain, drift)
    ctx.progress(3, _STEPS, "Joining neurites: over gaps")
    gap = request.params.gap / request.half
    bridges = find_bridges(
        grid, palette, pieces, regions.labels, regions.size, size, gap
    )
    extra = tuning.emptiness * bridges.bare / gap + tuning.turn * bridges.turn
    limit = np.full(len(extra), tuning.gap_limit)
    used = join(regions, bridges.pairs, extra, limit, grain, drift)
    links = bridges.pairs[used]
    ctx.progress(4, _STEPS, "Joining neurites: painting")
    length = cable_lengths(pieces, regions, np.concatenate([touching.pairs, links]))
    length *= request.half
    names = np.unique(regions.labels)
    chosen = names[length[names] >= request.params.minimum_length]
    chosen = chosen[np.argsort(-length[chosen], kind="stable")]
    painted = paint(grid, pieces, regions, chosen, links)
    colours = colours_of(regions, chosen, palette.scale)
    return [
        _neuron(i, p, colours[i - 1], length[p.name], request)
        for i, p in enumerate(painted, 1)
    ]


def _neuron(
    id: int, painted: Painted, colour: Doubles, length: float, request: Request
) -> Neuron:
    return Neuron.from_coordinates(
        id,
        painted.points + np.asarray(request.origin),
        colour=tuple(round(float(c), 4) for c in colour),
        metadata={"cable_length": round(float(length), 2)},
    )


def _connected(
    voxels: Voxels, shape: tuple[int, ...], high: float, least: int
) -> Voxels:
    """Keep components that reach `high` and have `least` voxels."""
    if len(voxels) == 0:
        return voxels
    grid = Grid.of(voxels.index, shape)
    names = label_components(grid.index, grid.rows, grid.shape)
    highest = np.zeros(len(voxels), dtype=np.float32)
    np.maximum.at(highest, names, voxels.score)
    size = np.bincount(names, minlength=len(voxels))
    return voxels.take(((highest > high) & (size >= least))[names])


def _neuron_set(
    request: Request, asked: SegmentParams | None, neurons: list[Neuron]
) -> NeuronSet:
    record = Provenance.record(
        "filaments.segment",
        asked or SegmentParams(),
        resolved=request.params.model_dump(mode="json"),
    )
    return NeuronSet(
        request.shape,
        request.voxel_size,
        request.unit,
        neurons,
        channels=request.channels,
        provenance=record.model_dump(mode="json"),
    )
