"""The semi-synthetic volume that is painted on demand as a sample and for the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from striate_filaments.simulation.params import SimulateParams
from striate_filaments.simulation.simulator import simulate
from striate_filaments.simulation.writing import write_simulation

if TYPE_CHECKING:
    from pathlib import Path

    from striate.jobs.context import JobContext

__all__ = ["SAMPLE", "make_sample"]

SAMPLE = SimulateParams(shape=(96, 224, 224), n_neurons=6, seed=7)
"""Six neurons in 42 x 99 x 99 µm: small enough to segment in well under a minute."""


def make_sample(folder: Path, ctx: JobContext) -> Path:
    """Paint the sample into `folder`, unless it is there; the same bytes each time."""
    target = folder / "mcfo-neurons-semi-synthetic.zarr"
    if not target.exists():
        write_simulation(target, simulate(SAMPLE, ctx))
    return target
