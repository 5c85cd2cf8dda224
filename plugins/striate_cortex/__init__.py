"""Cortex: responses to selectivity. Subjects, encoding fits, maps, clicks, captions.

Pure modules at the top (no Qt, no napari); then jobs, cli, workspace, panels.
Public entries: :func:`read_subject`, :func:`fit_ridge`, :func:`project`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate_cortex.captions import (
        Projection,
        UnitAnswer,
        caption_accuracy,
        open_answers,
        project,
    )
    from striate_cortex.encoders import open_encoder
    from striate_cortex.encoding import EncodingModel, fit_ridge, noise_ceiling
    from striate_cortex.library import Library, build_library, open_library
    from striate_cortex.picking import Hit, SurfacePicker
    from striate_cortex.subjects import Subject, read_subject, write_subject
    from striate_cortex.surfaces import sample_to_vertices
    from striate_cortex.synthesis import GuidedStep, guided_noise
    from striate_cortex.units import UnitTable

_HOMES = {
    "EncodingModel": "encoding",
    "GuidedStep": "synthesis",
    "Hit": "picking",
    "Library": "library",
    "Projection": "captions",
    "Subject": "subjects",
    "SurfacePicker": "picking",
    "UnitAnswer": "captions",
    "UnitTable": "units",
    "build_library": "library",
    "caption_accuracy": "captions",
    "fit_ridge": "encoding",
    "guided_noise": "synthesis",
    "noise_ceiling": "encoding",
    "open_answers": "captions",
    "open_encoder": "encoders",
    "open_library": "library",
    "project": "captions",
    "read_subject": "subjects",
    "sample_to_vertices": "surfaces",
    "write_subject": "subjects",
}

__all__ = [
    "EncodingModel",
    "GuidedStep",
    "Hit",
    "Library",
    "Projection",
    "Subject",
    "SurfacePicker",
    "UnitAnswer",
    "UnitTable",
    "build_library",
    "caption_accuracy",
    "fit_ridge",
    "guided_noise",
    "noise_ceiling",
    "open_answers",
    "open_encoder",
    "open_library",
    "project",
    "read_subject",
    "sample_to_vertices",
    "write_subject",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"striate_cortex.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
