"""Neurons to and from other programs' files.

Label images, FISBe zarr, SWC, tables and meshes; one module each. No Qt, no napari.
Public entries: ``read_any`` and ``export``.
"""

from __future__ import annotations

from striate_filaments.exchange.anything import read_any
from striate_filaments.exchange.export import Exported, ExportParams, export

__all__ = ["ExportParams", "Exported", "export", "read_any"]
