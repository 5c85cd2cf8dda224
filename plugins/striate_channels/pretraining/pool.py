"""Where training pictures come from: a person's images, and simulated fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from striate_channels.simulation import simulate_field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from striate.data import Volume

__all__ = ["ImagePool", "MixedPool", "Pool", "SimulatedPool"]

_PROBABILITY = np.array([0.30, 0.27, 0.20, 0.13, 0.06, 0.04])
"""Of 1 to 6 channels."""


class Pool(Protocol):
    """Gives batches of pictures with equally many channels."""

    def batch(self, rng: np.random.Generator, n: int) -> NDArray[np.float32]:
        """(n, C, S, S) float32 counts."""
        ...


class SimulatedPool:
    """Fields painted anew, in part: new ones replace old ones step by step.

    Parameters
    ----------
    size
        Edge of a picture.
    capacity
        Fields held for each number of channels.
    """

    def __init__(self, size: int = 96, capacity: int = 256) -> None:
        self.size, self.capacity = size, capacity
        self._fields: dict[int, list[NDArray[np.float32]]] = {}

    def batch(self, rng: np.random.Generator, n: int) -> NDArray[np.float32]:
        """See :class:`Pool`."""
        channels = 1 + int(rng.choice(len(_PROBABILITY), p=_PROBABILITY))
        fields = self._fields.setdefault(channels, [])
        new = n if len(fields) < self.capacity else max(1, n // 8)
        for _ in range(new):
            made = simulate_field(rng, channels, size=self.size).pixels
            if len(fields) < self.capacity:
                fields.append(made)
            else:
                fields[int(rng.integers(self.capacity))] = made
        chosen = rng.integers(0, len(fields), n)
        return np.stack([fields[i] for i in chosen])


class ImagePool:
    """Random crops of images; a stack gives single planes and thin projections."""

    def __init__(self, volumes: Sequence[Volume], size: int = 96) -> None:
        from striate_channels.objects import Pixels

        self.size = size
        self._pixels = [Pixels(v) for v in volumes]

    def batch(self, rng: np.random.Generator, n: int) -> NDArray[np.float32]:
        """See :class:`Pool`; one image per batch, some of its channels."""
        pixels = self._pixels[int(rng.integers(len(self._pixels)))]
        available = pixels.n_channels
        wanted = 1 + int(rng.choice(len(_PROBABILITY), p=_PROBABILITY))
        count = min(available, 10, wanted)
        return np.stack([self._crop(rng, pixels, count) for _ in range(n)])

    def _crop(
        self, rng: np.random.Generator, pixels: object, count: int
    ) -> NDArray[np.float32]:
        from striate_channels.objects import Pixels
        from striate_channels.preprocessing.prepare import resized

        assert isinstance(pixels, Pixels)
        depth, height, width = pixels.shape
        edge = min(height, width, round(self.size * float(rng.uniform(0.6, 1.8))))
        y, x = rng.integers(0, height - edge + 1), rng.integers(0, width - edge + 1)
        thick = min(depth, int(rng.integers(1, 6)))
        z = int(rng.integers(0, depth - thick + 1))
        crop = pixels.read(
            (z, int(y), int(x)), (z + thick, int(y) + edge, int(x) + edge)
        )
        chosen = rng.permutation(pixels.n_channels)[:count]
        picture = np.nan_to_num(crop[chosen].max(1).astype(np.float32))
        return resized(picture, self.size)


class MixedPool:
    """Takes a share of its batches from the first pool and the rest from the second."""

    def __init__(self, first: Pool, second: Pool, share: float) -> None:
        self._first, self._second, self._share = first, second, share

    def batch(self, rng: np.random.Generator, n: int) -> NDArray[np.float32]:
        """See :class:`Pool`."""
        pool = self._first if rng.random() < self._share else self._second
        return pool.batch(rng, n)
