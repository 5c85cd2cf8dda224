"""Weights are numbers: a file that brings code is refused, and nothing of it runs."""

from __future__ import annotations

import io
import pickle
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from striate.errors import InputError
from striate.models import load_weights

pytestmark = pytest.mark.filterwarnings("ignore:Detected pickle protocol")
TENSORS = {"head.weight": torch.arange(6.0).reshape(2, 3), "head.bias": torch.zeros(2)}


def same(left, right):
    return left.keys() == right.keys() and all(
        torch.equal(left[name], right[name]) for name in left
    )


def test_safetensors(tmp_path):
    path = tmp_path / "net.safetensors"
    save_file(TENSORS, path)

    assert same(load_weights(path), TENSORS)


@pytest.mark.parametrize("new_zip", [True, False])
def test_a_torch_file_old_and_new(tmp_path, new_zip):
    path = tmp_path / "net.pt"
    torch.save(TENSORS, path, _use_new_zipfile_serialization=new_zip)

    assert same(load_weights(path), TENSORS)


def test_the_content_decides_and_not_the_name(tmp_path):
    path = tmp_path / "net.pt"
    save_file(TENSORS, path)

    assert same(load_weights(path), TENSORS)


def test_a_checkpoint_keeps_the_plain_values_around_its_tensors(tmp_path):
    path = tmp_path / "epoch.ckpt"
    hyper = {"num_heads": 2, "name": "vit", "sizes": [16, 224]}
    torch.save({"state_dict": TENSORS, "hyper_parameters": hyper, "epoch": 7}, path)

    loaded = load_weights(path)

    assert same(loaded["state_dict"], TENSORS)
    assert loaded["hyper_parameters"] == hyper
    assert loaded["epoch"] == 7


def test_weights_go_to_the_device_asked_for(tmp_path):
    path = tmp_path / "net.pt"
    torch.save(TENSORS, path)

    assert load_weights(path, device="meta")["head.bias"].device.type == "meta"


# ---- What is refused


class Evil:
    """Touches a file when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (open, (self.mark, "w"))


@pytest.mark.parametrize("new_zip", [True, False])
def test_code_in_a_torch_file_does_not_run(tmp_path, new_zip):
    mark, path = tmp_path / "ran", tmp_path / "net.pt"
    torch.save(
        {"weight": torch.zeros(2), "extra": Evil(str(mark))},
        path,
        _use_new_zipfile_serialization=new_zip,
    )

    with pytest.raises(InputError) as caught:
        load_weights(path)

    assert not mark.exists()
    assert "holds Python code" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bare_pickle_does_not_run(tmp_path):
    mark, path = tmp_path / "ran", tmp_path / "net.pkl"
    path.write_bytes(pickle.dumps({"extra": Evil(str(mark))}))

    with pytest.raises(InputError, match="is not loaded"):
        load_weights(path)

    assert not mark.exists()


def test_a_whole_module_is_refused(tmp_path):
    path = tmp_path / "net.pt"
    torch.save(torch.nn.Linear(2, 2), path)

    with pytest.raises(InputError, match="holds Python code"):
        load_weights(path)


def test_one_tensor_without_a_name_is_refused(tmp_path):
    path = tmp_path / "net.pt"
    torch.save(torch.zeros(3), path)

    with pytest.raises(InputError, match="one Tensor and no named weights"):
        load_weights(path)


def cut(save, path, share):
    save(TENSORS | {"large": torch.zeros(5000)}, path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


@pytest.mark.parametrize("save", [save_file, torch.save])
@pytest.mark.parametrize("share", [0.002, 0.1, 0.9])
def test_a_file_that_was_cut_off_is_refused(tmp_path, save, share):
    path = tmp_path / "net"
    cut(save, path, share)

    with pytest.raises(InputError) as caught:
        load_weights(path)

    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def other_files():
    array = io.BytesIO()
    np.save(array, np.zeros(3))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("readme.txt", "hello")
    yield "array.npy", array.getvalue()
    yield "page.html", b"<!DOCTYPE html><p>Please log in.</p>"
    yield "archive.zip", archive.getvalue()
    yield "empty.pt", b""


@pytest.mark.parametrize(("name", "content"), list(other_files()))
def test_a_file_of_another_kind_is_refused(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(InputError, match=name):
        load_weights(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="cannot be opened: No such file"):
        load_weights(tmp_path / "net.pt")
