"""What every test may use: real data, and a home of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


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
