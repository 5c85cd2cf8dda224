"""A download goes on where it was cut off, and is there only when it is right."""

from __future__ import annotations

import hashlib
import shutil
import socket
import threading
from collections import namedtuple

import pytest

from striate.errors import Cancelled, InputError, OfflineError, OutputError
from striate.jobs import JobContext
from striate.models import download as module
from striate.models.download import download

DATA = bytes(range(256)) * 12_000
SHA = hashlib.sha256(DATA).hexdigest()
MD5 = hashlib.md5(DATA).hexdigest()


class Ear:
    def __init__(self):
        self.progress = []

    def on_progress(self, done, total, text):
        self.progress.append((done, total, text))


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0)


@pytest.fixture
def server(file_server):
    file_server.files["weights.bin"] = DATA
    return file_server


@pytest.fixture
def target(tmp_path):
    return tmp_path / "models" / "weights.bin"


def names_in(folder):
    return sorted(p.name for p in folder.iterdir())


def test_a_file_arrives_whole_and_alone(server, target):
    url = server.url("weights.bin")

    path = download(url, target, sha256=SHA, size=len(DATA))

    assert path == target
    assert target.read_bytes() == DATA
    assert names_in(target.parent) == ["weights.bin"]


def test_a_file_that_is_there_and_right_is_not_downloaded_again(server, target):
    target.parent.mkdir()
    target.write_bytes(DATA)

    download(server.url("weights.bin"), target, md5=MD5)

    assert server.asked == []


def test_a_file_that_is_there_and_wrong_is_replaced(server, target):
    target.parent.mkdir()
    target.write_bytes(b"an older version")

    download(server.url("weights.bin"), target, sha256=SHA.upper())

    assert target.read_bytes() == DATA


def test_a_connection_that_keeps_ending_early_gets_there_in_steps(server, target):
    server.cut_after = 1_300_000

    download(server.url("weights.bin"), target, sha256=SHA)

    assert target.read_bytes() == DATA
    assert len(server.asked) == 3
    assert server.sent <= len(DATA) + 2 * module.BLOCK


def test_cancelled_it_keeps_its_part_and_goes_on_from_there(server, target):
    asked = iter([False] * 9 + [True] * 99)
    ctx = JobContext(is_cancelled=lambda: next(asked))
    with pytest.raises(Cancelled):
        download(server.url("weights.bin"), target, sha256=SHA, ctx=ctx)
    part = target.with_name("weights.bin.part")
    kept = part.stat().st_size
    assert 0 < kept < len(DATA)
    assert not target.exists()

    download(server.url("weights.bin"), target, sha256=SHA)

    assert server.asked == [None, f"bytes={kept}-"]
    assert target.read_bytes() == DATA


def test_a_part_of_another_version_is_thrown_away(server, target):
    target.parent.mkdir()
    target.with_name("weights.bin.part").write_bytes(b"x" * 1000)

    download(server.url("weights.bin"), target, sha256=SHA)

    assert server.asked == ["bytes=1000-", None]
    assert target.read_bytes() == DATA


@pytest.mark.parametrize("extra", [0, 500])
def test_a_part_as_long_as_the_file_or_longer(server, target, extra):
    target.parent.mkdir()
    target.with_name("weights.bin.part").write_bytes(DATA + b"x" * extra)

    download(server.url("weights.bin"), target, sha256=SHA)

    assert target.read_bytes() == DATA


def test_a_server_without_ranges_sends_it_from_the_start(server, target):
    server.ranges = False
    target.parent.mkdir()
    target.with_name("weights.bin.part").write_bytes(DATA[:1000])

    download(server.url("weights.bin"), target, sha256=SHA)

    assert target.read_bytes() == DATA


def test_a_server_that_does_not_say_how_long_it_is(server, target):
    server.says_length = False

    download(server.url("weights.bin"), target, sha256=SHA)

    assert target.read_bytes() == DATA


def test_a_busy_server_is_asked_again(server, target):
    server.statuses = [503, 429]

    download(server.url("weights.bin"), target, sha256=SHA)

    assert target.read_bytes() == DATA


def test_progress_counts_megabytes_to_the_end(server, target):
    ear = Ear()

    download(server.url("weights.bin"), target, ctx=JobContext(ear))

    done, total, text = ear.progress[-1]
    assert done == total == pytest.approx(3.072)
    assert text == "Downloading weights.bin (MB)"


# ---- What can go wrong


def test_a_wrong_checksum_leaves_nothing_and_says_so(server, target):
    with pytest.raises(InputError) as caught:
        download(server.url("weights.bin"), target, sha256="0" * 64)

    assert f"sha256 {SHA} instead of {'0' * 64}" in str(caught.value)
    assert str(target) in str(caught.value)
    assert names_in(target.parent) == []


def test_a_file_of_another_size_is_refused_before_it_is_transferred(server, target):
    with pytest.raises(InputError, match="3,072,000 bytes and 7 were expected"):
        download(server.url("weights.bin"), target, size=7)

    assert server.sent <= len(DATA)
    assert names_in(target.parent) == []


def test_offline_names_the_url_and_the_file_to_place(target):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/weights.bin"

    with pytest.raises(OfflineError) as caught:
        download(url, target, sha256=SHA)

    assert str(caught.value) == (
        f"weights.bin is not on this machine and {url} cannot be downloaded (no "
        "connection): fetch that file where there is a connection and place it as "
        f"{target}."
    )
    assert names_in(target.parent) == []


def test_a_file_that_the_server_lacks_is_asked_for_once(server, target):
    with pytest.raises(OfflineError, match="the server answers 404"):
        download(server.url("nothing.bin"), target)

    assert len(server.asked) == 1


def test_a_full_disk_is_noticed_before_anything_is_written(server, target, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 9, 1))

    with pytest.raises(OutputError, match=r"needs 0\.0 GB: free some space"):
        download(server.url("weights.bin"), target, sha256=SHA)

    assert names_in(target.parent) == []


def test_a_disk_that_takes_no_more_is_said_in_one_sentence(
    server, target, largest_file
):
    expected = pytest.raises(OutputError, match="files of this size are not allowed")
    with largest_file(2_000_000), expected:
        download(server.url("weights.bin"), target, sha256=SHA)
    assert not target.exists()


def test_a_folder_that_cannot_be_made(server, tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(OutputError, match="could not be written"):
        download(server.url("weights.bin"), tmp_path / "file" / "weights.bin")


def test_a_folder_that_may_not_be_written_to(server, read_only_folder):
    target = read_only_folder / "weights.bin"

    with pytest.raises(OutputError, match="cannot be written to"):
        download(server.url("weights.bin"), target)


def test_two_at_once_download_it_once(server, target):
    url, threads = server.url("weights.bin"), []
    for _ in range(4):
        threads.append(
            threading.Thread(target=download, args=(url, target), kwargs={"md5": MD5})
        )

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert server.asked == [None]
    assert target.read_bytes() == DATA
