"""Segment: the one road from a volume to its neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.jobs.context import JobContext
from striate.provenance import Provenance
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.segmentation.blocks import collect
from striate_filaments.segmentation.colour import Palette, directions
from striate_filaments.segmentation.joining import (
    STEPS,
    Joined,
    Joiner,
    connected,
    join_voxels,
)
from striate_filaments.segmentation.methods import choose_method
from striate_filaments.segmentation.painting import paint, tubes
from striate_filaments.segmentation.params import SegmentParams
from striate_filaments.segmentation.resolving import Request, resolve
from striate_filaments.segmentation.tuning import TUNED, Tuning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.data.volume import Volume
    from striate_filaments.segmentation.foreground import Detector, Voxels

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["assemble", "segment"]

_NOTHING = (
    "Nothing in this volume rises out of its background: raise the sensitivity if "
    "you see neurites in it."
)


def segment(
    volume: Volume,
    params: SegmentParams | None = None,
    ctx: JobContext | None = None,
) -> NeuronSet:
    """Find the neurons of a volume. No training; neurons may overlap.

    Voxels are read block by block and only those near a ridge are kept, so memory
    follows the neurites and not the volume. NaN and inf count as empty. Of several
    time points the first is taken. The result depends neither on the block size nor
    on chance.

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
        `Neuron.metadata` holds ``confidence`` (0 to 1: share of its voxels whose hue
        is surely its own) and ``bridges`` (gaps and crossings it goes across).

    Raises
    ------
    InputError
        When the region lies outside the volume, or the values are not numbers.
        For ``method="learned"``, when there is no such model or the volume is flat.
    Cancelled
        When the user stopped it.
    """
    ctx = ctx or JobContext()
    asked = params or SegmentParams()
    request = resolve(volume, asked, ctx)
    method = choose_method(request, ctx)
    voxels = collect(request.array, method.finder, method.edge, ctx)
    ctx.progress(0, STEPS, "Joining neurites")
    voxels = voxels.take(voxels.score > method.low)
    voxels = connected(voxels, request.array.shape[1:], method.high, TUNED.speckle)
    if len(voxels) == 0:
        ctx.log(_NOTHING, "warning")
        return _neuron_set(request, asked, [], method.facts)
    neurons = assemble(voxels, method.detector, request, ctx, joiner=method.join)
    if not neurons:
        shortest = f"{request.params.minimum_length:.3g} {request.unit}"
        ctx.log(
            f"Nothing longer than {shortest} was found: lower the shortest length, or "
            "raise the sensitivity.",
            "warning",
        )
    ctx.progress(STEPS, STEPS, f"{len(neurons)} neurons")
    return _neuron_set(request, asked, neurons, method.facts)


def assemble(
    voxels: Voxels,
    detector: Detector,
    request: Request,
    ctx: JobContext,
    tuning: Tuning = TUNED,
    joiner: Joiner = join_voxels,
) -> list[Neuron]:
    """Group candidate voxels into neurons by `joiner`, longest first."""
    palette = Palette.of(voxels, detector)
    joined = joiner(
        voxels,
        palette,
        request.array.shape[1:],
        np.asarray(request.voxel),
        request.params.gap / request.half,
        float(np.radians(request.params.colour_tolerance)),
        tuning,
        ctx,
    )
    ctx.log(f"Hues of one neuron may differ by {np.degrees(joined.grain):.1f}°.")
    order = np.argsort(-joined.length, kind="stable")
    long = joined.length[order] * request.half >= request.params.minimum_length
    rank = np.full(len(order), -1, dtype=np.int64)
    rank[order[long]] = np.arange(long.sum())
    return _painted(joined, palette, rank[joined.neuron], request)


def _painted(
    joined: Joined, palette: Palette, neuron: Ints, request: Request
) -> list[Neuron]:
    """Make neurons of the pieces with a (K,) `neuron` of 0 or more."""
    pieces, count = joined.pieces, int(neuron.max(initial=-1)) + 1
    total = np.zeros((count, pieces.total.shape[1]))
    np.add.at(total, neuron[neuron >= 0], pieces.total[neuron >= 0])
    tint = directions(total)
    voxel = np.asarray(request.voxel)
    tube = tubes(pieces, neuron, joined.links, voxel, joined.grid.shape)
    found = paint(joined.grid, palette, neuron[pieces.label], tint, tube)
    colours = directions(total * palette.scale)
    confidence = _confidence(joined, neuron, tint)
    bridges = np.bincount(neuron[joined.links[:, 0]] + 1, minlength=count + 1)[1:]
    return [
        Neuron.from_coordinates(
            i + 1,
            found[i] + np.asarray(request.origin),
            colour=tuple(round(float(c), 4) for c in colours[i]),
            metadata={
                "confidence": round(float(confidence[i]), 3),
                "bridges": int(bridges[i]),
            },
        )
        for i in range(count)
    ]


def _confidence(joined: Joined, neuron: Ints, tint: Doubles) -> Doubles:
    """(r,) share of each neuron's voxels in pieces whose hue is surely its own."""
    pieces, own = joined.pieces, neuron >= 0
    whose, size = neuron[own], pieces.size[own]
    apart = np.linalg.norm(directions(pieces.total[own]) - tint[whose], axis=1)
    sure = np.where(apart < joined.grain, size, 0.0)
    return np.bincount(whose, sure, len(tint)) / np.bincount(whose, size, len(tint))


def _neuron_set(
    request: Request,
    asked: SegmentParams,
    neurons: list[Neuron],
    facts: dict[str, Any],
) -> NeuronSet:
    record = Provenance.record(
        "filaments.segment",
        asked,
        resolved=request.params.model_dump(mode="json"),
        constants=TUNED.__dict__,
        **facts,
    )
    return NeuronSet(
        request.shape,
        request.voxel_size,
        request.unit,
        neurons,
        channels=request.channels,
        provenance=record.model_dump(mode="json"),
    )
