"""What the panels' tests share: a viewer, real services, panels that are closed."""

from __future__ import annotations

import pytest


@pytest.fixture
def viewer(qapp):
    from napari.components import ViewerModel

    model = ViewerModel()
    yield model
    model.layers.clear()


@pytest.fixture
def services(tmp_path):
    from tests.cortex.panel_parts import make_services

    made = make_services(tmp_path / "jobs")
    yield made
    made.jobs.close()


@pytest.fixture
def opened(viewer, services, qtbot):
    """Return a function that opens a panel, closed at the end."""
    made = []

    def make(kind):
        panel = kind(viewer, services)
        qtbot.addWidget(panel)
        panel.show()
        made.append(panel)
        return panel

    yield make
    for panel in made:
        panel.close()


@pytest.fixture
def folder(tmp_path):
    from tests.cortex.panel_parts import write_small_subject

    return write_small_subject(tmp_path / "small").folder


@pytest.fixture
def view(viewer, folder):
    from striate_cortex.panels.cortex_layers import add_subject
    from striate_cortex.subjects import read_subject

    return add_subject(viewer, read_subject(folder))
