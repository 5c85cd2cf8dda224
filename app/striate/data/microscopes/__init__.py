"""Makers' own formats, read by optional packages (extra ``microscopes``).

One module per format, each with ``find(path, options) -> Found``. Only
permissively licensed readers. Public entry: ``striate.data.open_volume``.
"""

from __future__ import annotations

from striate.errors import MissingDependencyError

__all__ = ["missing"]


def missing(kind: str) -> MissingDependencyError:
    """Return the error that names the extra which brings a reader."""
    return MissingDependencyError(
        f"Reading {kind} files needs one more package: pip install "
        f'"striate[microscopes]".'
    )
