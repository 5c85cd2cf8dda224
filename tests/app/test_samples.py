"""Samples ship, are painted, or are downloaded; whole and verified or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import pytest
from tests.app.job_parts import Ear
from typer.testing import CliRunner

from striate import samples
from striate.cli import app
from striate.errors import Cancelled, InputError, OfflineError, OutputError
from striate.jobs import JobContext, JobRequest, Supervisor
from striate.models import download as download_module
from striate.settings import data_dir
from striate.workspace import RemoteFile, Sample

STACK = bytes(range(256)) * 4_000
OPENS = "completely/train/R1.zarr"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(download_module, "PAUSE", 0)


def zipped(**more: bytes) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr(f"{OPENS}/.zgroup", "{}")
        bundle.writestr(f"{OPENS}/raw/0.0", STACK)
        for name, content in more.items():
            bundle.writestr(name, content)
    return memory.getvalue()


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def single(server, data: bytes = STACK, **facts) -> Sample:
    server.files["stack.tif"] = data
    facts = {"md5": md5(STACK), "bytes": len(STACK)} | facts
    file = RemoteFile(server.url("stack.tif"), **facts)
    return Sample("stack", "Stack", "A stack.", "CC0", "Us", files=(file,))


def archived(server, data: bytes, **facts) -> Sample:
    """Like the FISBe record: a zip whose size and digest its record states."""
    server.files["all.zip"] = data
    entry = {"key": "all.zip", "size": len(data), "checksum": f"md5:{md5(data)}"}
    record = {"id": 1, "files": [entry | facts]}
    server.files["api/records/1"] = json.dumps(record).encode()
    file = RemoteFile(
        server.url("all.zip"), record=server.url("api/records/1"), unpack=True
    )
    return Sample("all", "All", "Stacks.", "CC BY 4.0", "Them", files=(file,),
                  opens=OPENS)  # fmt: skip


def places() -> list[str]:
    return sorted(p.name for p in (data_dir() / "samples").iterdir())


# ---- Shipped and painted


def test_a_sample_that_ships_is_there_at_once():
    sample = Sample("cortex", "Cortex", "", "BSD-3-Clause", "",
                    path="brainbow_cortex/chroms_cortex_sample.tif")  # fmt: skip

    assert samples.how_to_get(sample) == "ships"
    assert samples.fetch(sample) == samples.ready_path(sample)
    assert samples.fetch(sample).stat().st_size > 1_000_000


def test_a_sample_that_its_maker_downloads_says_so():
    sample = Sample("brain", "Brain", "", "CC BY-SA 3.0", "", maker="some:maker",
                    downloads=True, bytes=310_000_000)  # fmt: skip

    assert samples.how_to_get(sample) == "download 310 MB"


def test_a_sample_missing_from_the_installation_says_so():
    sample = Sample("gone", "Gone", "", "CC0", "", path="gone.tif")

    with pytest.raises(Exception, match="reinstall Striate"):
        samples.fetch(sample)


def test_a_painted_sample_is_painted_once(tiny_plugin, monkeypatch):
    assert samples.ready_path(samples.find("dots")) is None

    path = samples.fetch("dots")
    path.write_text("painted once")

    assert path.parent.parent == data_dir() / "samples" / "dots"
    assert samples.fetch("dots").read_text() == "painted once"


def test_another_version_of_striate_paints_anew(tiny_plugin, monkeypatch):
    path = samples.fetch("dots")
    path.write_text("old")
    monkeypatch.setattr("striate.samples.fetching.__version__", "99")

    assert samples.fetch("dots").read_text() == "....."


def test_painting_that_is_cut_off_leaves_nothing():
    maker = "tests.app.tiny_workspace:paint_half"
    sample = Sample("half", "Half", "", "CC0", "", maker=maker)

    with pytest.raises(Cancelled):
        samples.fetch(sample)

    assert places() == []


def test_an_unknown_sample_names_the_nearest(tiny_plugin):
    with pytest.raises(InputError, match="did you mean 'dots'"):
        samples.find("dot")
    with pytest.raises(InputError, match=r"There are: .*dots"):
        samples.find("spaghetti")


# ---- Downloaded


def test_a_single_file_is_downloaded_verified_and_kept(file_server):
    sample = single(file_server)

    path = samples.fetch(sample)

    assert path == data_dir() / "samples" / "stack" / "stack.tif"
    assert path.read_bytes() == STACK
    assert places() == ["downloads", "stack", "stack.json"]
    assert not list((data_dir() / "samples" / "downloads").iterdir())
    asked = len(file_server.asked)
    assert samples.fetch(sample) == path
    assert len(file_server.asked) == asked


def test_an_archive_is_verified_by_its_record_and_unpacked(file_server):
    sample = archived(file_server, zipped())

    path = samples.fetch(sample)

    assert path == data_dir() / "samples" / "all" / OPENS
    assert (path / "raw" / "0.0").read_bytes() == STACK
    assert samples.ready_path(sample) == path


def test_a_download_that_was_cut_off_goes_on_where_it_was(file_server):
    sample = single(file_server)
    stopped = []

    class Impatient:
        def on_progress(self, done, total, text):
            stopped.append(done)

    ctx = JobContext(Impatient(), is_cancelled=lambda: bool(stopped))
    with pytest.raises(Cancelled):
        samples.fetch(sample, ctx)
    assert samples.ready_path(sample) is None
    assert file_server.asked == [None]

    assert samples.fetch(sample).read_bytes() == STACK
    assert file_server.asked[1].startswith("bytes=")


def test_a_connection_that_ends_early_is_taken_up_again(file_server):
    sample = single(file_server)
    file_server.cut_after = 300_000

    assert samples.fetch(sample).read_bytes() == STACK
    assert len(file_server.asked) == 4


def test_another_content_than_expected_is_refused_and_not_kept(file_server):
    sample = single(file_server, bytes(len(STACK)))

    with pytest.raises(InputError, match="is not the file expected"):
        samples.fetch(sample)

    assert samples.ready_path(sample) is None
    assert "stack" not in places()


def test_another_content_than_the_record_states_is_refused(file_server):
    sample = archived(file_server, zipped(), checksum="md5:" + "0" * 32)

    with pytest.raises(InputError, match="is not the file expected"):
        samples.fetch(sample)


@pytest.mark.parametrize(
    "record",
    [b"<html>", b"{}", b'{"files": []}', b'{"files": [{"key": "all.zip", "size": 1}]}'],
)
def test_a_record_that_states_nothing_is_told(file_server, record):
    sample = archived(file_server, zipped())
    file_server.files["api/records/1"] = record

    with pytest.raises(InputError, match=r"does not state what all\.zip is"):
        samples.fetch(sample)


def test_without_a_connection_the_file_to_place_is_named(file_server):
    sample = archived(file_server, zipped())
    file_server.close()
    place = data_dir() / "samples" / "downloads" / "all" / "all.zip"

    with pytest.raises(OfflineError) as error:
        samples.fetch(sample)

    assert sample.files[0].url in str(error.value)
    assert f"place it as {place}" in str(error.value)


def test_a_file_placed_by_hand_is_used_without_a_connection(file_server):
    sample = archived(file_server, zipped())
    file_server.close()
    place = data_dir() / "samples" / "downloads" / "all" / "all.zip"
    place.parent.mkdir(parents=True)
    place.write_bytes(zipped())

    assert (samples.fetch(sample) / "raw" / "0.0").read_bytes() == STACK


def test_a_server_without_the_file_is_named(file_server):
    sample = single(file_server)
    del file_server.files["stack.tif"]

    with pytest.raises(OfflineError, match="the server answers 404"):
        samples.fetch(sample)


def test_a_damaged_archive_is_told_and_nothing_is_left(file_server):
    data = zipped()
    at = data.index(b"raw/0.0") + 100
    damaged = data[:at] + bytes(50) + data[at + 50 :]
    sample = archived(file_server, damaged)

    with pytest.raises(InputError, match="no readable zip file"):
        samples.fetch(sample)

    assert "all" not in places()


@pytest.mark.parametrize("name", ["../escaped", "/escaped", "C:/escaped"])
def test_an_archive_cannot_write_outside_its_folder(file_server, name):
    sample = archived(file_server, zipped(**{name: b"x"}))

    with pytest.raises(InputError, match="outside its folder"):
        samples.fetch(sample)

    assert not list(data_dir().rglob("escaped"))


def test_an_archive_without_what_it_should_hold_is_told(file_server):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as bundle:
        bundle.writestr("readme.txt", "moved")
    sample = archived(file_server, memory.getvalue())

    with pytest.raises(InputError, match=r"does not hold completely/train/R1\.zarr"):
        samples.fetch(sample)


def test_no_room_to_unpack_is_told_before(file_server, monkeypatch):
    from striate.samples import unpacking

    sample = archived(file_server, zipped())
    monkeypatch.setattr(unpacking.shutil, "disk_usage", _Full)

    with pytest.raises(OutputError, match="GB free"):
        samples.fetch(sample)


class _Full:
    free = 700_000

    def __init__(self, _):
        pass


# ---- The doors


def test_samples_are_listed_in_the_terminal(tiny_plugin):
    answer = CliRunner().invoke(app, ["samples", "list"])

    assert "dots  [tiny, painted 2 MB, CC0]" in answer.stdout
    assert "Dots (semi-synthetic): Five dots." in answer.stdout
    listed = json.loads(CliRunner().invoke(app, ["samples", "list", "--json"]).stdout)
    dots = next(s for s in listed["samples"] if s["name"] == "dots")
    assert (dots["workspace"], dots["ready"]) == ("tiny", False)


def test_a_sample_is_fetched_in_the_terminal(tiny_plugin):
    answer = CliRunner().invoke(app, ["samples", "fetch", "dots", "--json"])

    path = str(data_dir() / "samples" / "dots" / "dots" / "dots.txt")
    assert json.loads(answer.stdout) == {"path": path, "name": "dots"}
    assert (
        "dots  [tiny, here, CC0]" in CliRunner().invoke(app, ["samples", "list"]).stdout
    )


def test_a_sample_is_fetched_by_a_job(tiny_plugin, tmp_path):
    supervisor = Supervisor(tmp_path / "jobs")
    ear = Ear(supervisor)
    try:
        job = supervisor.submit(
            JobRequest(kind="samples.fetch", params={"name": "dots"})
        )
        end = ear.wait(job)
    finally:
        supervisor.close()

    assert end[0] == "finished", end
    assert end[2]["path"] == str(samples.ready_path(samples.find("dots")))
    assert ("progress", job, 0.0, 1.0, "Painting dots") in ear.heard
