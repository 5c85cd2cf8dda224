"""After a crash: what was autosaved is offered, once, and never in a loop."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from striate.errors import InputError, OutputError
from striate.project import Project, crashed_sessions
from striate.project.references import refer

CRASH = """
import os, signal, sys
from pathlib import Path
from striate.project import Project
from striate.project.references import refer
project = Project()
if len(sys.argv) > 1:
    project.open(sys.argv[1])
project.set_workspace("filaments", {"edits": 12})
(project.folder / "edits.jsonl").write_text("the edits")
project.autosave()
os.kill(os.getpid(), signal.SIGKILL)
"""


def crash(*arguments):
    """Run a program that autosaves and is killed."""
    command = [sys.executable, "-c", CRASH, *map(str, arguments)]
    subprocess.run(command, check=False)


@pytest.fixture
def project():
    made = Project()
    yield made
    made.close()


def test_a_program_that_ends_well_leaves_nothing(project, own_home):
    project.set_workspace("filaments", {"edits": 1})
    assert project.autosave()
    project.close()
    assert crashed_sessions() == []
    assert list((own_home / "recovery").glob("*")) == []


def test_a_running_program_is_not_taken_for_crashed(project):
    project.set_workspace("filaments", {"edits": 1})
    project.autosave()
    assert crashed_sessions() == []


def test_unsaved_work_of_a_killed_program_comes_back(project):
    crash()
    (session,) = crashed_sessions()
    assert session.project is None
    project.recover(session)
    assert project.workspace("filaments") == {"edits": 12}
    assert (project.folder / "edits.jsonl").read_text() == "the edits"
    assert project.unsaved
    session.end()
    assert crashed_sessions() == []


def test_a_named_project_is_recovered_under_its_name(project, tmp_path):
    path = project.save(tmp_path / "p.striate")
    project.close()
    crash(path)
    (session,) = crashed_sessions()
    assert session.project == path
    project.recover(session)
    assert project.path == path
    project.save()
    session.end()
    project.new()
    project.open(path)
    assert project.workspace("filaments") == {"edits": 12}


def test_skipped_work_is_not_asked_about_but_not_lost(project):
    crash()
    crashed_sessions()[0].skip()
    assert crashed_sessions() == []
    (kept,) = crashed_sessions(skipped=True)
    project.recover(kept)
    assert project.workspace("filaments") == {"edits": 12}


def test_a_recovery_that_crashed_is_called_dangerous(project):
    crash()
    (session,) = crashed_sessions()
    assert not session.dangerous
    project.recover(session)
    # The program crashes here, before session.end().
    (again,) = crashed_sessions()
    assert again.dangerous


def test_a_damaged_autosave_is_one_sentence(project):
    crash()
    (session,) = crashed_sessions()
    (session.folder / "state.striate").write_text("{")
    with pytest.raises(InputError, match="damaged"):
        project.recover(session)


def test_saving_drops_the_autosave(project, tmp_path):
    project.set_workspace("filaments", {"edits": 1})
    project.autosave()
    project.save(tmp_path / "p.striate")
    assert not (project.session.folder / "state.striate").exists()


def test_autosave_writes_only_what_is_new_and_unsaved(project, tmp_path):
    assert not project.autosave()
    project.add_file(refer(tmp_path))
    assert project.autosave()
    assert not project.autosave()
    project.set_workspace("filaments", {"a": 1})
    assert project.autosave()


def test_an_autosave_on_a_full_disk_is_said(project, largest_file):
    project.set_workspace("filaments", {"long": "x" * 100_000})
    _ = project.session
    with largest_file(50_000), pytest.raises(OutputError, match="cannot be written"):
        project.autosave()


def test_very_old_and_empty_sessions_are_cleared_away(own_home):
    crash()
    (old,) = crashed_sessions()
    past = time.time() - 91 * 86400
    os.utime(old.folder / "state.striate", (past, past))
    assert crashed_sessions(skipped=True) == []
    assert not old.folder.exists()
