"""What the Cortex page does with a path that is opened in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from striate.workspace import Reading

if TYPE_CHECKING:
    from pathlib import Path

    from striate.widgets.services import Services, ViewerLike
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["open_path"]


def open_path(
    path: str | Path, viewer: ViewerLike, services: Services
) -> Literal[False] | Reading:
    """Say how to open a subject's folder or manifest; False when it is none.

    Its reading raises InputError when something of the subject is missing or does not
    fit.
    """
    from striate_cortex.panels.loading import is_subject

    if not is_subject(path):
        return False
    from striate_cortex.panels.cortex_layers import add_view
    from striate_cortex.panels.loading import load_view

    def show(view: CortexView) -> None:
        add_view(viewer, view)

    return Reading(lambda: load_view(path), show)
