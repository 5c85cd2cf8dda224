"""Neurons to and from other programs' files.

Label images, FISBe zarr, SWC, tables and meshes; one module each, none of them
knows another. No Qt, no napari. Public entries: ``read_any`` and ``export``.
"""

from __future__ import annotations

from striate_filaments.exchange.anything import read_any

__all__ = ["read_any"]
