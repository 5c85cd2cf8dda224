"""What every test may use: real data, and a home of its own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Read when napari is imported, which a test module may do before any fixture runs.
os.environ["NAPARI_CONFIG"] = (
    f"{tempfile.mkdtemp(prefix='striate-napari-')}/napari.yaml"
)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """Settings, caches and queues of a test never touch the person's own."""
    folder = tmp_path / "striate-home"
    monkeypatch.setenv("STRIATE_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def real_data():
    """Return a function that gives the path of real data, or skips the test."""
    folder = Path(os.environ.get("STRIATE_TEST_DATA", ROOT.parent / "shared" / "data"))

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"needs the real data {name} (STRIATE_TEST_DATA)")
        return path

    return find


@pytest.fixture(scope="session")
def qapp(tmp_path_factory):
    """Return the application as the desktop makes it; skip where no window can open."""
    pytest.importorskip("napari")
    from striate.desktop.bootstrap import create_app
    from striate.desktop.display import display_problem

    problem = display_problem()
    if problem:
        pytest.skip(problem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRIATE_HOME", str(tmp_path_factory.mktemp("app")))
        return create_app()


@pytest.fixture
def shell(qapp, qtbot, monkeypatch):
    """Return a function that opens the main window on a tiny workspace.

    A dialog that would wait for an answer fails the test unless it gives one.
    """
    from tests.app.shell_parts import forbid_dialogs, let_go, open_shell

    forbid_dialogs(monkeypatch)
    opened = []

    def make(*workspaces, **options):
        window = open_shell(*workspaces, **options)
        opened.append(window)
        return window

    yield make
    for window in opened:
        let_go(window)
