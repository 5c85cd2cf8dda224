"""A tiny model, pictures with a known answer, and labels for them."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
import torch

from striate_channels.chadavit import ChAdaViT, ChAdaViTConfig, save_chadavit

TINY = ChAdaViTConfig(
    depth=1, embed_dim=16, num_heads=2, ffn_dim=16, patch_size=8, img_size=32
)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A tiny random ChAda-ViT: 16 dimensions, patches of 8, pictures of 32."""
    torch.manual_seed(3)
    return save_chadavit(ChAdaViT(TINY), tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def stack(tmp_path):
    """A 2-channel stack of 3 planes with four bright squares, and their labels."""
    rng = np.random.default_rng(0)
    pixels = rng.poisson(20, (3, 2, 48, 64)).astype(np.uint16)  # ZCYX
    labels = np.zeros((3, 48, 64), np.uint16)
    for id, (y, x) in enumerate([(4, 4), (6, 30), (28, 8), (30, 44)], start=1):
        labels[0:2, y : y + 10, x : x + 12] = id
        pixels[0:2, id % 2, y : y + 10, x : x + 12] += 500 * id
    image, mask = tmp_path / "cells.tif", tmp_path / "cells_labels.tif"
    tifffile.imwrite(image, pixels, imagej=True, metadata={"axes": "ZCYX"})
    tifffile.imwrite(mask, labels, imagej=True, metadata={"axes": "ZYX"})
    return image, mask
