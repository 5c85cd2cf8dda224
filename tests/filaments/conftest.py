"""What the tests of Filaments share: a small volume, and disks with faults."""

from __future__ import annotations

import pytest
from tests.app.conftest import largest_file, read_only_folder

__all__ = ["largest_file", "painted", "read_only_folder"]


@pytest.fixture(scope="session")
def painted(tmp_path_factory):
    """Return the path of a semi-synthetic volume, (3, 40, 96, 96) with 3 neurons."""
    from striate_filaments.simulation import (
        SimulateParams,
        simulate,
        write_simulation,
    )

    params = SimulateParams(shape=(40, 96, 96), n_neurons=3, dim_fraction=0.0, seed=11)
    folder = tmp_path_factory.mktemp("painted")
    return write_simulation(folder / "painted.zarr", simulate(params))
