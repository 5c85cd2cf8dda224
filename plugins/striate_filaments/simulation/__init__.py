"""Semi-synthetic volumes: real neuron shapes, painted as a microscope would see them.

Here live shapes, colours, optics, noise and the exact ground truth; no segmentation.
Everything made here says that it is semi-synthetic. Public entry: :func:`simulate`.
"""

from __future__ import annotations

from striate_filaments.simulation.estimating import estimate_params
from striate_filaments.simulation.params import SimulateParams
from striate_filaments.simulation.simulator import Simulation, simulate
from striate_filaments.simulation.variety import training_params
from striate_filaments.simulation.writing import write_simulation

__all__ = [
    "SimulateParams",
    "Simulation",
    "estimate_params",
    "simulate",
    "training_params",
    "write_simulation",
]
