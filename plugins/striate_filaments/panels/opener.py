"""What the Filaments page does with a file that is opened in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from striate.widgets.services import Services, ViewerLike

__all__ = ["open_path"]


def open_path(path: str | Path, viewer: ViewerLike, services: Services) -> bool:
    """Open ``X.neurons.zarr`` as neurons; tell whether that was what it is.

    Raises
    ------
    InputError
        When it holds neurons and is damaged or from a newer version.
    """
    from striate_filaments.storage import is_neurons, read_neurons

    place = Path(path)
    if not is_neurons(place):
        return False
    from striate_filaments.panels.neuron_layers import add_neurons

    name = place.name.removesuffix(".zarr").removesuffix(".neurons")
    add_neurons(viewer, read_neurons(place), name=f"Neurons of {name}", path=place)
    return True
