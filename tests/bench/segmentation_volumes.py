"""The semi-synthetic volumes of the segmentation benchmark.

Whatever was chosen by looking at results, ours and the opponent's alike, was chosen
on ``TUNING``. ``TEST`` is scored with one fixed setting of each.

``HELD_BACK`` is for what was trained: harder volumes, of neuron shapes that training
never saw (``morphologies="held-back"``), with seeds below those that training draws.
``HARD_TUNING`` is like them, of the shapes that training sees; to choose by.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from striate_filaments.simulation import SimulateParams, simulate

if TYPE_CHECKING:
    from striate_filaments.simulation import Simulation

SHAPE = (160, 320, 320)


@dataclass(frozen=True)
class Recipe:
    """One volume: its seed, how many neurons, and what differs from the defaults."""

    seed: int
    n_neurons: int
    shape: tuple[int, int, int] = SHAPE
    settings: dict[str, Any] = field(default_factory=dict)

    def params(self) -> SimulateParams:
        return SimulateParams(
            shape=self.shape, n_neurons=self.n_neurons, seed=self.seed, **self.settings
        )

    def paint(self) -> Simulation:
        return simulate(self.params())


TUNING = (
    Recipe(101, 5), Recipe(102, 8), Recipe(103, 12),
    Recipe(104, 3), Recipe(105, 10), Recipe(106, 7),
)  # fmt: skip
TEST = (
    Recipe(201, 3), Recipe(202, 5), Recipe(203, 6), Recipe(204, 7),
    Recipe(205, 8), Recipe(206, 9), Recipe(207, 10), Recipe(208, 12),
)  # fmt: skip
FISBE_SIZE = Recipe(301, 14, (400, 700, 700))


# ---- Harder, for what is trained

_HARD: dict[str, Any] = {
    "variation": 0.4,
    "cable_length": (120.0, 420.0),
    "crossing_fraction": 0.9,
    "shallow_fraction": 0.5,
    "alongside_fraction": 0.45,
    "alongside_length": (25.0, 90.0),
    "bundle_fraction": 0.3,
    "dim_fraction": 0.25,
    "dim_range": (0.07, 0.16),
    "alike_fraction": 0.3,
    "beading": 0.4,
    "gap_spacing": 70.0,
    "gap_length": 2.4,
    "autofluorescence": 0.08,
    "bleed_through": 0.07,
    "noise": 1.3,
    "depth_attenuation": 150.0,
}


def _hard(seed: int, n_neurons: int, shapes: str, **more: Any) -> Recipe:
    settings = {**_HARD, "morphologies": shapes, **more}
    return Recipe(seed, n_neurons, (128, 256, 256), settings)


_BUNDLED = {
    "alongside_fraction": 0.7,
    "bundle_fraction": 0.8,
    "alongside_length": (40.0, 110.0),
}
_PATCHY = {"autofluorescence": 0.2, "soma_fraction": 0.4, "background": 2.0}
_BROKEN = {"beading": 0.6, "gap_spacing": 35.0, "gap_length": 3.0}
_ALIKE = {"alike_fraction": 0.55, "hue_separation": 12.0, "bleed_through": 0.12}
_DEEP = {"depth_attenuation": 60.0, "noise": 2.0, "psf_sigma": (0.75, 0.38, 0.38)}

HELD_BACK = (
    _hard(401, 8, "held-back"),
    _hard(402, 12, "held-back"),
    _hard(403, 10, "held-back", **_BUNDLED),
    _hard(404, 9, "held-back", **_PATCHY),
    _hard(405, 10, "held-back", **_BROKEN),
    _hard(406, 10, "held-back", **_ALIKE),
    _hard(407, 8, "held-back", **_DEEP),
    _hard(408, 14, "held-back", **_BUNDLED, **_PATCHY),
)
HARD_TUNING = (
    _hard(511, 9, "training"),
    _hard(502, 10, "training", **_BUNDLED),
    _hard(503, 9, "training", **_PATCHY),
    _hard(504, 10, "training", **_BROKEN),
    _hard(515, 10, "training", **_ALIKE),
    _hard(506, 8, "training", **_DEEP),
)
