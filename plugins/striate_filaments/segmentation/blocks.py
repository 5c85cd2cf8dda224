"""Walking over a volume piece by piece, and never holding more than a few pieces.

A block with its halo is read, looked at and forgotten; only candidate voxels
stay, well under a hundredth of the volume. What follows works on those, for the
whole volume at once, so there are no seams to close: filters see the same
neighbourhood whatever the block size, and give the same values bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from striate.jobs.parallel import iterate_items
from striate_filaments.segmentation.foreground import (
    Detector,
    Optics,
    Voxels,
    ridge_spread,
)
from striate_filaments.segmentation.kept import KeptBlocks, Searched, identity
from striate_filaments.segmentation.noise import (
    TileStatistics,
    fit_noise,
    tile_statistics,
    tiles,
)
from striate_filaments.segmentation.ridges import blur

if TYPE_CHECKING:
    from collections.abc import Sequence

    import dask.array as da
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext

    Floats = NDArray[np.float32]

__all__ = ["Block", "Finder", "blocks_of", "collect", "make_detector", "read"]

_CALIBRATION_TILES = 64


class Finder(Protocol):
    """What looks for candidate voxels, one block at a time.

    A frozen dataclass of small fields: it pickles, for it travels to every worker,
    and its fields say whether kept blocks may be used again. Fields on which the
    result does not depend, such as a device, a tile or a batch, are declared
    ``field(compare=False)``. A network is no field: it is named by its file and its
    hash, and loaded once per process, where it is first needed.
    """

    @property
    def halo(self) -> tuple[int, int, int]:
        """Voxels (z, y, x) a block must see beyond its edges for exact results."""

    @property
    def grid(self) -> int:
        """Voxels that blocks begin at multiples of: 1 unless it works in cubes."""

    def background(
        self, channel: int, start: Sequence[int], stop: Sequence[int]
    ) -> Floats:
        """(z, y, x) raw counts that stand in for NaN and inf, in a box."""

    def is_empty(self, raw: Floats) -> bool:
        """Whether (C, z, y, x) raw counts surely hold nothing: a cheap look.

        Empty blocks are never given to :meth:`find`.
        """

    def find(
        self,
        raw: Floats,
        start: Sequence[int],
        core: tuple[slice, slice, slice],
        shape: Sequence[int],
    ) -> Voxels:
        """Find the candidate voxels of one block.

        Called from several threads at once. Parameters are those of
        :func:`striate_filaments.segmentation.foreground.find_voxels`. To be exact,
        what is found at a voxel must not depend on where blocks begin: a network
        lays its tiles on a `grid` of the volume.
        """

    def facts(self) -> dict[str, Any]:
        """What of the run belongs in its provenance, such as tile and batch.

        Asked in the process that found something, after it did.
        """


@dataclass(frozen=True)
class Block:
    """One piece: where it starts with its halo and without."""

    start: tuple[int, int, int]
    stop: tuple[int, int, int]
    inner_start: tuple[int, int, int]
    inner_stop: tuple[int, int, int]

    @property
    def core(self) -> tuple[slice, slice, slice]:
        """The inner part, counted from `start`."""
        z, y, x = (
            slice(a - s, b - s)
            for s, a, b in zip(
                self.start, self.inner_start, self.inner_stop, strict=True
            )
        )
        return z, y, x


def blocks_of(shape: Sequence[int], edge: int, halo: Sequence[int]) -> list[Block]:
    """Cut (z, y, x) into blocks of at most `edge` voxels a side, with halo."""
    ranges = [range(0, n, edge) for n in shape]
    found = []
    for corner in ((z, y, x) for z in ranges[0] for y in ranges[1] for x in ranges[2]):
        stop = [min(a + edge, n) for a, n in zip(corner, shape, strict=True)]
        start = [max(0, a - h) for a, h in zip(corner, halo, strict=True)]
        end = [min(n, b + h) for b, h, n in zip(stop, halo, shape, strict=True)]
        found.append(Block(_three(start), _three(end), corner, _three(stop)))
    return found


def read(array: da.Array, start: Sequence[int], stop: Sequence[int]) -> Floats:
    """Read a box of a (C, Z, Y, X) array as float32, NaN and inf where they are."""
    box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    values = np.asarray(array[(slice(None), *box)].compute(scheduler="synchronous"))
    return values.astype(np.float32)


def _read_tile(array: da.Array, start: Sequence[int], stop: Sequence[int]) -> Floats:
    """Read a box with the median of its channel in place of NaN and inf."""
    raw = read(array, start, stop)
    for channel in raw:
        real = np.isfinite(channel)
        if not real.all():
            channel[~real] = np.median(channel[real]) if real.any() else 0.0
    return raw


def make_detector(
    array: da.Array, optics: Optics, threshold: float, ctx: JobContext
) -> Detector:
    """Measure background, noise and what ridges noise makes, on sparse tiles."""
    shape = array.shape[1:]
    starts, boxes = tiles(shape)
    measure = partial(_measure_tile, array, optics)
    statistics: list[TileStatistics] = ctx.map(measure, boxes, "Measuring noise")
    step = 1.0 if array.dtype.kind in "ui" else 0.0
    noise = fit_noise(starts, shape, statistics, step)
    draft = Detector(optics, noise, (1.0,) * len(optics.sigmas), threshold)
    chosen = boxes[:: max(1, len(boxes) // _CALIBRATION_TILES)]

    spreads = ctx.map(partial(_spread_tile, array, draft), chosen, "Measuring ridges")
    spread = tuple(max(float(s), 1e-3) for s in np.median(spreads, axis=0))
    return Detector(optics, noise, spread, threshold)


def collect(array: da.Array, finder: Finder, edge: int, ctx: JobContext) -> Voxels:
    """Find the candidate voxels of the whole (C, Z, Y, X) array.

    `edge` is rounded up to the finder's grid. Blocks that an earlier run of the same
    work has finished are not searched again (see :mod:`striate.jobs.unfinished`). What
    the finder tells of its run is left in ``ctx.notes``.
    """
    shape = array.shape[1:]
    edge = -(-edge // finder.grid) * finder.grid
    blocks = blocks_of(shape, edge, finder.halo)
    work = partial(_search_block, array, finder)
    key = identity(finder, array.shape, str(array.dtype), edge)
    with KeptBlocks(ctx, key) as kept:
        if len(kept):
            ctx.log(
                f"Going on where an earlier run stopped: {len(kept)} of {len(blocks)} "
                "blocks are done."
            )
        left = [i for i in range(len(blocks)) if i not in kept]
        items = [blocks[i] for i in left]
        for at, found in iterate_items(
            ctx, work, items, "Finding neurites", before=len(kept)
        ):
            kept.add(left[at], found)
        return _joined([kept[i] for i in range(len(blocks))], array.shape[0], ctx)


def _joined(found: list[Searched], channels: int, ctx: JobContext) -> Voxels:
    unreal = sum(f.unreal for f in found)
    if unreal:
        ctx.log(f"{unreal} values are not numbers and count as empty.", "warning")
    facts = [f.facts for f in found if f.facts]
    if facts:
        # Workers of a cluster may have tiled differently.
        unlike = [f for i, f in enumerate(facts) if f not in facts[:i]]
        ctx.notes["finder"] = unlike[0] if len(unlike) == 1 else unlike
    return Voxels.joined([f.voxels for f in found if len(f.voxels)], channels)


def _search_block(array: da.Array, finder: Finder, block: Block) -> Searched:
    raw = read(array, block.start, block.stop)
    unreal = _fill(raw, block, finder)
    if finder.is_empty(raw):
        return Searched(Voxels.joined([], len(raw)), unreal, {})
    found = finder.find(raw, block.start, block.core, array.shape[1:])
    return Searched(found, unreal, finder.facts())


def _fill(raw: Floats, block: Block, finder: Finder) -> int:
    """Put the background where values are not finite; count those of the core.

    The background and not 0, for an edge would look like something.
    """
    unreal = ~np.isfinite(raw)
    if not unreal.any():
        return 0
    for c, missing in enumerate(unreal):
        level = finder.background(c, block.start, block.stop)
        raw[c][missing] = level[missing]
    return int(unreal[(slice(None), *block.core)].sum())


def _measure_tile(array: da.Array, optics: Optics, box: Any) -> TileStatistics:
    raw, inner = _with_margin(array, optics, box)
    smoothed = [
        np.stack([blur(channel, sigma)[inner] for channel in raw])
        for sigma in optics.sigmas
    ]
    return tile_statistics(raw[(slice(None), *inner)], smoothed)


def _spread_tile(array: da.Array, detector: Detector, box: Any) -> list[float]:
    start, stop = box
    return ridge_spread(_read_tile(array, start, stop), start, detector)


def _with_margin(
    array: da.Array, optics: Optics, box: Any
) -> tuple[Floats, tuple[slice, ...]]:
    start, stop = box
    halo, shape = optics.halo, array.shape[1:]
    outer = [max(0, a - h) for a, h in zip(start, halo, strict=True)]
    end = [min(n, b + h) for b, h, n in zip(stop, halo, shape, strict=True)]
    inner = tuple(
        slice(a - o, b - o) for a, b, o in zip(start, stop, outer, strict=True)
    )
    return _read_tile(array, outer, end), inner


def _three(values: Sequence[int]) -> tuple[int, int, int]:
    z, y, x = (int(v) for v in values)
    return z, y, x
