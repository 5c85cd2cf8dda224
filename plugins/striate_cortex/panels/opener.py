"""What the Cortex page does with a path that is opened in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from striate.widgets.services import Services, ViewerLike

__all__ = ["open_path"]


def open_path(path: str | Path, viewer: ViewerLike, services: Services) -> bool:
    """Open a subject's folder or manifest; tell whether that was what it is.

    Raises
    ------
    InputError
        When it is a subject and something of it is missing or does not fit.
    """
    from striate_cortex.panels.loading import is_subject

    if not is_subject(path):
        return False
    from striate_cortex.panels.cortex_layers import add_view
    from striate_cortex.panels.loading import load_view

    add_view(viewer, load_view(path))
    return True
