"""Files of brain imaging: surfaces, data on them, labels, volumes, sessions, stores.

Here live readers that say in a sentence what is wrong with a file; what the contents
mean together is said in ``subjects``. Public entries: ``read_mesh``,
``read_surface_data``, ``read_labels``, ``read_volume``, ``read_array``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate_cortex.reading.arrays import read_array
    from striate_cortex.reading.checkpoints import read_checkpoint
    from striate_cortex.reading.cifti import read_cifti
    from striate_cortex.reading.labels import read_labels
    from striate_cortex.reading.maps import SurfaceMaps, read_maps
    from striate_cortex.reading.meshes import Mesh, read_mesh
    from striate_cortex.reading.surface_data import read_surface_data
    from striate_cortex.reading.volumes import read_volume

_HOMES = {
    "Mesh": "meshes",
    "SurfaceMaps": "maps",
    "read_array": "arrays",
    "read_checkpoint": "checkpoints",
    "read_cifti": "cifti",
    "read_labels": "labels",
    "read_maps": "maps",
    "read_mesh": "meshes",
    "read_surface_data": "surface_data",
    "read_volume": "volumes",
}

__all__ = [
    "Mesh",
    "SurfaceMaps",
    "read_array",
    "read_checkpoint",
    "read_cifti",
    "read_labels",
    "read_maps",
    "read_mesh",
    "read_surface_data",
    "read_volume",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        module = import_module(f"striate_cortex.reading.{_HOMES[name]}")
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
