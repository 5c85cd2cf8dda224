"""A large label image that was written is looked at lazily, at the level that fits."""

from __future__ import annotations

import numpy as np
import pytest
from tests.filaments.neuron_sets import crossing_pair

from striate import open_volume
from striate.widgets.layers import add_volume
from striate_filaments.exchange.labels import write_labels
from striate_filaments.neurons import Neuron, NeuronSet


@pytest.fixture
def viewer():
    """A viewer without a window."""
    components = pytest.importorskip("napari.components")
    return components.ViewerModel()


def test_written_labels_are_a_pyramid_of_labels_in_the_viewer(viewer, tmp_path):
    line = [(3, 301, x) for x in range(1000)]
    shape, size = (4, 600, 1024), (1.0, 0.5, 0.5)
    neurons = NeuronSet(shape, size, "µm", [Neuron.from_coordinates(9, line)])
    write_labels(tmp_path / "x.zarr", neurons)

    (layer,) = add_volume(viewer, open_volume(tmp_path / "x.zarr"))

    assert type(layer).__name__ == "Labels"
    assert layer.multiscale
    assert len(layer.data) == 3
    assert tuple(layer.scale) == (1.0, 0.5, 0.5)
    assert layer.get_value((3, 301 * 0.5, 20 * 0.5), world=True) is not None
    # In 3-D the finest level that fits on the graphics card is drawn.
    viewer.dims.ndisplay = 3
    assert layer.locked_data_level == 0


def test_small_labels_are_labels_too(viewer, tmp_path):
    write_labels(tmp_path / "x.zarr", crossing_pair())

    (layer,) = add_volume(viewer, open_volume(tmp_path / "x.zarr"))

    assert type(layer).__name__ == "Labels"
    assert set(np.unique(np.asarray(layer.data))) == {0, 1, 2}
