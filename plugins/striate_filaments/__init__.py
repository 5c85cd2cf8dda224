"""Filaments: volumes to neurons. Segment, score, correct, trace, measure, export.

Pure modules at the top (no Qt, no napari); then jobs, cli, workspace, panels.
Public entries: :func:`segment`, :func:`read_neurons`, :func:`score`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate_filaments.metrics import Score, score
    from striate_filaments.neurons import Neuron, NeuronSet
    from striate_filaments.segmentation import SegmentParams, segment
    from striate_filaments.storage import read_neurons, write_neurons

_HOMES = {
    "Neuron": "striate_filaments.neurons",
    "NeuronSet": "striate_filaments.neurons",
    "Score": "striate_filaments.metrics",
    "SegmentParams": "striate_filaments.segmentation",
    "read_neurons": "striate_filaments.storage",
    "score": "striate_filaments.metrics",
    "segment": "striate_filaments.segmentation",
    "write_neurons": "striate_filaments.storage",
}

__all__ = [
    "Neuron",
    "NeuronSet",
    "Score",
    "SegmentParams",
    "read_neurons",
    "score",
    "segment",
    "write_neurons",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
