"""Cortex in the shell: opened, dropped, saved in a project and brought back."""

from __future__ import annotations

from qtpy.QtWidgets import QFileDialog
from tests.app.shell_parts import said
from tests.cortex.panel_parts import write_small_subject

from striate_cortex.panels.cortex_layers import cortex_views
from striate_cortex.workspace import workspace


def views(window):
    page = window.pages.current()
    return [] if page is None else cortex_views(page.model)


def open_in(window, path, qtbot):
    """Open a subject as a person does, and wait until it is there."""
    window.opening.open([path], page="cortex")
    qtbot.waitUntil(lambda: len(views(window)) == 1, timeout=30_000)


def test_every_panel_is_built_and_sees_the_subject(shell, tmp_path, qtbot):
    subject = write_small_subject(tmp_path / "small")
    window = shell(workspace())
    open_in(window, subject.folder, qtbot)
    (view,) = views(window)
    page = window.pages.current()
    assert list(page.panels) == [
        "subject", "map", "unit", "captions", "library", "regions",
    ]  # fmt: skip
    for name in page.panels:
        page.raise_panel(name)
        assert page.panels[name].panel_widget().view() is view
    assert said(window) == []


def test_damaged_subject_is_told_and_the_window_stays(shell, tmp_path, qtbot):
    subject = write_small_subject(tmp_path / "small")
    (subject.folder / "pial.right.surf.gii").write_text("<gifti>")
    window = shell(workspace())
    window.opening.open([subject.folder], page="cortex")
    qtbot.waitUntil(lambda: said(window, "error") != [])
    assert views(window) == []
    (sentence,) = said(window, "error")
    assert "pial.right.surf.gii" in sentence


def test_project_brings_the_subject_and_its_look_back(
    shell, tmp_path, monkeypatch, qtbot
):
    subject = write_small_subject(tmp_path / "small")
    window = shell(workspace())
    open_in(window, subject.folder / "subject.json", qtbot)
    page = window.pages.current()
    page.model.layers["Regions of Small subject"].visible = False
    path = tmp_path / "mine.striate"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(path), ""))
    window.book.trigger("project.save")
    qtbot.waitUntil(path.exists)
    window.projects.close()

    second = shell(workspace())
    second.opening.open([path])
    qtbot.waitUntil(lambda: len(views(second)) == 1, timeout=30_000)
    (view,) = views(second)
    assert view.subject.title == "Small subject"
    layers = second.pages.current().model.layers
    qtbot.waitUntil(lambda: not layers["Regions of Small subject"].visible)
    assert layers["Small subject"].visible
