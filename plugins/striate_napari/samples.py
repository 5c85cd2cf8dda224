"""Sample data for napari's File menu; what is simulated is called that."""

from __future__ import annotations

from typing import Any

from striate_napari.readers import read_volume

__all__ = ["brainbow_cortex", "semi_synthetic"]


def semi_synthetic() -> list[tuple[Any, dict[str, Any], str]]:
    """Six neurons of real shape in simulated colours; painted when first asked for."""
    return _sample("semi-synthetic")


def brainbow_cortex() -> list[tuple[Any, dict[str, Any], str]]:
    """A real three-colour Brainbow stack of mouse cortex."""
    return _sample("brainbow-cortex")


def _sample(name: str) -> list[tuple[Any, dict[str, Any], str]]:
    from striate.samples import fetch

    return read_volume(str(fetch(name)))
