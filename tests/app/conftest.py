"""What the platform's tests share."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def sibling():
    """Return a function that loads a module that lies beside the tests."""

    def load(name):
        place = Path(__file__).with_name(f"{name}.py")
        spec = importlib.util.spec_from_file_location(name, place)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def file_server(sibling):
    """Give a web server on this machine whose faults a test may choose."""
    server = sibling("file_server").FileServer()
    yield server
    server.close()


@pytest.fixture
def read_only_folder(monkeypatch):
    """Give a folder that this process may not write to, root's tests included."""
    with _folder_with_mode(monkeypatch, 0o555) as folder:
        yield folder


@pytest.fixture
def closed_folder(monkeypatch):
    """Give a folder with a file ``a.tif`` that this process may not look into."""
    with _folder_with_mode(monkeypatch, 0o000) as folder:
        yield folder


@contextlib.contextmanager
def _folder_with_mode(monkeypatch, mode):
    place = Path(tempfile.mkdtemp(prefix="striate-"))
    folder, own = place / "folder", place / "home"
    folder.mkdir()
    (folder / "a.tif").touch()
    own.mkdir()
    place.chmod(0o755)
    own.chmod(0o777)
    folder.chmod(mode)
    monkeypatch.setenv("STRIATE_HOME", str(own))
    was_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if was_root:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if was_root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(place)


@pytest.fixture
def largest_file():
    """Give a context in which no file may grow past so many bytes."""
    resource = pytest.importorskip("resource")

    @contextlib.contextmanager
    def limit(size):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)

    return limit


@pytest.fixture
def root(monkeypatch):
    """Let worker processes import the jobs of the tests from the checkout."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


@pytest.fixture
def supervisor(tmp_path, root):
    """Give a supervisor with the jobs of the tests; nothing is left of it."""
    from tests.app.job_parts import KINDS

    from striate.jobs import Supervisor

    made = Supervisor(tmp_path / "jobs", kinds=KINDS, patience=1.0, grace=0.5)
    yield made
    made.close()


@pytest.fixture
def ear(supervisor):
    """Give an ear that hears the supervisor."""
    from tests.app.job_parts import Ear

    return Ear(supervisor)


@pytest.fixture
def install_workspaces(tmp_path, monkeypatch):
    """Give a function that installs workspaces, here and for child processes."""
    from striate.workspace import workspaces

    place = tmp_path / "site"
    info = place / "tiny-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
    monkeypatch.setenv("PYTHONPATH", f"{place}{os.pathsep}{Path(__file__).parents[2]}")
    monkeypatch.syspath_prepend(place)

    def install(**entries: str) -> None:
        lines = [f"{name} = {entry}" for name, entry in entries.items()]
        text = "\n".join(["[striate.workspaces]", *lines])
        (info / "entry_points.txt").write_text(text)
        workspaces.cache_clear()

    yield install
    workspaces.cache_clear()


@pytest.fixture
def tiny_plugin(install_workspaces):
    """Install the tiny workspace."""
    install_workspaces(tiny="tests.app.tiny_workspace:workspace")
