"""napari's own buttons and layer menus act on the page in front.

napari hands its commands their viewer by type, and outside a window of its own
nobody tells it which one; without this, Home, Grid, Transpose and Delete fail.
"""

from __future__ import annotations

import weakref
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from app_model import Application
from napari.components import LayerList, ViewerModel
from napari.layers import Layer
from napari.utils.events import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from striate.desktop.viewer_page import ViewerPage

__all__ = ["put_in_front"]

_front: Callable[[], ViewerPage | None] = lambda: None  # noqa: E731


def put_in_front(page: ViewerPage | None) -> None:
    """Let napari's commands act on this page from now on; on none for None."""
    global _front
    _register()
    _front = weakref.ref(page) if page is not None else lambda: None


@lru_cache(maxsize=1)
def _register() -> None:
    app = Application.get_app("napari")
    if app is None:
        return
    app.injection_store.register(
        providers=[
            (_viewer, ViewerModel),
            (_layers, LayerList),
            (_active_layer, Layer),
            (_selection, Selection[Layer]),
        ]
    )


def _viewer() -> ViewerModel | None:
    page = _front()
    return None if page is None else page.model


def _layers() -> Any:
    viewer = _viewer()
    return None if viewer is None else viewer.layers


def _active_layer() -> Any:
    viewer = _viewer()
    return None if viewer is None else viewer.layers.selection.active


def _selection() -> Any:
    viewer = _viewer()
    return None if viewer is None else viewer.layers.selection
