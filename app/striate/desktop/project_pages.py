"""Pages as a project keeps them, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from striate.desktop.view_state import (
    capture,
    order_layers,
    restore_layers,
    restore_view,
)
from striate.project import PageState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from striate.desktop.viewer_page import ViewerPage

__all__ = ["capture_pages", "restore_page"]


def capture_pages(pages: Mapping[str, ViewerPage]) -> dict[str, PageState]:
    """Describe how every page that was made looks."""
    return {
        name: PageState(view=capture(page.model), docks=page.docks_state())
        for name, page in pages.items()
    }


def restore_page(
    page: ViewerPage | None, state: PageState, moved: Mapping[str, str]
) -> None:
    """Give a page its look back; `moved` leads from old paths to present ones."""
    if page is None:
        return
    layers = [
        {**layer, "source": moved.get(layer.get("source"), layer.get("source"))}
        for layer in state.view.get("layers", [])
    ]
    restore_layers(page.model.layers, layers)
    order_layers(page.model.layers, layers)
    if len(page.model.layers):
        restore_view(page.model, state.view)
    page.restore_docks(state.docks)
