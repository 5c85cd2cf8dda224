"""The device that was asked for, the best there is, or a sentence."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from striate.errors import InputError
from striate.models import choose_device


def test_the_cpu_is_always_there():
    assert choose_device("cpu") == "cpu"


def test_the_cpu_is_chosen_without_loading_torch():
    code = (
        "import sys; from striate.models.devices import choose_device; "
        "assert choose_device('cpu') == 'cpu'; print('torch' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stdout == "False\n"


@pytest.mark.parametrize("name", ["", "gpu", "cuda:", "cuda:x", "cpu:1", "CUDA"])
def test_a_name_that_is_no_device(name):
    with pytest.raises(InputError, match="use auto, cpu, cuda:0 or mps"):
        choose_device(name)


@pytest.mark.parametrize(
    ("cuda", "mps", "best"),
    [(1, True, "cuda"), (0, True, "mps"), (0, False, "cpu")],
)
def test_auto_takes_the_best_there_is(monkeypatch, cuda, mps, best):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    assert choose_device("auto") == best


def test_cards_are_counted_from_zero(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)

    assert choose_device("cuda") == "cuda"
    assert choose_device("cuda:1") == "cuda:1"
    with pytest.raises(InputError) as caught:
        choose_device("cuda:2")
    assert str(caught.value) == (
        "cuda:2 was asked for and this machine has 2 CUDA devices: use --device cpu."
    )


def test_mps_exists_on_apple_machines_only(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(InputError, match="no Apple GPU"):
        choose_device("mps")

    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device("mps") == "mps"
