"""The semi-synthetic volumes of the segmentation benchmark.

Whatever was chosen by looking at results, ours and the opponent's alike, was chosen
on ``TUNING``. ``TEST`` is scored with one fixed setting of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from striate_filaments.simulation import SimulateParams, simulate

if TYPE_CHECKING:
    from striate_filaments.simulation import Simulation

SHAPE = (160, 320, 320)


@dataclass(frozen=True)
class Recipe:
    """One volume: its seed and how many neurons; all else as the simulator has it."""

    seed: int
    n_neurons: int
    shape: tuple[int, int, int] = SHAPE

    def paint(self) -> Simulation:
        return simulate(
            SimulateParams(shape=self.shape, n_neurons=self.n_neurons, seed=self.seed)
        )


TUNING = (
    Recipe(101, 5), Recipe(102, 8), Recipe(103, 12),
    Recipe(104, 3), Recipe(105, 10), Recipe(106, 7),
)  # fmt: skip
TEST = (
    Recipe(201, 3), Recipe(202, 5), Recipe(203, 6), Recipe(204, 7),
    Recipe(205, 8), Recipe(206, 9), Recipe(207, 10), Recipe(208, 12),
)  # fmt: skip
FISBE_SIZE = Recipe(301, 14, (400, 700, 700))
