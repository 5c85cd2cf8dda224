"""ChAda-ViT: the published layout, loaded strictly, giving what is described."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.channels.padded import forward_padded

import striate_channels
from striate.errors import InputError
from striate_channels.chadavit import ChAdaViT, ChAdaViTConfig, save_chadavit

SMALL = ChAdaViTConfig(
    depth=2, embed_dim=24, num_heads=3, ffn_dim=32, patch_size=8, img_size=32
)


@pytest.fixture
def small():
    torch.manual_seed(0)
    return ChAdaViT(SMALL).eval()


@pytest.fixture(scope="module")
def published():
    torch.manual_seed(1)
    return ChAdaViT().eval()


def images(*counts, size=32, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(c, size, size)).astype(np.float32) for c in counts]


# ---- The published layout


def test_the_published_shape_has_151_tensors_and_11341632_parameters(published):
    state = published.state_dict()
    assert len(state) == 151
    assert sum(v.numel() for v in state.values()) == 11_341_632
    assert {k: tuple(v.shape) for k, v in state.items()} == ChAdaViTConfig().shapes()
    assert state["pos_embed"].shape == (1, 1, 197, 192)
    assert state["blocks.11.self_attn.in_proj_weight"].shape == (576, 192)


def test_both_published_flavours_load_strictly_and_agree(published, tmp_path):
    state = published.state_dict()
    folder = tmp_path / "hub"
    folder.mkdir()
    save_file(state, folder / "model.safetensors")
    facts = {"depth": 12, "embed_dim": 192, "num_heads": 12, "patch_size": 16,
             "img_size": [224], "in_chans": 1, "max_number_channels": 10,
             "return_all_tokens": False, "model_type": "chadavit"}  # fmt: skip
    (folder / "config.json").write_text(json.dumps(facts))
    lightning = {f"backbone.{k}": v for k, v in state.items()}
    lightning |= {f"momentum_backbone.{k}": v + 1 for k, v in state.items()}
    lightning |= {"head.mlp.0.weight": torch.ones(2), "classifier.bias": torch.ones(2)}
    torch.save({"epoch": 3, "state_dict": lightning}, tmp_path / "last.ckpt")
    picture = images(2, size=64)

    with pytest.warns(UserWarning, match="12 attention heads"):
        from_hub = striate_channels.load_chadavit(folder)
    with pytest.warns(UserWarning, match="assumed"):
        from_lightning = striate_channels.load_chadavit(tmp_path / "last.ckpt")

    expected = published.embed(picture)
    np.testing.assert_array_equal(from_hub.embed(picture), expected)
    np.testing.assert_array_equal(from_lightning.embed(picture), expected)
    assert from_hub.origin["num_heads"] == 12


def test_the_number_of_heads_and_eps_can_be_chosen_and_are_recorded(small, tmp_path):
    folder = save_chadavit(small, tmp_path / "model")
    chosen = striate_channels.load_chadavit(folder, num_heads=2)
    assert chosen.origin["num_heads"] == 2
    assert chosen.origin["num_heads_from"] == "given"
    picture = images(2)
    assert not np.allclose(chosen.embed(picture), small.embed(picture), atol=1e-6)
    with pytest.raises(InputError, match="heads must divide"):
        striate_channels.load_chadavit(folder, num_heads=7)


def test_what_is_saved_is_loaded(small, tmp_path):
    folder = save_chadavit(small, tmp_path / "model")
    assert sorted(p.name for p in folder.iterdir()) == [
        "config.json",
        "model.safetensors",
    ]
    again = striate_channels.load_chadavit(folder / "model.safetensors")
    np.testing.assert_array_equal(again.embed(images(3)), small.embed(images(3)))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s: s.pop("blocks.1.linear2.bias"), "30 of the 31 tensors.*missing"),
        (lambda s: s.update(surplus=torch.ones(1)), "1 others .unknown surplus"),
        (lambda s: s.update(cls_token=torch.ones(1, 1, 7)), "cls_token of shape"),
        (lambda s: s.pop("token_learner.proj.weight"), "holds no ChAda-ViT"),
    ],
)
def test_a_wrong_checkpoint_is_refused(small, tmp_path, change, sentence):
    folder = save_chadavit(small, tmp_path / "model")
    state = load_file(folder / "model.safetensors")
    change(state)
    save_file(state, folder / "model.safetensors")
    with pytest.raises(InputError, match=sentence):
        striate_channels.load_chadavit(folder)


def test_a_momentum_encoder_alone_is_refused(small, tmp_path):
    state = {f"momentum_backbone.{k}": v for k, v in small.state_dict().items()}
    torch.save({"state_dict": state}, tmp_path / "only.ckpt")
    with pytest.raises(InputError, match="holds no ChAda-ViT"):
        striate_channels.load_chadavit(tmp_path / "only.ckpt")


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"not weights at all")
    with pytest.raises(InputError, match="holds no weights"):
        striate_channels.load_chadavit(path)


# ---- The definition


def test_the_first_tokens_are_what_the_description_says(small):
    """Conv of each channel + position + row of the channel; first the summary."""
    [image] = images(2)
    tokens = small.tokens(torch.from_numpy(image)[None])[0]
    weight, bias = small.token_learner.proj.weight, small.token_learner.proj.bias
    assert tokens.shape == (1 + 2 * 16, 24)
    torch.testing.assert_close(
        tokens[0], (small.cls_token + small.pos_embed[:, :, 0])[0, 0]
    )
    patch = torch.from_numpy(image[1, 8:16, 24:32])  # channel 1, row 1, column 3
    by_hand = (weight[:, 0] * patch).sum((1, 2)) + bias
    by_hand = (
        by_hand + small.pos_embed[0, 0, 1 + 1 * 4 + 3] + small.channel_token[0, 1, 0]
    )
    torch.testing.assert_close(tokens[1 + 16 + 1 * 4 + 3], by_hand)


def test_a_block_is_what_the_description_says(small):
    """h = n1(x + SA(n1 x)); y = n2(h + FF h), written out for one head of one token."""
    block = small.blocks[0]
    x = torch.randn(1, 5, 24)

    def norm(v, layer):
        centred = v - v.mean(-1, keepdim=True)
        variance = centred.pow(2).mean(-1, keepdim=True)
        return centred / (variance + 1e-5).sqrt() * layer.weight + layer.bias

    attn, n = block.self_attn, norm(x, block.norm1)[0]
    q, k, v = (n @ attn.in_proj_weight.T + attn.in_proj_bias).split(24, -1)
    mixed = torch.empty(5, 24)
    for head in range(3):
        own = slice(8 * head, 8 * head + 8)
        scores = (q[:, own] @ k[:, own].T / math.sqrt(8)).softmax(-1)
        mixed[:, own] = scores @ v[:, own]
    attended = mixed @ attn.out_proj.weight.T + attn.out_proj.bias
    h = norm(x[0] + attended, block.norm1)
    wide = (h @ block.linear1.weight.T + block.linear1.bias).clamp(min=0)
    y = norm(h + wide @ block.linear2.weight.T + block.linear2.bias, block.norm2)
    torch.testing.assert_close(block(x)[0], y, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("channels", range(1, 11))
def test_unpadded_equals_padded_for_every_channel_count(small, channels):
    picture = images(channels, seed=channels)
    ours = small.embed(picture)
    with torch.no_grad():
        theirs = forward_padded(small, [torch.from_numpy(p) for p in picture])
    assert ours.shape == (1, 24)
    np.testing.assert_allclose(ours, theirs.numpy(), atol=2e-5)


def test_a_mixed_batch_of_the_published_size_equals_the_padded_definition(published):
    mixed = images(3, 1, 2, 3, size=48)
    ours, patches = published.embed(mixed), published.embed(mixed, tokens=True)
    tensors = [torch.from_numpy(p) for p in mixed]
    with torch.no_grad():
        theirs = forward_padded(published, tensors)
        their_patches = forward_padded(published, tensors, tokens=True)
    np.testing.assert_allclose(ours, theirs.numpy(), atol=2e-5)
    assert [len(p) for p in patches] == [27, 9, 18, 27]
    np.testing.assert_allclose(np.concatenate(patches), their_patches, atol=2e-5)


def test_a_black_channel_is_seen_and_is_not_the_same_as_none(small):
    [image] = images(1)
    with_black = np.concatenate([image, np.zeros_like(image)])
    assert not np.allclose(small.embed([image]), small.embed([with_black]), atol=1e-4)


def test_the_order_of_channels_matters_and_the_order_of_images_does_not(small):
    first, second = images(2, 2)
    both = small.embed([first, second])
    np.testing.assert_allclose(small.embed([second, first]), both[::-1], atol=1e-6)
    assert not np.allclose(small.embed([first[::-1].copy()])[0], both[0], atol=1e-4)


def test_without_channel_rows_the_order_of_channels_does_not_matter(small):
    small.channel_token.data.zero_()
    [image] = images(3)
    turned = small.embed([image[[2, 0, 1]].copy()])
    np.testing.assert_allclose(turned, small.embed([image]), atol=1e-5)


def test_images_of_different_size_go_through_together(small):
    pictures = [*images(2, size=32), *images(1, size=40), *images(3, size=35)]
    patches = small.embed(pictures, tokens=True)
    assert [p.shape for p in patches] == [(32, 24), (25, 24), (48, 24)]
    for one, picture in zip(small.embed(pictures), pictures, strict=True):
        np.testing.assert_allclose(one, small.embed([picture])[0], atol=1e-6)


def test_positions_of_another_size_keep_their_corners_apart(small):
    _, places = small._positions(6, 3)
    assert places.shape == (1, 1, 18, 24)
    grid = small.pos_embed[0, 0, 1:].reshape(4, 4, 24)
    first, last = places[0, 0, 0], places[0, 0, -1]
    assert torch.dist(first, grid[0, 0]) < torch.dist(first, grid[3, 3])
    assert torch.dist(last, grid[3, 3]) < torch.dist(last, grid[0, 0])


def test_no_image_gives_an_empty_table(small):
    assert small.embed([]).shape == (0, 24)


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (np.zeros((0, 32, 32)), "0 channels: this model takes 1 to 10"),
        (np.zeros((11, 32, 32)), "11 channels"),
        (np.zeros((2, 7, 32)), "smaller than one patch of 8 x 8"),
        (np.full((1, 32, 32), np.nan), "not finite"),
        (np.zeros((32, 32)), "must be"),
        (np.zeros((1, 32, 32), complex), "not numbers"),
    ],
)
def test_bad_images_are_refused_in_one_sentence(small, bad, sentence):
    with pytest.raises(InputError, match=sentence):
        small.embed([bad])


# ---- Attention


def test_attention_maps_are_shares_of_the_real_softmax(small):
    [image] = images(3)
    maps = striate_channels.chadavit.attention_maps(small, image)
    assert maps.space.shape == (3, 4, 4)
    assert maps.between.shape == (3, 3)
    assert maps.block == 1
    assert 0.9 < maps.space.sum() < 1.0  # the rest is the summary's own
    assert ((maps.between.sum(1) > 0.9) & (maps.between.sum(1) < 1)).all()
    x = small.blocks[0](small.tokens(torch.from_numpy(image)[None]))
    n = small.blocks[1].norm1(x)
    _, weights = small.blocks[1].self_attn(n, n, n, average_attn_weights=True)
    np.testing.assert_allclose(
        maps.space.ravel(), weights[0, 0, 1:].detach(), atol=1e-6
    )
    inner = weights[0, 1:, 1:].detach().reshape(3, 16, 3, 16).sum(3).mean(1)
    np.testing.assert_allclose(maps.between, inner, atol=1e-6)


def test_attention_of_a_patch_that_is_not_there_is_refused(small):
    with pytest.raises(InputError, match="does not exist"):
        striate_channels.chadavit.attention_maps(small, *images(2), query=(2, 0, 0))
