"""The Channels panels inside stock napari."""

from __future__ import annotations

import numpy as np
import pytest
from tests.channels.test_panels import table_of

from striate.data import open_volume
from striate.widgets.layers import add_volume
from striate_channels.panels.session import Session
from striate_napari import services
from striate_napari.channels_widgets import (
    AttentionWidget,
    ChannelsWidget,
    EmbedWidget,
    MapWidget,
)

pytestmark = pytest.mark.gl


@pytest.fixture
def shared(own_home):
    yield services.shared_services()
    services.shut_down()


def test_panels_work_through_naparis_own_proxy(make_napari_viewer_proxy, shared, stack):
    viewer = make_napari_viewer_proxy()
    add_volume(viewer, open_volume(stack[0]))
    kinds = (EmbedWidget, ChannelsWidget, AttentionWidget, MapWidget)
    panels = [kind(viewer) for kind in kinds]
    for panel in panels:
        viewer.window.add_dock_widget(panel)
    assert panels[0].button.isEnabled()
    assert panels[1].list.topLevelItemCount() == 2
    # Every panel has the same session, though napari may wrap the viewer anew.
    session = Session.of(viewer)
    assert {id(p._session) for p in panels} == {id(session)}
    session.show_map(table_of(stack[0]))
    session.select(np.array([2]), None)
    assert panels[3].points.layer.selected_data == {2}
    for panel in panels:
        panel.close()
