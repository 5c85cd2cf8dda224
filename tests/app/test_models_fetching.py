"""From a card to a file: placed by hand, in the hub's cache, from the hub or a URL."""

from __future__ import annotations

import hashlib
import os
import socket

import pytest
from huggingface_hub import constants

from striate.errors import InputError, OfflineError
from striate.jobs import JobContext
from striate.models import ModelCard, download, fetch, find_here, place_of

DATA = b"weights" * 1000
SHA = hashlib.sha256(DATA).hexdigest()
COMMIT = "b" * 40
HUB = {"repo": "lab/net", "revision": COMMIT, "file": "net.safetensors"}
HUB_FILE = f"lab/net/resolve/{COMMIT}/net.safetensors"


class Ear:
    def __init__(self):
        self.lines = []

    def on_log(self, text, level):
        self.lines.append((level, text))

    def on_progress(self, done, total, text):
        """Not of interest here."""


def make(source, **more):
    facts = {"id": "net", "title": "Net", "task": "test", "licence": "MIT"}
    return ModelCard(source=source, **(facts | more))


@pytest.fixture(autouse=True)
def hub_cache(tmp_path, monkeypatch):
    """Keep the person's own hub cache, login and mirror out of the tests."""
    folder = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(download, "PAUSE", 0)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    return folder


def use_hub(monkeypatch, address):
    template = f"{address.rstrip('/')}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    name = "HUGGINGFACE_CO_URL_TEMPLATE"
    monkeypatch.setattr(constants, name, template)


@pytest.fixture
def hub(file_server, monkeypatch):
    """Stand in for the hub: a web server with the hub's headers."""
    use_hub(monkeypatch, file_server.url(""))
    file_server.files[HUB_FILE] = DATA
    file_server.headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{SHA}"'}
    return file_server


@pytest.fixture
def no_net(monkeypatch):
    """Point the hub to a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    use_hub(monkeypatch, address)
    return address


def place(card, data=DATA):
    path = place_of(card)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return path


# ---- What is here


def test_a_local_file_is_used_where_it_lies(tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_bytes(DATA)

    assert fetch(make({"path": path}, sha256=SHA)) == path


def test_a_local_file_that_is_missing_or_wrong(tmp_path):
    path = tmp_path / "net.safetensors"
    card = make({"path": path}, sha256=SHA)
    with pytest.raises(InputError, match=r"should lie in .* and does not"):
        fetch(card)

    path.write_bytes(DATA[:-1])

    with pytest.raises(InputError, match=r"is not the file that the card of net"):
        fetch(card)


def test_a_file_placed_by_hand_needs_no_network(no_net, own_home):
    card = make(HUB, sha256=SHA)

    path = place(card)

    assert path == own_home / "data" / "models" / "net" / "net.safetensors"
    assert fetch(card) == path


def test_a_file_in_the_cache_of_the_hub_is_used(no_net, hub_cache):
    snapshot = hub_cache / "models--lab--net" / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (snapshot / "net.safetensors").write_bytes(DATA)

    assert fetch(make(HUB, sha256=SHA)) == snapshot / "net.safetensors"


def test_another_revision_in_the_cache_of_the_hub_is_not(no_net, hub_cache):
    snapshot = hub_cache / "models--lab--net" / "snapshots" / ("c" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / "net.safetensors").write_bytes(DATA)

    assert find_here(make(HUB)) is None


def test_a_large_file_is_hashed_once_and_again_when_it_changes():
    card = make(HUB, sha256=SHA)
    path = place(card)
    assert find_here(card) == path

    # The same size and time: only what is remembered can tell that it was right.
    times = path.stat()
    path.write_bytes(DATA[::-1])
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert find_here(card) == path

    os.utime(path)
    assert find_here(card) is None


# ---- What is not


def test_the_hub_gives_address_login_and_checksum(hub):
    card = make(HUB)

    path = fetch(card)

    assert path == place_of(card)
    assert path.read_bytes() == DATA
    assert hub.logins == ["Bearer hf_secret"]


def test_a_file_other_than_the_hub_promised_is_refused(hub):
    hub.headers["ETag"] = f'"{"0" * 64}"'

    with pytest.raises(InputError, match="is not the file expected"):
        fetch(make(HUB))

    assert list(place_of(make(HUB)).parent.iterdir()) == []


def test_a_file_other_than_the_card_describes_is_refused(hub):
    with pytest.raises(InputError, match="is not the file expected"):
        fetch(make(HUB, sha256="0" * 64))


def test_a_small_file_of_the_hub_has_no_sha256(hub):
    hub.headers["ETag"] = '"0123456789abcdef0123456789abcdef01234567"'

    assert fetch(make(HUB)).read_bytes() == DATA


def test_a_damaged_file_is_replaced_and_that_is_logged(hub):
    ear = Ear()
    card = make(HUB, sha256=SHA)
    path = place(card, DATA[:500])

    assert fetch(card, JobContext(ear)).read_bytes() == DATA
    assert ear.lines == [("warning", f"{path} is not the file of net; replaced.")]


def test_offline_names_the_file_to_place(no_net):
    card = make(HUB)

    with pytest.raises(OfflineError) as caught:
        fetch(card)

    assert str(caught.value) == (
        f"The model net is not on this machine and {no_net}/{HUB_FILE} cannot be "
        "downloaded (no connection): fetch that file where there is a connection and "
        f"place it as {place_of(card)}."
    )


def test_what_the_hub_lacks_is_said(hub):
    hub.files.clear()

    with pytest.raises(OfflineError, match="the hub answers 404"):
        fetch(make(HUB))


def test_terms_to_accept_are_said(hub):
    hub.statuses = [403]
    hub.headers["X-Error-Code"] = "GatedRepo"

    with pytest.raises(OfflineError) as caught:
        fetch(make(HUB))

    assert "https://huggingface.co/lab/net" in str(caught.value)
    assert str(place_of(make(HUB))) in str(caught.value)


def test_a_hub_that_was_switched_off(hub, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)

    with pytest.raises(OfflineError, match="HF_HUB_OFFLINE is set"):
        fetch(make(HUB))


def test_a_url(file_server):
    file_server.files["net.pt"] = DATA
    card = make({"url": file_server.url("net.pt")}, sha256=SHA, size=len(DATA))

    path = fetch(card)

    assert path == place_of(card)
    assert path.read_bytes() == DATA
    assert fetch(card) == path
    assert len(file_server.asked) == 1
