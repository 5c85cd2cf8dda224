"""Edits survive: undo and redo across sessions, branches, crashes, two programs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from striate.errors import InputError, OutputError, StriateError
from striate.project.edit_log import START, EditLog, Step


@pytest.fixture
def path(tmp_path):
    return tmp_path / "neurons.edits"


def test_undo_and_redo_go_back_and_forth(path):
    with EditLog(path) as log:
        assert [log.append(b"one"), log.append(b"two")] == [1, 2]
        assert log.undo() == 2
        assert (log.state, log.payload(log.redoable)) == (1, b"two")
        assert log.redo() == 2
        assert [log.undo(), log.undo(), log.undo()] == [2, 1, None]
        assert log.state == START


def test_all_of_it_is_there_in_the_next_session(path):
    with EditLog(path) as log:
        for text in (b"one", b"two", b"three"):
            log.append(text)
        log.undo()
    with EditLog(path) as log:
        assert (log.state, len(log)) == (2, 3)
        assert [log.payload(e) for e in log.history()] == [b"one", b"two"]
        assert log.payload(log.redo()) == b"three"


def test_an_edit_after_an_undo_keeps_what_was_undone_reachable(path):
    with EditLog(path) as log:
        log.append(b"one")
        log.append(b"old")
        log.undo()
        log.append(b"new")
        assert [log.payload(e) for e in log.history()] == [b"one", b"new"]
        assert log.route(2, 3) == [Step(2, forward=False), Step(3, forward=True)]
        log.undo()
        assert log.payload(log.redoable) == b"new"


def test_a_mark_finds_the_state_a_file_was_saved_in(path):
    with EditLog(path) as log:
        log.mark(b"as opened")
        log.append(b"one")
        log.append(b"two")
        log.mark(b"saved")
        log.undo()
    with EditLog(path) as log:
        assert (log.marked(b"as opened"), log.marked(b"saved")) == (START, 2)
        assert log.marked(b"never") is None
        assert log.route(log.marked(b"saved"), log.state) == [Step(2, forward=False)]


@pytest.mark.parametrize("kept", range(1, 22))
def test_a_record_cut_off_is_dropped_and_the_log_goes_on(path, kept):
    with EditLog(path) as log:
        log.append(b"one")
        whole = path.stat().st_size
        log.append(b"twelve bytes")
    with path.open("r+b") as file:
        file.truncate(min(whole + kept, path.stat().st_size - 1))
    with EditLog(path) as log:
        assert [log.payload(e) for e in log.history()] == [b"one"]
        log.append(b"three")
    with EditLog(path) as log:
        assert [log.payload(e) for e in log.history()] == [b"one", b"three"]


def test_a_record_written_wrong_is_dropped(path):
    with EditLog(path) as log:
        log.append(b"one")
        log.append(b"two")
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    with EditLog(path) as log:
        assert [log.payload(e) for e in log.history()] == [b"one"]


@settings(max_examples=50, deadline=None)
@given(moves=st.lists(st.sampled_from("eeur"), max_size=30))
def test_a_log_read_again_is_in_the_same_state(moves, tmp_path_factory):
    path = tmp_path_factory.mktemp("log") / "edits"
    texts: list[bytes] = []
    undone: list[bytes] = []
    with EditLog(path) as log:
        for i, move in enumerate(moves):
            if move == "e":
                log.append(str(i).encode())
                texts.append(str(i).encode())
                undone.clear()
            elif move == "u" and texts:
                assert log.payload(log.undo()) == texts[-1]
                undone.append(texts.pop())
            elif move == "r" and undone:
                assert log.payload(log.redo()) == undone[-1]
                texts.append(undone.pop())
    with EditLog(path) as log:
        assert [log.payload(e) for e in log.history()] == texts


WRITER = """
import os, sys
from pathlib import Path
from striate.project.edit_log import EditLog
log = EditLog(Path(sys.argv[1]))
for i in range(1000000):
    log.append(str(i).encode())
    print(i, flush=True)
"""


def test_a_killed_program_loses_at_most_the_edit_it_was_writing(path):
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as program:
        for line in program.stdout:
            if line == "40\n":
                program.kill()
                break
    with EditLog(path) as log:
        found = [int(log.payload(e)) for e in log.history()]
    assert len(found) >= 41
    assert found == list(range(len(found)))


def test_two_programs_are_kept_apart(path):
    hold = "import sys; from pathlib import Path\n" + (
        "from striate.project.edit_log import EditLog\n"
        "log = EditLog(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout.readline() == "held\n"
        with pytest.raises(StriateError, match="open in another Striate"):
            EditLog(path)
        program.stdin.close()
    EditLog(path).close()


def test_a_log_goes_on_where_its_folder_was_copied(tmp_path):
    import shutil

    (tmp_path / "old").mkdir()
    log = EditLog(tmp_path / "old" / "log")
    log.append(b"one")
    log.append(b"two")
    log.undo()
    shutil.copytree(tmp_path / "old", tmp_path / "new")
    log.moved(tmp_path / "new" / "log")
    shutil.rmtree(tmp_path / "old")
    assert (log.state, log.redo()) == (1, 2)
    log.append(b"three")
    log.close()
    with EditLog(tmp_path / "new" / "log") as again:
        found = [again.payload(e) for e in again.history()]
    assert found == [b"one", b"two", b"three"]


def test_another_file_is_not_taken_for_a_log(path):
    path.write_text("this is a diary and no log")
    with pytest.raises(InputError, match="no edit log"):
        EditLog(path)
    assert path.read_text() == "this is a diary and no log"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk_makes_no_edit_and_says_so(path):
    with EditLog(path) as log:
        log.append(b"one")
        with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123
            real = log._file
            log._file = Full(real, full)
            with pytest.raises(OutputError, match="disk is full"):
                log.append(b"two")
            log._file = real
        assert (log.state, len(log)) == (1, 1)
        log.append(b"three")
    with EditLog(path) as log:
        assert [log.payload(e) for e in log.history()] == [b"one", b"three"]


class Full:
    """A file whose disk has just filled up."""

    def __init__(self, real, full):
        self._real, self._full = real, full

    def write(self, data):
        self._real.write(data[:5])
        return self._full.write(data)

    def __getattr__(self, name):
        return getattr(self._real, name)
