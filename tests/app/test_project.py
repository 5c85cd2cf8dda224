"""A project: saved, opened, moved with its data, migrated, locked."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from striate.errors import InputError, OutputError, StriateError
from striate.project import FileRef, PageState, Project
from striate.project import storage as project_storage
from striate.project.lock import ProjectLock
from striate.project.references import find, refer


@pytest.fixture
def project():
    made = Project()
    yield made
    made.close()


def scan(folder, name="scan.tif", content=b"a stack"):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


def saved_with(project, data, place):
    project.add_file(refer(data, "filaments"))
    return project.save(place)


# ---- Saving and opening


def test_what_is_saved_comes_back(project, tmp_path):
    data = scan(tmp_path / "data")
    project.add_file(refer(data, "filaments", axes="ZYX"))
    project.set_workspace("filaments", {"threshold": 0.5, "chosen": [3, 7]})
    project.set_look({"filaments": PageState(view={"layers": []})}, {}, "filaments")
    path = project.save(tmp_path / "cortex")

    again = Project()
    again.open(path.rename(tmp_path / "copy.striate"))
    assert path.name == "cortex.striate"
    assert again.workspace("filaments") == {"threshold": 0.5, "chosen": [3, 7]}
    assert again.state.page == "filaments"
    ((reference, found),) = again.found_files()
    assert (found.path, found.changed) == (data, False)
    assert reference.options == {"axes": "ZYX"}
    again.close()


def test_the_file_is_readable_json_with_a_version(project, tmp_path):
    path = saved_with(project, scan(tmp_path), tmp_path / "p.striate")
    stored = json.loads(path.read_text("utf-8"))
    assert stored["striate_project"] == 1
    assert stored["files"][0]["relative"] == "scan.tif"
    assert len(stored["files"][0]["sha256"]) == 64


def test_work_is_unsaved_until_it_is_saved(project, tmp_path):
    assert not project.unsaved
    project.add_file(refer(scan(tmp_path)))
    assert project.unsaved
    project.save(tmp_path / "p.striate")
    assert not project.unsaved


def test_a_turned_camera_is_not_unsaved_work(project, tmp_path):
    saved_with(project, scan(tmp_path), tmp_path / "p.striate")
    project.set_look({"filaments": PageState(view={"camera": {"zoom": 3}})}, {}, "")
    project.set_look({}, {"geometry": "elsewhere"}, "welcome")
    assert not project.unsaved


def test_a_hidden_layer_is_unsaved_work(project, tmp_path):
    saved_with(project, scan(tmp_path), tmp_path / "p.striate")
    view = {"layers": [{"name": "Channel 1", "visible": False}]}
    project.set_look({"filaments": PageState(view=view)}, {}, "")
    assert project.unsaved


def test_a_project_without_a_name_asks_for_one(project):
    with pytest.raises(OutputError, match="no file yet"):
        project.save()


def test_a_failed_save_leaves_the_old_file(project, tmp_path, largest_file):
    path = saved_with(project, scan(tmp_path), tmp_path / "p.striate")
    before = path.read_text("utf-8")
    project.set_workspace("filaments", {"long": "x" * 4000})
    with largest_file(1000), pytest.raises(OutputError, match="cannot be written"):
        project.save()
    assert path.read_text("utf-8") == before
    assert sorted(p.name for p in tmp_path.glob("*p.striate*")) == [
        "p.striate", "p.striate.lock",
    ]  # fmt: skip


def test_an_unwritable_folder_is_said(project, read_only_folder):
    with pytest.raises(OutputError, match="save it somewhere else"):
        project.save(read_only_folder / "p.striate")


# ---- Data that moved


def test_project_and_data_moved_together_are_found(project, tmp_path):
    data = scan(tmp_path / "old" / "data")
    path = saved_with(project, data, tmp_path / "old" / "p.striate")
    project.close()
    shutil.move(tmp_path / "old", tmp_path / "new")
    project.open(tmp_path / "new" / path.name)
    ((_, found),) = project.found_files()
    assert found.path == tmp_path / "new" / "data" / "scan.tif"
    assert not project.unsaved


def test_a_project_moved_alone_finds_its_data_where_they_were(project, tmp_path):
    data = scan(tmp_path / "data")
    (tmp_path / "here").mkdir()
    path = saved_with(project, data, tmp_path / "here" / "p.striate")
    project.close()
    (tmp_path / "far" / "away").mkdir(parents=True)
    moved = path.rename(tmp_path / "far" / "away" / "p.striate")
    project.open(moved)
    assert project.found_files()[0][1].path == data


def test_of_two_files_the_one_that_is_the_same_wins(tmp_path):
    original = scan(tmp_path / "data", content=b"the one that was saved")
    reference = refer(original)
    scan(tmp_path / "copy" / "data", content=b"another of the same name")
    reference.relative = "data/scan.tif"
    found = find(reference, tmp_path / "copy" / "p.striate")
    assert (found.path, found.changed) == (original, False)


def test_a_changed_file_is_found_and_called_changed(project, tmp_path):
    data = scan(tmp_path)
    saved_with(project, data, tmp_path / "p.striate")
    data.write_bytes(b"other voxels")
    assert project.found_files()[0][1].changed


def test_a_missing_file_stays_in_the_project(project, tmp_path):
    data = scan(tmp_path)
    path = saved_with(project, data, tmp_path / "p.striate")
    project.close()
    data.unlink()
    project.open(path)
    assert project.found_files()[0][1] is None
    project.save()
    assert len(json.loads(path.read_text("utf-8"))["files"]) == 1


# ---- Bad files


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "is not a Striate project, or it is damaged"),
        ("[1, 2]", "is not a Striate project, or it is damaged"),
        ('{"name": "other"}', "is not a Striate project, or it is damaged"),
        ('{"striate_project": 1, "files": [{"path": 5}]}', "damaged (at files.0.path)"),
        ('{"striate_project": 99}', "saved by a newer Striate (format 99"),
    ],
)
def test_a_bad_file_is_one_sentence_and_changes_nothing(
    project, tmp_path, text, sentence
):
    saved_with(project, scan(tmp_path), tmp_path / "good.striate")
    bad = tmp_path / "bad.striate"
    bad.write_text(text)
    with pytest.raises(InputError) as error:
        project.open(bad)
    assert sentence in str(error.value)
    assert project.name == "good"
    assert not bad.with_name("bad.striate.lock").exists()


def test_a_project_that_is_not_there_is_said(project, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        project.open(tmp_path / "gone.striate")


def test_older_versions_are_brought_up_step_by_step(tmp_path, monkeypatch):
    def first(stored):
        return {**stored, "files": [{"path": p} for p in stored.pop("paths")]}

    def second(stored):
        return {**stored, "page": "filaments"}

    monkeypatch.setattr(project_storage, "SCHEMA", 3)
    monkeypatch.setattr(project_storage, "MIGRATIONS", {1: first, 2: second})
    path = tmp_path / "old.striate"
    path.write_text('{"striate_project": 1, "paths": ["/data/a.tif"]}')
    state = project_storage.read_project(path)
    assert state.files == [FileRef(path="/data/a.tif")]
    assert (state.page, state.striate_project) == ("filaments", 3)


def test_what_a_later_program_added_is_kept(project, tmp_path):
    path = tmp_path / "p.striate"
    path.write_text('{"striate_project": 1, "figures": {"a": 1}}')
    project.open(path)
    project.save()
    assert json.loads(path.read_text("utf-8"))["figures"] == {"a": 1}


# ---- The lock

HOLD = """
import sys
from striate.project import Project
p = Project()
p.open(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def elsewhere():
    """Open a project in another process."""
    running = []

    def hold(path):
        command = [sys.executable, "-c", HOLD, str(path)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        process = subprocess.Popen(command, **pipes)
        running.append(process)
        assert process.stdout.readline() == "open\n"
        return process

    yield hold
    for process in running:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def test_a_second_program_is_told_who_has_it_open(project, tmp_path, elsewhere):
    path = saved_with(project, scan(tmp_path), tmp_path / "p.striate")
    project.close()
    other = elsewhere(path)
    with pytest.raises(StriateError) as error:
        Project().open(path)
    assert str(error.value) == (
        "p.striate is open in another Striate on this computer (process "
        f"{other.pid}): close it there, or open a copy of the file."
    )


def test_the_lock_of_a_killed_program_is_taken_over(project, tmp_path, elsewhere):
    path = saved_with(project, scan(tmp_path), tmp_path / "p.striate")
    project.close()
    other = elsewhere(path)
    other.kill()
    other.wait()
    project.open(path)
    assert project.name == "p"


def test_saving_over_a_project_that_is_open_elsewhere_is_refused(
    project, tmp_path, elsewhere
):
    path = saved_with(project, scan(tmp_path), tmp_path / "p.striate")
    project.close()
    before = path.read_text("utf-8")
    elsewhere(path)
    another = Project()
    with pytest.raises(StriateError, match="is open in another Striate"):
        another.save(path)
    another.close()
    assert path.read_text("utf-8") == before


def test_a_lock_of_another_machine_holds_while_it_shows_life(tmp_path):
    import os

    path = tmp_path / "p.striate"
    lock = path.with_name("p.striate.lock")
    lock.write_text('{"owner": "1:0.0", "host": "another-machine"}')
    with pytest.raises(StriateError, match="on another-machine"):
        ProjectLock(path).acquire()
    os.utime(lock, (0, 0))
    ours = ProjectLock(path)
    ours.acquire()
    ours.release()
    assert not lock.exists()


def test_a_project_on_a_read_only_disk_opens(project, read_only_folder):
    import os

    folder = read_only_folder
    was, mode = os.geteuid(), folder.stat().st_mode
    # Root has only put its rights aside; others own the folder.
    os.seteuid(os.getuid())
    folder.chmod(0o755)
    (folder / "p.striate").write_text('{"striate_project": 1}')
    folder.chmod(mode)
    os.seteuid(was)
    project.open(folder / "p.striate")
    assert project.name == "p"


def test_the_lock_is_given_back(project, tmp_path):
    path = saved_with(project, scan(tmp_path), tmp_path / "p.striate")
    lock = path.with_name("p.striate.lock")
    assert lock.exists()
    project.new()
    assert not lock.exists()


# ---- Its folder


def test_the_folder_of_a_project_follows_it(project, tmp_path):
    moves = []
    project.folder_moved.connect(lambda old, new: moves.append((old, new)))
    unnamed = project.folder
    (unnamed / "edits.jsonl").write_text("{}")
    path = project.save(tmp_path / "p.striate")
    assert project.folder == path.with_name("p.striate.files")
    assert (project.folder / "edits.jsonl").read_text() == "{}"
    assert moves == [(unnamed, project.folder)]
    assert not unnamed.exists()


def test_save_as_copies_the_folder(project, tmp_path):
    project.save(tmp_path / "a.striate")
    (project.folder / "edits.jsonl").write_text("{}")
    project.save(tmp_path / "b.striate")
    for name in ("a", "b"):
        kept = tmp_path / f"{name}.striate.files" / "edits.jsonl"
        assert kept.read_text() == "{}"
