"""A simulation on disk: FISBe's layout, and everywhere that it is semi-synthetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from striate.provenance import Provenance
from striate_filaments.exchange.fisbe import write_fisbe
from striate_filaments.simulation.source import (
    ATTRIBUTION,
    SEMI_SYNTHETIC,
    morphology_archive,
)

if TYPE_CHECKING:
    from pathlib import Path

    from striate_filaments.simulation.simulator import Simulation

__all__ = ["write_simulation"]


def write_simulation(
    path: str | Path, simulation: Simulation, *, overwrite: bool = False
) -> Path:
    """Write a zarr v2 group that reads like a FISBe sample; all of it or nothing.

    ``volumes/raw`` is the picture (C, Z, Y, X) uint16, ``volumes/gt_instances`` the
    truth (neuron, Z, Y, X), where channel i holds i + 1 and neurons overlap; its
    attribute ``dim_neurons`` lists the values of dim neurons. The group and both
    arrays carry ``semi_synthetic``, a description, the attribution and the params;
    ``<path>.provenance.json`` lies beside it.

    Raises
    ------
    OutputError
        When the target exists, cannot be written to, or the disk is full.
    """
    facts = _facts(simulation)
    target = write_fisbe(
        path,
        simulation.neurons,
        raw=simulation.volume,
        attributes=facts,
        overwrite=overwrite,
    )
    params = facts["params"]
    Provenance.record(
        "filaments.simulate",
        params,
        [morphology_archive()],
        seed=params.get("seed"),
        semi_synthetic=True,
        description=SEMI_SYNTHETIC,
        attribution=ATTRIBUTION,
    ).write_beside(target)
    return target


def _facts(simulation: Simulation) -> dict[str, Any]:
    # The values in the file count neurons that show; ids may leave some out.
    return {k: v for k, v in simulation.volume.metadata.items() if k != "dim_neurons"}
