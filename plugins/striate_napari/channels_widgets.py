"""The panels of Channels as napari's dock widgets, sharing one set of services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from striate_channels.panels.attention import AttentionPanel
from striate_channels.panels.channels import ChannelsPanel
from striate_channels.panels.embed import EmbedPanel
from striate_channels.panels.map import MapPanel
from striate_napari.services import shared_services

if TYPE_CHECKING:
    import napari

__all__ = ["AttentionWidget", "ChannelsWidget", "EmbedWidget", "MapWidget"]


class EmbedWidget(EmbedPanel):
    """Turns images, tiles or labelled objects into vectors."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, shared_services())


class MapWidget(MapPanel):
    """Shows every embedding as a point, linked with the viewer."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, shared_services())


class ChannelsWidget(ChannelsPanel):
    """Chooses and orders channels, and measures what each adds."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, shared_services())


class AttentionWidget(AttentionPanel):
    """Lays the model's attention over the image."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, shared_services())
