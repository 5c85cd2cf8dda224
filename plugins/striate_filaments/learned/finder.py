"""The learned finder: looks where something rises out of the background.

The volume is cut into cubes on a fixed grid. A cube in which nothing rises is never
shown to the network; every other is, with its margin, one by one, so that what comes
out depends neither on the size of the blocks nor on who works on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from striate_filaments.learned.units import in_noise_units, levels
from striate_filaments.segmentation.foreground import Detector, Voxels, normalised
from striate_filaments.segmentation.ridges import reach

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_filaments.learned.config import LearnedConfig

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

__all__ = ["EVEN_SCORE", "NetworkFinder"]

EVEN_SCORE = 5.0
"""Score of a voxel as likely in a neuron as not; the colour method's low threshold."""
_SLOPE = 2.0
_MOST = 10.0
_RISES = 3.0
_ENOUGH = 4


@dataclass(frozen=True)
class NetworkFinder:
    """Finds voxels of neurons with a network; small, and it pickles.

    Parameters
    ----------
    detector
        What background and noise are; its threshold counts here too.
    model, sha256
        File of the weights, loaded where it is first needed.
    device, windows
        Where the network runs, and on how many windows at a time.
    """

    detector: Detector
    model: Path
    sha256: str
    config: LearnedConfig
    device: str = field(default="cpu", compare=False)
    windows: int = field(default=1, compare=False)

    @property
    def halo(self) -> tuple[int, int, int]:
        """See :class:`striate_filaments.segmentation.blocks.Finder`."""
        z, y, x = (
            self.config.margin + reach(s) for s in self.detector.optics.sigmas[0]
        )
        return z, y, x

    @property
    def grid(self) -> int:
        """Blocks begin at multiples of this."""
        return self.config.cell

    def background(
        self, channel: int, start: Sequence[int], stop: Sequence[int]
    ) -> Floats:
        """See :class:`striate_filaments.segmentation.blocks.Finder`."""
        return self.detector.background(channel, start, stop)

    def is_empty(self, raw: Floats) -> bool:
        """See :class:`striate_filaments.segmentation.blocks.Finder`."""
        return self.detector.is_empty(raw)

    def find(
        self,
        raw: Floats,
        start: Sequence[int],
        core: tuple[slice, slice, slice],
        shape: Sequence[int],
    ) -> Voxels:
        """See :class:`striate_filaments.segmentation.blocks.Finder`."""
        from striate_filaments.learned.running import answer

        cells = [c for c in self._cells(start, core) if self._rises(raw, start, c)]
        found = []
        for first in range(0, len(cells), self.windows):
            some = cells[first : first + self.windows]
            shown = [self._window(raw, start, low) for low, _ in some]
            answers = answer(self, [units for _, units in shown])
            for cell, (counts, _), maps in zip(some, shown, answers, strict=True):
                found.append(self._voxels(cell, counts, maps, shape))
        return Voxels.joined([v for v in found if len(v)], len(raw))

    def facts(self) -> dict[str, Any]:
        """See :class:`striate_filaments.segmentation.blocks.Finder`."""
        from striate_filaments.learned.running import largest_batch, precision

        return {
            "model": self.model.name,
            "model_sha256": self.sha256,
            "device": self.device,
            "precision": precision(self.device),
            "tile": self.config.window,
            "batch": largest_batch(self),
        }

    def levels(self, units: Floats) -> Floats:
        """Bend (..., C, z, y, x) so that noise is normal."""
        return levels(units, self.detector.noise.skew[:, 0])

    def _cells(
        self, start: Sequence[int], core: tuple[slice, slice, slice]
    ) -> Iterator[tuple[Ints, Ints]]:
        """First voxel, and one past the last, of the cells of a block's core."""
        low = np.array([a + s.start for a, s in zip(start, core, strict=True)])
        high = np.array([a + s.stop for a, s in zip(start, core, strict=True)])
        edge = self.config.cell
        begin, end = low // edge * edge, -(-high // edge) * edge
        for z in range(begin[0], end[0], edge):
            for y in range(begin[1], end[1], edge):
                for x in range(begin[2], end[2], edge):
                    corner = np.array([z, y, x])
                    yield np.maximum(corner, low), np.minimum(corner + edge, high)

    def _rises(
        self, raw: Floats, start: Sequence[int], cell: tuple[Ints, Ints]
    ) -> bool:
        """Whether some pairs of voxels rise above the background (cheap look)."""
        noise, (low, high) = self.detector.noise, cell
        middle = (low + high) // 2
        squares = None
        for c, channel in enumerate(raw):
            small = _halved(channel, low - start, high - start)
            point = (middle.tolist(), (middle + 1).tolist())
            level = float(noise.at(noise.background[c, 0], *point)[0, 0, 0])
            spread = float(noise.at(noise.spread[c, 0], *point)[0, 0, 0])
            bent = normalised((small - level) / spread, 1.0, float(noise.skew[c, 0]))
            squares = bent * bent if squares is None else squares + bent * bent
        assert squares is not None
        least = _RISES**2 + 0.5 * (len(raw) - 1)
        return int((squares > least).sum()) >= _ENOUGH

    def _window(
        self, raw: Floats, start: Sequence[int], low: Ints
    ) -> tuple[Floats, Floats]:
        """Counts and noise units of the window around the cell that begins at `low`."""
        edge = self.config.window
        corner = low // self.config.cell * self.config.cell - self.config.margin
        around = [reach(s) for s in self.detector.optics.sigmas[0]]
        end = np.array(start) + raw.shape[1:]
        outer = np.maximum(corner - around, start)
        last = np.minimum(corner + edge + around, end)
        box = _box(outer - start, last - start)
        counts, units = in_noise_units(
            raw[(slice(None), *box)], outer.tolist(), self.detector
        )
        return _placed(counts, outer - corner, edge), _placed(
            units, outer - corner, edge
        )

    def _voxels(
        self,
        cell: tuple[Ints, Ints],
        counts: Floats,
        maps: Floats,
        shape: Sequence[int],
    ) -> Voxels:
        """Voxels of a cell that reach the threshold.

        `maps` is (1 + EXTRA, w, w, w): the logit of a neuron, then what EXTRA says.
        """
        low, high = cell
        corner = low // self.config.cell * self.config.cell - self.config.margin
        box = _box(low - corner, high - corner)
        logit = maps[0][box] + np.float32(self.config.bias)
        score = EVEN_SCORE * np.exp(np.minimum(logit, _MOST) / _SLOPE)
        local = np.argwhere(score > self.detector.threshold)
        z, y, x = (local + low).T
        inside = tuple(local.T)
        return Voxels(
            np.ravel_multi_index((z, y, x), tuple(shape)).astype(np.int64),
            np.ascontiguousarray(counts[(slice(None), *box)][(slice(None), *inside)].T),
            score[inside].astype(np.float32),
            np.ascontiguousarray(
                maps[(slice(1, None), *box)][(slice(None), *inside)].T
            ),
        )


def _halved(channel: Floats, low: Ints, high: Ints) -> Floats:
    """Means over two voxels along each axis; an odd last plane is left out."""
    part = channel[_box(low, high)]
    for axis in range(3):
        n = part.shape[axis] // 2 * 2
        if n < 2:
            continue
        even = np.moveaxis(part, axis, 0)[:n]
        part = np.moveaxis(0.5 * (even[::2] + even[1::2]), 0, axis)
    return part


def _placed(values: Floats, at: Ints, edge: int) -> Floats:
    """Put a (C, z, y, x) part at `at` into an empty window, cutting what hangs over."""
    out = np.zeros((len(values), edge, edge, edge), np.float32)
    first = np.maximum(at, 0)
    last = np.minimum(at + values.shape[1:], edge)
    out[(slice(None), *_box(first, last))] = values[
        (slice(None), *_box(first - at, last - at))
    ]
    return out


def _box(first: Ints, last: Ints) -> tuple[slice, ...]:
    return tuple(slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
