"""Starting for real: the command, the first picture, the end, and no display."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def start(home, *arguments, **environment):
    """Run the desktop until it closes itself."""
    env = {**os.environ, "STRIATE_HOME": str(home), "STRIATE_QUIT_AFTER": "1"}
    env |= environment
    command = [sys.executable, "-m", "striate", *map(str, arguments)]
    return subprocess.run(
        command, env={k: v for k, v in env.items() if v is not None},
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip


def test_the_desktop_starts_and_ends(own_home, qapp):
    ended = start(own_home)
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr
    assert (own_home / "settings.json").exists()
    assert list((own_home / "recovery").glob("*")) == []


def test_without_a_display_it_is_one_sentence_and_exit_code_two(own_home):
    ended = start(own_home, DISPLAY=None, WAYLAND_DISPLAY=None, QT_QPA_PLATFORM=None)
    assert ended.returncode == 2
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith("Striate found no screen to open its window on")
    assert ended.stdout == ""


def test_without_opengl_the_window_opens_all_the_same(own_home):
    ended = start(own_home, QT_QPA_PLATFORM="offscreen")
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr


def test_heavy_packages_wait_and_napari_keeps_its_own_settings(own_home, qapp):
    code = (
        "import sys\n"
        "from striate.desktop.bootstrap import create_app, create_window\n"
        "app = create_app(); window = create_window(); window.show()\n"
        "app.processEvents()\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules}"
        " & {'torch', 'nilearn', 'sklearn', 'pandas', 'pyarrow'}))\n"
        "from napari.settings import get_settings\n"
        "print(get_settings().config_path)\n"
        "window.close()\n"
    )
    env = {**os.environ, "STRIATE_HOME": str(own_home)}
    ended = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True,
        timeout=240, check=True,
    )  # fmt: skip
    heavy, naparis_settings = ended.stdout.strip().splitlines()[-2:]
    assert heavy == "[]"
    # The person's own napari keeps its settings.
    assert naparis_settings == str(own_home / "napari.yaml")


@pytest.mark.parametrize("name", ["gone.tif"])
def test_a_path_that_is_not_there_is_said_before_a_window_opens(own_home, name):
    ended = start(own_home, own_home / name)
    assert ended.returncode == 2
    assert name in ended.stderr
