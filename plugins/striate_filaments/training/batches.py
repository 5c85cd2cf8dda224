"""Batches: cubes drawn, turned and dimmed at random, and made into tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch  # noqa: TID253 - this module is imported to train
from scipy import ndimage

from striate_filaments.learned.features import make_features
from striate_filaments.training.examples import Crop, Example
from striate_filaments.training.losses import Targets
from striate_filaments.training.truth import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    Rng = np.random.Generator

__all__ = ["Pool", "batch_of"]

_TURN = 0.3
_DIM = 0.3
_DIMMEST = 0.25
_CORRELATED = 0.8
_APART = 1 << 16


class Pool:
    """Examples to draw from, real ones and simulated ones by their shares."""

    def __init__(
        self, real: Sequence[Example], simulated: Sequence[Example], share: float
    ) -> None:
        self._real, self._simulated = list(real), list(simulated)
        both = bool(real) and bool(simulated)
        self._share = share if both else float(not real)

    def draw(self, rng: Rng, edge: int) -> Crop:
        """One cube, augmented."""
        group = self._simulated if rng.random() < self._share else self._real
        example = group[int(rng.integers(len(group)))]
        return _dimmed(_turned(example.draw(rng, edge), rng), rng)


def batch_of(
    pool: Pool, seed: int, step: int, n: int, edge: int
) -> tuple[Tensor, Targets]:
    """The batch of a step: the same whenever it is made, so that runs go on alike."""
    rng = np.random.default_rng((seed, step))
    crops = [pool.draw(rng, edge) for _ in range(n)]
    features = torch.cat([_shown(crop) for crop in crops])
    targets = [crop.target for crop in crops]
    owner = np.stack([_named(t.owner, i) for i, t in enumerate(targets)])
    second = np.stack([_named(t.second, i) for i, t in enumerate(targets)])
    centre = np.stack([t.centre for t in targets])
    known = np.stack([t.known for t in targets])
    return features, Targets(
        *(torch.from_numpy(a) for a in (owner, second, centre, known))
    )


def _shown(crop: Crop) -> Tensor:
    signal = torch.from_numpy(crop.signal[None])
    return make_features(signal, torch.from_numpy(crop.level[None]))


def _named(owner: np.ndarray, crop: int) -> np.ndarray:
    """Names that no other crop of the batch uses."""
    return np.where(owner > 0, owner.astype(np.int32) + crop * _APART, 0)


def _turned(crop: Crop, rng: Rng) -> Crop:
    """Mirror along any axis, swap y and x, and sometimes z with one of them."""
    flips = [a for a in range(3) if rng.random() < 0.5]
    order = [0, 1, 2]
    if rng.random() < 0.5:
        order = [0, 2, 1]
    if rng.random() < _TURN:
        order = [order[1], order[0], order[2]]

    def turn(values: np.ndarray) -> np.ndarray:
        moved = np.moveaxis(values, -3 + np.array(order), (-3, -2, -1))
        return np.ascontiguousarray(np.flip(moved, tuple(a - 3 for a in flips)))

    t = crop.target
    target = Target(turn(t.owner), turn(t.second), turn(t.centre), turn(t.known))
    return Crop(turn(crop.signal), crop.skew, target)


def _dimmed(crop: Crop, rng: Rng) -> Crop:
    """Sometimes weaken the light while the noise stays what it is."""
    if rng.random() > _DIM:
        return crop
    share = float(np.exp(rng.uniform(np.log(_DIMMEST), 0.0)))
    noise = rng.standard_normal(crop.signal.shape, dtype=np.float32)
    noise = ndimage.gaussian_filter(noise, (0, *(_CORRELATED,) * 3))
    noise *= np.float32(np.sqrt(1 - share**2)) / noise.std()
    # Beyond the edge of the volume there is nothing, and no noise either.
    there = crop.signal != 0
    return Crop(crop.signal * np.float32(share) + noise * there, crop.skew, crop.target)
