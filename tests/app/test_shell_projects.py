"""Projects in the window: saved, opened, recovered, and never lost by closing."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QMessageBox, QPushButton
from tests.app.shell_parts import let_go, said, tiny_workspace
from tests.app.test_project_recovery import crash

from striate.desktop.recovery_dialog import RecoveryDialog
from striate.project import crashed_sessions
from striate.settings import Settings


@pytest.fixture
def stack(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    path = folder / "stack.tif"
    data = np.zeros((2, 5, 8, 9), np.uint8)
    data[0, 2] = 250
    planes = np.moveaxis(data, 0, 1)
    tifffile.imwrite(path, planes, imagej=True, metadata={"axes": "ZCYX"})
    return path


@pytest.fixture
def opened(shell, stack, qtbot):
    """Open the window on the stack, with a look of its own."""
    window = shell()
    window.opening.open([stack])
    qtbot.waitUntil(lambda: len(layers(window)) == 2, timeout=30000)
    qtbot.waitUntil(
        lambda: bool(window.projects.project.state.files[0].sha256), timeout=30000
    )
    first, second = layers(window)
    first.visible = False
    second.contrast_limits = (10, 99)
    second.colormap = "magma"
    page = window.current_page()
    page.model.layers.move(0, 2)
    page.model.dims.set_point(0, 1.0)
    return window


def layers(window):
    page = window.current_page()
    return [] if page is None else list(page.model.layers)


def look(window):
    return [
        (layer.name, layer.visible, layer.colormap.name,
         tuple(map(float, layer.contrast_limits)))
        for layer in layers(window)
    ]  # fmt: skip


def save_as(window, path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(path), ""))
    window.book.trigger("project.save")


# ---- Saving and opening


def test_a_project_brings_back_data_look_and_page(
    opened, shell, tmp_path, monkeypatch, qtbot
):
    path = tmp_path / "cells.striate"
    save_as(opened, path, monkeypatch)
    before = look(opened)
    let_go(opened)

    window = shell()
    window.opening.open([path])
    qtbot.waitUntil(lambda: len(layers(window)) == 2, timeout=30000)
    assert look(window) == before
    assert window.current_page().model.dims.point[0] == 1.0
    assert window.windowTitle() == "cells[*]"
    assert not window.projects.project.unsaved
    window.projects._gather()
    assert not window.projects.project.unsaved


def test_a_project_moved_with_its_data_opens(
    opened, shell, tmp_path, monkeypatch, qtbot
):
    path = tmp_path / "cells.striate"
    save_as(opened, path, monkeypatch)
    before = look(opened)
    let_go(opened)
    (tmp_path / "usb").mkdir()
    for name in ("cells.striate", "data"):
        (tmp_path / name).rename(tmp_path / "usb" / name)

    window = shell()
    window.projects.open(tmp_path / "usb" / "cells.striate")
    qtbot.waitUntil(lambda: len(layers(window)) == 2, timeout=30000)
    assert look(window) == before
    assert said(window) == []


def test_missing_data_are_named_and_the_rest_opens(
    opened, shell, tmp_path, stack, monkeypatch
):
    path = tmp_path / "cells.striate"
    save_as(opened, path, monkeypatch)
    let_go(opened)
    stack.unlink()
    window = shell()
    window.projects.open(path)
    (warning,) = said(window, "warning")
    assert warning.startswith("stack.tif is not where the project left it")
    assert window.projects.project.name == "cells"


def test_missing_data_are_located_and_look_as_they_did(
    opened, shell, tmp_path, stack, monkeypatch, qtbot
):
    path = tmp_path / "cells.striate"
    save_as(opened, path, monkeypatch)
    before = look(opened)
    let_go(opened)
    now = stack.rename(tmp_path / "elsewhere.tif")
    window = shell()
    window.projects.open(path)
    (toast,) = window.toasts.shown
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: (str(now), ""))
    button = next(b for b in toast.findChildren(QPushButton) if b.text() == "Locate…")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(layers(window)) == 2, timeout=30000)
    qtbot.waitUntil(lambda: look(window)[0][1:] == before[0][1:], timeout=30000)
    assert [row[1:] for row in look(window)] == [row[1:] for row in before]
    assert [f.path for f in window.projects.project.state.files] == [str(now)]
    assert window.toasts.shown == []


def test_layers_that_were_removed_are_not_saved(opened, tmp_path, monkeypatch):
    path = tmp_path / "cells.striate"
    save_as(opened, path, monkeypatch)
    opened.current_page().model.layers.clear()
    opened.projects.save()
    assert json.loads(path.read_text("utf-8"))["files"] == []


def test_a_project_of_a_workspace_that_is_not_installed_opens(shell, tmp_path):
    path = tmp_path / "other.striate"
    path.write_text(
        '{"striate_project": 1, "pages": {"cortex": {"view": {}}}, "page": "cortex"}'
    )
    window = shell()
    window.projects.open(path)
    assert window.projects.project.name == "other"
    assert window.current_page() is None


def test_a_bad_project_is_one_sentence(shell, tmp_path):
    path = tmp_path / "bad.striate"
    path.write_text("{")
    window = shell()
    window.opening.open([path])
    assert said(window, "error") == [
        f"{path} is not a Striate project, or it is damaged."
    ]


def test_new_clears_the_pages(opened):
    opened.projects.new()
    assert opened.current_page() is None
    opened.show_page("tiny")
    assert layers(opened) == []


# ---- A second start


def test_a_second_start_on_the_same_project_is_told(shell, tmp_path, monkeypatch):
    path = tmp_path / "p.striate"
    save_as(shell(), path, monkeypatch)
    code = (
        "import sys\n"
        "from striate.project import Project\n"
        "from striate.errors import StriateError\n"
        "try:\n    Project().open(sys.argv[1])\n"
        "except StriateError as error:\n    print(error)\n"
    )
    command = [sys.executable, "-c", code, str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("p.striate is open in another Striate on this")


# ---- Closing


@pytest.mark.parametrize(
    ("answer", "closes", "kept"),
    [("Save", True, True), ("Discard", True, False), ("Cancel", False, False)],
)
def test_closing_asks_about_unsaved_work(
    opened, tmp_path, monkeypatch, answer, closes, kept
):
    path = tmp_path / "p.striate"
    save_as(opened, path, monkeypatch)
    layers(opened)[0].name = "renamed"
    asked = []

    def question(parent, title, text, *rest):
        asked.append(text)
        return QMessageBox.StandardButton[answer]

    monkeypatch.setattr(QMessageBox, "question", question)
    assert opened.close() is closes
    assert asked == ["Save the changes to p? They are lost otherwise."]
    assert ("renamed" in path.read_text("utf-8")) is kept


def test_looking_around_without_a_project_closes_without_asking(opened):
    assert opened.close()
    assert crashed_sessions(skipped=True) == []


# ---- Autosave and recovery


def test_autosave_waits_as_long_as_the_preferences_say(shell):
    window = shell(settings=Settings(autosave_seconds=7))
    assert window.projects._timer.interval() == 7000
    window.services.settings.autosave_seconds = 90
    window.projects.restart_autosave()
    assert window.projects._timer.interval() == 90000


def test_an_autosave_that_fails_is_told_and_the_window_stays(opened, largest_file):
    layers(opened)[0].metadata["note"] = "x"
    opened.projects.project.set_workspace("tiny", {"long": "x" * 100_000})
    with largest_file(50_000):
        opened.projects._autosave()
    assert said(opened, "warning")[0].startswith("Autosave failed: ")


def test_after_a_crash_work_is_offered_and_recovered(shell, monkeypatch):
    crash()
    monkeypatch.setattr(RecoveryDialog, "ask", lambda dialog: "recover")
    window = shell()
    window.projects.offer_recovery()
    assert window.projects.project.workspace("tiny") == {}
    assert window.projects.project.workspace("filaments") == {"edits": 12}
    assert crashed_sessions(skipped=True) == []


def test_skipping_is_remembered_and_can_be_taken_back(shell, monkeypatch):
    crash()
    answers = iter(["skip", "recover"])
    monkeypatch.setattr(RecoveryDialog, "ask", lambda dialog: next(answers))
    window = shell()
    window.projects.offer_recovery()
    window.projects.offer_recovery()
    window.book.trigger("project.recover")
    assert window.projects.project.workspace("filaments") == {"edits": 12}
    window.projects.project.new()
    window.book.trigger("project.recover")
    assert said(window, "info") == ["There is no unsaved work to recover."]


def test_the_saved_version_can_be_opened_instead(shell, tmp_path, monkeypatch):
    window = shell()
    path = tmp_path / "p.striate"
    save_as(window, path, monkeypatch)
    let_go(window)
    crash(path)
    monkeypatch.setattr(RecoveryDialog, "ask", lambda dialog: "saved")
    again = shell()
    again.projects.offer_recovery()
    assert again.projects.project.path == path
    assert again.projects.project.workspace("filaments") == {}
    assert len(crashed_sessions(skipped=True)) == 1


def test_the_dialog_says_what_there_is(qapp, tmp_path):
    from qtpy.QtWidgets import QLabel, QPushButton

    crash()
    (session,) = crashed_sessions()
    dialog = RecoveryDialog(session)
    text = dialog.findChildren(QLabel)[1].text()
    titles = [b.text() for b in dialog.findChildren(QPushButton)]
    assert "A project that was never saved" in text
    assert titles == ["Recover", "Skip"]
    assert "crashed again" not in text
    dialog.findChildren(QPushButton)[0].click()
    assert dialog.choice == "recover"
    session.state()
    dangerous = RecoveryDialog(session)
    assert "crashed again" in dangerous.findChildren(QLabel)[1].text()
    default = [b.text() for b in dangerous.findChildren(QPushButton) if b.isDefault()]
    assert default == ["Skip"]


def test_a_workspace_can_keep_its_own_state(shell, tmp_path, monkeypatch):
    window = shell(tiny_workspace())
    project = window.services.project
    project.about_to_save.connect(lambda: project.set_workspace("tiny", {"n": 3}))
    path = tmp_path / "p.striate"
    save_as(window, path, monkeypatch)
    assert json.loads(path.read_text("utf-8"))["workspaces"] == {"tiny": {"n": 3}}
