"""The learned finder: looks where something rises out of the background.

The volume is cut into cubes on a fixed grid. A cube in which nothing rises is never
shown to the network; every other is, with its margin, one by one, so that what comes
out depends neither on the size of the blocks nor on who works on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import label

from striate_filaments.learned.units import in_noise_units, levels
from striate_filaments.segmentation.foreground import Detector, Voxels
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
_RISES, _RISES_PER_CHANNEL = 3.2, 0.2
_ENOUGH, _HANGING = 60, 30
"""Voxels of a cell that rise, and that hang together: noise lifts some here and there,
a neurite that goes through many in a row. On simulated volumes a thousandth of what
was neurite and would have been found lay in cells with less."""
_NOISE = 0.5


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
        Where the network runs, and on how many windows at a time; 0: as fit there.
    """

    detector: Detector
    model: Path
    sha256: str
    config: LearnedConfig
    device: str = field(default="cpu", compare=False)
    windows: int = field(default=0, compare=False)

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
        from striate_filaments.learned.running import answer, tiles_of

        counts, units = in_noise_units(raw, start, self.detector)
        first = np.asarray(start)
        cells = [
            (low, high)
            for low, high in self._cells(first, core)
            if self._rises(units[(slice(None), *_box(low - first, high - first))])
        ]
        found, most = [], tiles_of(self).batch
        for i in range(0, len(cells), most):
            some = cells[i : i + most]
            answers = answer(self, [self._window(units, first, low) for low, _ in some])
            for cell, maps in zip(some, answers, strict=True):
                found.append(self._voxels(cell, counts, first, maps, shape))
        return Voxels.joined([v for v in found if len(v)], len(raw))

    def facts(self) -> dict[str, Any]:
        """See :class:`striate_filaments.segmentation.blocks.Finder`."""
        from striate_filaments.learned.running import precision, tiles_of

        return {
            "model": self.model.name,
            "model_sha256": self.sha256,
            "precision": precision(self.device),
            **tiles_of(self).facts(),
        }

    def levels(self, units: Floats) -> Floats:
        """Bend (..., C, z, y, x) so that noise is normal."""
        return levels(units, self.detector.noise.skew[:, 0])

    def _cells(
        self, start: Ints, core: tuple[slice, slice, slice]
    ) -> Iterator[tuple[Ints, Ints]]:
        """First voxel, and one past the last, of the cells of a block's core."""
        low = start + [s.start for s in core]
        high = start + [s.stop for s in core]
        edge = self.config.cell
        for z, y, x in product(
            *(range(a // edge * edge, b, edge) for a, b in zip(low, high, strict=True))
        ):
            corner = np.array([z, y, x])
            yield np.maximum(corner, low), np.minimum(corner + edge, high)

    def _rises(self, units: Floats) -> bool:
        """Whether more voxels of a cell rise together than noise lifts."""
        bent = self.levels(units)
        squares = np.einsum("czyx,czyx->zyx", bent, bent)
        least = _RISES + _RISES_PER_CHANNEL * (len(units) - 1)
        squares -= _NOISE * (len(units))
        rises = squares > least**2
        if int(rises.sum()) < _ENOUGH:
            return False
        together, _ = label(rises, np.ones((3, 3, 3)))
        return int(np.bincount(together[rises]).max()) >= _HANGING

    def _corner(self, low: Ints) -> Ints:
        """First voxel of the window around the cell that holds `low`."""
        return low // self.config.cell * self.config.cell - self.config.margin

    def _window(self, units: Floats, start: Ints, low: Ints) -> Floats:
        """What the network is shown; empty where there is no volume."""
        edge = self.config.window
        corner = self._corner(low)
        first = np.maximum(corner, start)
        last = np.minimum(corner + edge, start + units.shape[1:])
        out = np.zeros((len(units), edge, edge, edge), np.float32)
        every = (slice(None),)
        out[every + _box(first - corner, last - corner)] = units[
            every + _box(first - start, last - start)
        ]
        return out

    def _voxels(
        self,
        cell: tuple[Ints, Ints],
        counts: Floats,
        start: Ints,
        maps: Floats,
        shape: Sequence[int],
    ) -> Voxels:
        """Voxels of a cell that reach the threshold.

        `maps` is (1 + EXTRA, w, w, w): the logit of a neuron, then what EXTRA says.
        """
        low, high = cell
        corner = self._corner(low)
        logit = maps[0][_box(low - corner, high - corner)]
        logit = logit + np.float32(self.config.bias)
        score = EVEN_SCORE * np.exp(np.minimum(logit, _MOST) / _SLOPE)
        local = np.argwhere(score > self.detector.threshold)
        place = local + low
        where, inside = tuple((place - start).T), tuple((place - corner).T)
        z, y, x = place.T
        return Voxels(
            np.ravel_multi_index((z, y, x), tuple(shape)).astype(np.int64),
            np.stack([channel[where] for channel in counts], axis=1),
            score[tuple(local.T)].astype(np.float32),
            np.stack([extra[inside] for extra in maps[1:]], axis=1),
        )


def _box(first: Ints, last: Ints) -> tuple[slice, ...]:
    return tuple(slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
