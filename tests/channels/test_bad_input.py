"""What ``striate channels embed`` says of input that is wrong, or only suspicious.

Refused input gives exit code 2, one sentence on stderr, and leaves no file. Suspicious
input is embedded and remarked on, in the log and in the stored provenance.
"""

from __future__ import annotations

import json

import imageio.v3 as imageio
import numpy as np
import pyarrow.parquet as pq
import pytest
import tifffile
import torch
from safetensors.torch import save_file

from striate.cli import main
from striate_channels.chadavit import ChAdaViT, save_chadavit


@pytest.fixture
def embed(capsys, tmp_path, tiny):
    """Return a function that embeds by CLI: exit code, the last line of stderr."""

    def run(image, *options, model=tiny):
        arguments = ("channels", "embed", image, "--out", tmp_path / "e.parquet",
                     "--model", model, *options)  # fmt: skip
        code = main([str(a) for a in arguments])
        said = capsys.readouterr().err.strip().splitlines()
        return code, said[-1] if said else ""

    return run


@pytest.fixture
def write(tmp_path):
    """Return a function that writes an array to a .npy file."""

    def to_file(array):
        np.save(tmp_path / "image.npy", array)
        return tmp_path / "image.npy"

    return to_file


def noise(*shape):
    return np.random.default_rng(0).poisson(30, shape).astype(np.uint16)


def remarks(tmp_path):
    record = json.loads((tmp_path / "e.parquet.provenance.json").read_text())
    vectors = pq.read_table(tmp_path / "e.parquet")["embedding"].to_pylist()
    assert np.isfinite(vectors).all()
    return " ".join(record["notes"]["remarks"])


# ---- Refused


@pytest.mark.parametrize(
    ("image", "options", "sentence"),
    [
        (noise(0, 40, 40), ("--axes", "CYX"), "is empty: its shape is (0, 40, 40)"),
        (noise(11, 40, 40), ("--axes", "CYX"), "has 11 channels"),
        (noise(5, 5), ("--size", "native"), "smaller than one patch"),
        (np.full((40, 40), np.nan), (), "holds no finite value"),
    ],
    ids=["0 channels", "11 channels", "smaller than a patch", "all NaN"],
)
def test_an_image_that_cannot_be_embedded_is_refused(
    embed, write, tmp_path, image, options, sentence
):
    code, said = embed(write(image), *options)
    assert code == 2
    assert sentence in said
    assert not list(tmp_path.glob("*e.parquet*"))


def test_labels_of_another_shape_are_refused(embed, write, tmp_path):
    tifffile.imwrite(tmp_path / "labels.tif", np.ones((40, 39), np.uint8))
    code, said = embed(write(noise(40, 40)), "--labels", tmp_path / "labels.tif")
    assert code == 2
    assert "(1, 40, 39)" in said
    assert "(1, 40, 40)" in said
    assert not list(tmp_path.glob("*e.parquet*"))


def foreign(folder):
    save_file({"conv1.weight": torch.zeros(4, 3, 7, 7)}, folder / "resnet.safetensors")
    return folder / "resnet.safetensors", "no token_learner among its 1 tensors"


def incomplete(folder):
    model = ChAdaViT()
    tensors = {k: v for k, v in model.state_dict().items() if "blocks.11" not in k}
    save_file(tensors, folder / "part.safetensors")
    return folder / "part.safetensors", "139 of the 151 tensors"


def of_another_size(folder):
    place = save_chadavit(ChAdaViT(), folder / "published")
    config = json.loads((place / "config.json").read_text())
    config["img_size"] = 64
    (place / "config.json").write_text(json.dumps(config))
    return place, "of shape"


def no_checkpoint(folder):
    (folder / "broken.safetensors").write_bytes(b"not weights")
    return folder / "broken.safetensors", "broken.safetensors"


@pytest.mark.parametrize("wrong", [foreign, incomplete, of_another_size, no_checkpoint])
@pytest.mark.filterwarnings("ignore:.*attention heads")
def test_a_wrong_checkpoint_is_refused(embed, write, tmp_path, wrong):
    model, sentence = wrong(tmp_path)
    code, said = embed(write(noise(40, 40)), model=model)
    assert code == 2
    assert sentence in said
    assert not list(tmp_path.glob("*e.parquet*"))


# ---- Embedded, and remarked on


def test_a_constant_channel_is_remarked_on(embed, write, tmp_path):
    image = noise(2, 40, 40)
    image[1] = 7
    assert embed(write(image), "--axes", "CYX")[0] == 0
    assert "channel 2 is constant and says nothing" in remarks(tmp_path)


def test_values_that_are_not_finite_are_remarked_on(embed, write, tmp_path):
    image = noise(40, 40).astype(np.float32)
    image[0, :3] = np.nan
    assert embed(write(image))[0] == 0
    assert "not finite (NaN or infinite) were replaced" in remarks(tmp_path)


def test_a_photograph_is_remarked_on(embed, tmp_path):
    from skimage.data import astronaut

    imageio.imwrite(tmp_path / "photo.png", astronaut()[:128, :128])
    assert embed(tmp_path / "photo.png")[0] == 0
    assert "looks like an RGB photograph" in remarks(tmp_path)


def test_twelve_bits_in_sixteen_are_harmless_unless_taken_as_they_are(
    embed, write, tmp_path
):
    """Normalised, 12-bit counts and the same times 16 give one vector."""
    image = noise(40, 40) * 100
    image.clip(0, 4095, out=image)
    vectors = []
    for counts in (image, image * np.uint16(16)):
        assert embed(write(counts), "--overwrite")[0] == 0
        assert "12-bit" not in remarks(tmp_path)
        vectors.append(pq.read_table(tmp_path / "e.parquet")["embedding"].to_pylist())
    np.testing.assert_allclose(*vectors, atol=1e-4)
    assert embed(write(image), "--normalise", "none", "--overwrite")[0] == 0
    assert "12-bit values in a 16-bit file" in remarks(tmp_path)
