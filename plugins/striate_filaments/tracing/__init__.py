"""Tracing: click along a neuron and get its path, its branches and its mask.

Here live the shortest way through an image that follows signal and colour, the edits
of a traced tree, and the change from tree to mask. No Qt, no napari.
Public entries: ``find_path``, the edits in ``trees``, and ``tube``.
"""

from __future__ import annotations

from striate_filaments.tracing.paths import Window, find_path, window_around
from striate_filaments.tracing.radii import measure_radii
from striate_filaments.tracing.tubes import neurons_of_swc, tube

__all__ = [
    "Window",
    "find_path",
    "measure_radii",
    "neurons_of_swc",
    "tube",
    "window_around",
]
