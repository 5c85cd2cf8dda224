"""Subjects: one person's cortex and what was measured there, as references to files.

Here live the manifest, the :class:`Subject` it opens to, and the sample subjects; file
formats are read in ``reading``, surfaces are drawn in ``surfaces``. Public entry:
:func:`read_subject`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate_cortex.subjects.manifest import SubjectManifest
    from striate_cortex.subjects.spaces import sample
    from striate_cortex.subjects.subject import Subject, read_subject, write_subject

_HOMES = {
    "Subject": "subject",
    "SubjectManifest": "manifest",
    "read_subject": "subject",
    "sample": "spaces",
    "write_subject": "subject",
}

__all__ = ["Subject", "SubjectManifest", "read_subject", "sample", "write_subject"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        module = import_module(f"striate_cortex.subjects.{_HOMES[name]}")
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
