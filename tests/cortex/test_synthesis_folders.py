"""A diffusion model by card: licence first, then its files, safe ones only."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from striate.errors import InputError, OfflineError
from striate.jobs.context import JobContext, SilentListener
from striate.models import find_card, list_cards, place_of
from striate_cortex.synthesis.cards import DIFFUSION
from striate_cortex.synthesis.folders import choose_files, find_folder

NAME = "stable-diffusion-2-1-base"


class Told(SilentListener):
    def __init__(self):
        self.lines = []

    def on_progress(self, done, total, text):
        self.lines.append(text)

    def on_log(self, text, level):
        self.lines.append(f"{level}: {text}")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub on this machine that holds one model, and what it is asked for."""
    import huggingface_hub

    files = {
        "model_index.json": '{"_class_name": "X", "unet": ["diffusers", "A"], '
        '"tokenizer": ["transformers", "B"], "safety_checker": [null, null]}',
        "unet/config.json": "{}", "unet/diffusion_pytorch_model.safetensors": "weights",
        "unet/diffusion_pytorch_model.fp16.safetensors": "half",
        "tokenizer/merges.txt": "#version", "evil.py": "print()", "all.ckpt": "pickle",
    }  # fmt: skip
    root = tmp_path / "hub"
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("STRIATE_HOME", str(tmp_path / "home"))
    listed = [SimpleNamespace(rfilename=n, size=len(t), lfs=None)
              for n, t in files.items()]  # fmt: skip
    monkeypatch.setattr(
        huggingface_hub.HfApi, "model_info",
        lambda *_, **__: SimpleNamespace(siblings=listed),
    )  # fmt: skip
    monkeypatch.setattr(huggingface_hub, "hf_hub_download",
                        lambda *_, **__: str(root / "model_index.json"))  # fmt: skip
    monkeypatch.setattr(
        huggingface_hub, "hf_hub_url",
        lambda _, name, **__: f"http://127.0.0.1:{server.server_port}/{name}",
    )  # fmt: skip
    yield server
    server.shutdown()


def test_a_model_is_downloaded_once_and_its_licence_is_told_before(hub):
    told = Told()

    folder, card, details = find_folder(NAME, JobContext(told))

    assert folder == place_of(find_card(NAME, DIFFUSION)).parent
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.*")) == [
        "model_index.json", "tokenizer/merges.txt", "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
    ]  # fmt: skip
    assert told.lines[0].startswith("warning: Downloading Stable Diffusion 2.1 base")
    assert "CreativeML Open RAIL++-M" in told.lines[0]
    assert card["licence"] == "CreativeML Open RAIL++-M"
    assert details["guided"]
    hub.shutdown()
    # It is here now: no hub is asked.
    again = Told()
    assert find_folder(NAME, JobContext(again))[0] == folder
    assert again.lines == []


def test_offline_it_says_which_folder_goes_where(tmp_path, monkeypatch):
    import huggingface_hub

    def unreachable(*_, **__):
        raise OSError("no route")

    monkeypatch.setenv("STRIATE_HOME", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", unreachable)
    with pytest.raises(OfflineError, match="sd2-community") as told:
        find_folder("")
    assert "model_index.json" in str(told.value)
    assert str(place_of(find_card(NAME, DIFFUSION)).parent) in str(told.value)
    with pytest.raises(OfflineError, match="name its folder"):
        find_folder("someone/some-model")


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(InputError, match=NAME):
        find_folder("nonsense")
    with pytest.raises(InputError, match="no diffusion model"):
        find_folder(str(tmp_path))


def test_of_a_hubs_files_only_what_is_safe_is_chosen():
    names = ["unet/a.safetensors", "unet/a.bin", "vae/b.fp16.safetensors", "vae/b.bin"]
    files = [SimpleNamespace(rfilename=n) for n in names]
    chosen = [f.rfilename for f in choose_files(files, ["unet", "vae"], "a/b")]
    # Half precision is better than none.
    assert chosen == ["unet/a.safetensors", "vae/b.fp16.safetensors"]
    with pytest.raises(InputError, match="pickle"):
        choose_files([SimpleNamespace(rfilename="unet/x.bin")], ["unet"], "a/b")


def test_cards_of_diffusion_say_what_they_may_be_used_for():
    cards = {c.id: c for c in list_cards(DIFFUSION)}
    assert [c.id for c in cards.values() if c.default] == [NAME]
    assert len(cards) >= 4
    for card in cards.values():
        assert card.licence != "not stated"
        assert card.recommended_use
        assert card.extra == "synthesis"
    assert not cards["flux-1-schnell"].details["guided"]
