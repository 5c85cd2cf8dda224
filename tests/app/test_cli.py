"""The command line: what it opens, what it answers, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.app.job_parts import ask
from typer.testing import CliRunner

from striate.cli import app, main
from striate.jobs.queue import JobQueue
from striate.settings import Settings

HEAVY = ("dask", "napari", "nilearn", "numpy", "pandas", "psutil", "qtpy", "scipy",
         "skimage", "torch", "zarr")  # fmt: skip


@pytest.fixture
def run(tiny_plugin):
    def invoke(*arguments: object):
        return CliRunner().invoke(app, [str(a) for a in arguments])

    return invoke


def striate(*arguments: str, **options):
    command = [sys.executable, "-m", "striate", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, **options
    )


# ---- Starting


def test_help_lists_all_commands_and_imports_nothing_heavy(tiny_plugin):
    code = (
        "import sys; from striate.cli import main; code = main(['--help']);"
        f"print(code, [m for m in {HEAVY!r} if m in sys.modules],"
        " 'tests.app.tiny_cli' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    *help_lines, last = answer.stdout.splitlines()
    assert last == "0 [] False"
    text = "\n".join(help_lines)
    for words in ("[PATH...]", "tiny", "A workspace for tests.", "samples", "jobs",
                  "demo"):  # fmt: skip
        assert words in text


def test_the_version_is_said():
    from striate import __version__

    answer = striate("--version")

    assert (answer.returncode, answer.stdout) == (0, f"striate {__version__}\n")


def test_a_frozen_program_is_its_own_worker():
    answer = striate("--worker", input='{"type": "shutdown"}\n')

    assert answer.returncode == 0
    assert '"type":"ready"' in answer.stdout.splitlines()[0]


# ---- Opening the desktop


@pytest.fixture
def opened(monkeypatch):
    """Note what the desktop is asked to open; its window has tests of its own."""
    pytest.importorskip("napari")
    from striate.desktop import bootstrap

    asked = []

    def run(paths):
        asked.append(list(paths))
        return 3

    monkeypatch.setattr(bootstrap, "run", run)
    return asked


def test_files_open_the_desktop(opened, tmp_path):
    paths = [tmp_path / "a.tif", tmp_path / "b.zarr"]
    for path in paths:
        path.touch()

    assert main([str(p) for p in paths]) == 3
    assert opened == [paths]


def test_without_anything_the_desktop_opens_empty(opened):
    assert main([]) == 3
    assert opened == [[]]


@pytest.mark.skipif(sys.platform != "linux", reason="always a screen there")
def test_without_a_screen_one_sentence_says_so(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)

    answer = striate()

    assert answer.returncode == 2
    assert answer.stderr.startswith("Striate found no screen")
    assert answer.stderr.count("\n") == 1


def test_without_napari_the_extra_that_brings_it_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "napari", None)

    assert main([]) == 2
    assert 'pip install "striate[app]"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "hint"),
    [("gone.tif", "see --help."), ("tinny", "did you mean the command 'tiny'?")],
)
def test_what_is_neither_file_nor_command_is_told(run, word, hint):
    answer = run(word)

    assert answer.exit_code == 2
    assert answer.stderr == f"There is no file and no command '{word}': {hint}\n"


# ---- Ending


def test_an_answer_is_for_a_person_or_for_a_program(run):
    assert run("tiny", "count", 4).stdout == "It is 10.\n"

    answer = run("tiny", "count", 4, "--json")

    assert json.loads(answer.stdout.splitlines()[-1])["total"] == 10
    assert answer.exit_code == 0
    assert run("tiny", "count", 4, "-q").stdout == ""


def test_progress_goes_to_stderr_so_that_stdout_can_be_read(run):
    answer = run("tiny", "count", 2, "--json")

    assert answer.stdout.count("\n") == 1
    assert answer.stderr == "Counting 1\n"
    assert run("tiny", "count", 2, "-q").stderr == ""
    assert "counted" in run("tiny", "count", 2, "-v").stderr


def test_a_persons_mistake_is_one_line_and_exit_code_2(tiny_plugin):
    answer = striate("tiny", "fail", "mistake")

    assert answer.returncode == 2
    assert answer.stderr == "scan.tif is truncated: copy it again.\n"
    assert answer.stdout == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_what_files_and_disks_do_is_one_line_too(run):
    missing, full = run("tiny", "fail", "file"), run("tiny", "fail", "full")

    assert (missing.exit_code, full.exit_code) == (2, 2)
    assert missing.stderr == "/nowhere/scan.tif: No such file or directory.\n"
    assert full.stderr.startswith("The disk is full: free some space")


def test_a_home_that_cannot_be_written_to_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("STRIATE_HOME", str(tmp_path / "file" / "home"))

    answer = striate("jobs", "list")

    assert answer.returncode == 2
    assert answer.stderr == f"{tmp_path}/file/home: Not a directory.\n"


def test_a_bug_of_ours_shows_its_traceback(tiny_plugin):
    answer = striate("tiny", "fail", "bug")

    assert answer.returncode == 1
    assert "Traceback" in answer.stderr
    assert "ValueError: a bug" in answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("tiny", "count", "many"),
        ("tiny", "count"),
        ("tiny", "nonsense"),
        ("tiny", "count", "3", "--device", "gpu"),
        ("tiny", "count", "3", "--seed", "x"),
        ("--nonsense",),
        ("demo",),
    ],
)
def test_a_wrong_command_line_is_exit_code_2_without_a_traceback(run, arguments):
    answer = run(*arguments)

    assert answer.exit_code == 2
    assert answer.stderr.startswith("Usage: ")
    assert "Traceback" not in answer.output


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to send there")
def test_ctrl_c_is_exit_code_130(tiny_plugin):
    def hear_ctrl_c():
        # Tests in the background of a shell have it ignored, and so would the child.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    command = [sys.executable, "-m", "striate", "tiny", "wait"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=hear_ctrl_c,
    ) as child:  # fmt: skip
        assert child.stdout.readline() == "waiting\n"
        child.send_signal(signal.SIGINT)
        _, stderr = child.communicate(timeout=20)

    assert child.returncode == 130
    assert stderr.splitlines()[-1] == "Cancelled."
    assert "Traceback" not in stderr


# ---- Common options


def test_common_options_reach_the_job(run):
    answer = run("tiny", "wishes", "--json", "--device", "cpu", "--seed", 7,
                 "--scheduler", "tcp://far:8786")  # fmt: skip

    assert json.loads(answer.stdout) == {
        "device": "cpu",
        "scheduler": "tcp://far:8786",
        "seed": 7,
        "workers": None,
    }


def test_what_is_not_given_is_the_preference(run):
    Settings(device="cpu", scheduler="tcp://lab:8786", workers=3).save()

    answer = run("tiny", "wishes", "--json")

    assert json.loads(answer.stdout) == {
        "device": "cpu",
        "scheduler": "tcp://lab:8786",
        "seed": 0,
        "workers": 3,
    }


def test_a_command_may_have_an_option_of_a_common_name_for_itself(run):
    assert run("tiny", "report", "--json", "score.json").stdout == "score.json False\n"


# ---- demo


def test_a_demo_fills_one_folder_with_its_summary(run, tmp_path):
    out = tmp_path / "out"

    answer = run("demo", "tiny", "--out", out, "--seed", 3, "--json")

    summary = {"dots": 5, "result": str(out / "result.txt"), "seed": 3}
    assert json.loads(answer.stdout) == summary
    assert json.loads((out / "summary.json").read_text()) == summary
    assert (out / "result.txt").read_text() == "seed 3"
    record = json.loads((out / "result.txt.provenance.json").read_text())
    assert record["params"]["out"] == record["inputs"][0]["path"] == summary["result"]
    stored = json.loads((out / "x.zarr" / "zarr.json").read_text())
    assert stored == {"source": summary["result"]}
    assert [p.name for p in tmp_path.glob(".*")] == []


def test_a_demo_leaves_what_is_there_unless_told_otherwise(run, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")

    refused = run("demo", "tiny", "--out", out)

    assert refused.exit_code == 2
    assert "already exists" in refused.stderr
    assert [p.name for p in out.iterdir()] == ["mine.txt"]
    assert run("demo", "tiny", "--out", out, "--overwrite").exit_code == 0
    assert not (out / "mine.txt").exists()


def test_a_demo_that_is_not_there_names_those_that_are(run, tmp_path):
    answer = run("demo", "tinny", "--out", tmp_path / "out")

    assert answer.exit_code == 2
    assert answer.stderr.startswith("There is no demo 'tinny'. Demos have: ")
    assert not (tmp_path / "out").exists()


# ---- jobs


@pytest.fixture
def queue():
    made = JobQueue(Settings.load().jobs_dir())
    made.add("abc", ask("count").model_copy(update={"title": "Count"}))
    yield made
    made.close()


def test_jobs_are_listed(run, queue):
    assert "abc" in run("jobs", "list").stdout
    listed = json.loads(run("jobs", "list", "--json").stdout)

    assert [(j["id"], j["state"]) for j in listed["jobs"]] == [("abc", "queued")]


def test_what_a_crashed_program_left_is_listed_as_lost(run, queue):
    queue.move("abc", "starting")
    queue.note("abc", owner="1:1.00")

    assert " lost " in run("jobs", "list").stdout


def test_a_job_is_cancelled_from_the_terminal(run, queue):
    answer = run("jobs", "cancel", "abc")

    assert answer.stdout == "Asked abc to stop.\n"
    assert queue.record("abc").cancel_asked


def test_a_log_is_printed(run, queue):
    assert run("jobs", "log", "abc").stdout == "No log yet.\n"
    (queue.folder / "abc").mkdir()
    (queue.folder / "abc" / "log.txt").write_text("12:00:00 counted\n")

    assert "counted" in run("jobs", "log", "abc").stdout


@pytest.mark.parametrize("verb", ["cancel", "log"])
def test_a_job_that_is_not_there_is_told(run, queue, verb):
    answer = run("jobs", verb, "xyz")

    assert answer.exit_code == 2
    assert answer.stderr == "There is no job xyz: see `striate jobs list`.\n"
