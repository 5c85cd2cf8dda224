"""One contract, two policies: all channels at once, or one after the other."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from striate.errors import InputError, MissingDependencyError
from striate.jobs import JobContext
from striate_channels import load_chadavit
from striate_channels.embedders import BagOfChannels, open_embedder
from striate_channels.embedders.vit import PlainViT, ViTShape
from striate_channels.embedders.vit_loading import load_vit

SHAPE = ViTShape(dim=16, depth=2, heads=2, ffn=32, patch=8, grid=4)


@pytest.fixture
def vit():
    torch.manual_seed(0)
    model = PlainViT(SHAPE).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return model.requires_grad_(False)


def images(*counts, size=32, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(c, size, size)).astype(np.float32) for c in counts]


def card_for(path, tmp_path, **details):
    card = {"id": "own", "title": "Own", "task": "channels.embed", "licence": "MIT",
            "source": {"path": str(path)}, "details": details}  # fmt: skip
    place = tmp_path / "own.json"
    place.write_text(json.dumps(card))
    return str(place)


# ---- Joint


def test_the_joint_policy_is_the_model_itself(tiny):
    embedder = open_embedder(str(tiny))
    pictures = images(1, 3)
    expected = load_chadavit(tiny).embed(pictures)
    np.testing.assert_array_equal(embedder.embed(pictures), expected)
    assert embedder.space.policy == "joint"
    assert (embedder.space.dimension, embedder.space.max_channels) == (16, 10)
    assert embedder.space.model["num_heads"] == 2


def test_the_default_ships_and_says_what_it_is():
    space = open_embedder().space
    assert space.name == "chada-tiny"
    assert space.simulated_training


def test_the_warning_about_heads_reaches_the_log(tmp_path):
    from striate_channels.chadavit import ChAdaViT, save_chadavit

    folder = save_chadavit(ChAdaViT(), tmp_path / "published")
    said = []

    class Ear:
        def on_progress(self, done, total, text): ...
        def on_partial(self, value): ...
        def on_log(self, text, level):
            said.append((level, text))

    open_embedder(str(folder), ctx=JobContext(Ear()))
    assert said[0][0] == "warning"
    assert "attention heads" in said[0][1]


# ---- Bag of channels


def test_a_bag_pools_the_vectors_of_its_channels(vit):
    [picture] = images(3)
    one_by_one = [vit(torch.from_numpy(c)[None, None])[0].numpy()[0] for c in picture]
    bag = BagOfChannels(vit, "own")
    np.testing.assert_allclose(
        bag.embed([picture])[0], np.mean(one_by_one, 0), atol=1e-5
    )
    joined = BagOfChannels(vit, "own", pooling="concatenate").embed([picture])
    np.testing.assert_allclose(joined[0], np.concatenate(one_by_one), atol=1e-5)
    assert bag.space.policy == "bag of channels"


def test_a_mean_bag_does_not_mind_the_order_of_channels(vit):
    [picture] = images(3)
    bag = BagOfChannels(vit, "own")
    turned = picture[[2, 0, 1]].copy()
    np.testing.assert_allclose(bag.embed([turned]), bag.embed([picture]), atol=1e-5)


def test_a_concatenated_bag_needs_equally_many_channels(vit):
    bag = BagOfChannels(vit, "own", pooling="concatenate")
    with pytest.raises(InputError, match="equally many channels"):
        bag.embed(images(1, 2))


def test_a_bag_takes_more_than_ten_channels_and_any_size(vit):
    bag = BagOfChannels(vit, "own")
    vectors = bag.embed([*images(12), *images(2, size=40)])
    assert vectors.shape == (2, 16)
    tokens = bag.embed_tokens([*images(2), *images(1, size=40)])
    assert [t.shape for t in tokens] == [(32, 16), (25, 16)]


def test_a_model_for_rgb_sees_the_channel_three_times():
    torch.manual_seed(0)
    shape = ViTShape(dim=16, depth=1, heads=2, ffn=32, patch=8, grid=4, in_channels=3)
    model = PlainViT(shape).eval()
    [picture] = images(1)
    same = torch.from_numpy(np.repeat(picture, 3, 0))[None]
    with torch.no_grad():
        expected = model(same)[0].numpy()
    found = BagOfChannels(model, "rgb").embed([picture])
    np.testing.assert_allclose(found, expected, atol=1e-5)


# ---- Layouts


def test_a_plain_block_is_the_usual_pre_norm_block(vit):
    """Against torch's own layer with norm_first and GELU."""
    block = vit.blocks[0]
    layer = torch.nn.TransformerEncoderLayer(
        16, 2, 32, 0.0, "gelu", 1e-6, batch_first=True, norm_first=True
    ).eval()
    names = {"self_attn.in_proj": "attn.qkv", "self_attn.out_proj": "attn.proj",
             "linear1": "mlp.fc1", "linear2": "mlp.fc2"}  # fmt: skip
    own, state = block.state_dict(), {}
    for name in layer.state_dict():
        source = name.replace("in_proj_", "in_proj.")
        for theirs, ours in names.items():
            source = source.replace(theirs, ours)
        state[name] = own[source]
    layer.load_state_dict(state)
    x = torch.randn(2, 5, 16)
    with torch.no_grad():
        torch.testing.assert_close(block(x), layer(x), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("layout", ["timm", "dino", "chunked", "hugging face"])
def test_each_published_layout_loads_to_the_same_network(vit, tmp_path, layout):
    state = vit.state_dict()
    if layout == "dino":
        state = {f"teacher.backbone.{k}": v for k, v in state.items()}
        state["teacher.head.mlp.weight"] = torch.ones(1)
    elif layout == "chunked":
        state = {k.replace("blocks.", "blocks.0."): v for k, v in state.items()}
        state["mask_token"] = torch.ones(1, 16)
    elif layout == "hugging face":
        state = to_hugging_face(state)
    save_file({k: v.contiguous() for k, v in state.items()}, tmp_path / "w.safetensors")
    loaded = load_vit(tmp_path / "w.safetensors", {"num_heads": 2})
    picture = images(2)
    np.testing.assert_allclose(
        BagOfChannels(loaded, "a").embed(picture),
        BagOfChannels(vit, "b").embed(picture),
        atol=1e-6,
    )


def to_hugging_face(state):
    """Rename as transformers' ViTModel does."""
    names = {
        "cls_token": "embeddings.cls_token",
        "pos_embed": "embeddings.position_embeddings",
        "patch_embed.proj.": "embeddings.patch_embeddings.projection.",
    }
    inner = {
        "norm1.": "layernorm_before.", "norm2.": "layernorm_after.",
        "attn.proj.": "attention.output.dense.", "mlp.fc1.": "intermediate.dense.",
        "mlp.fc2.": "output.dense.",
    }  # fmt: skip
    out = {"pooler.dense.weight": torch.ones(1)}
    for name, value in state.items():
        if ".attn.qkv." in name:
            block, kind = name.split(".")[1], name.split(".")[-1]
            for which, part in zip(
                ("query", "key", "value"), value.chunk(3), strict=True
            ):
                out[f"encoder.layer.{block}.attention.attention.{which}.{kind}"] = part
            continue
        if name.startswith("blocks."):
            _, block, rest = name.split(".", 2)
            for ours, theirs in inner.items():
                rest = rest.replace(ours, theirs)
            out[f"encoder.layer.{block}.{rest}"] = value
            continue
        for ours, theirs in names.items():
            name = name.replace(ours, theirs)
        out[
            name.replace("norm.", "layernorm.") if name.startswith("norm.") else name
        ] = value
    return out


def test_a_card_alone_adds_a_model(vit, tmp_path):
    save_file(vit.state_dict(), tmp_path / "own.safetensors")
    name = card_for(
        tmp_path / "own.safetensors", tmp_path, architecture="vit", num_heads=2, size=32
    )
    embedder = open_embedder(name)
    assert embedder.space.size == 32
    assert embedder.embed(images(2)).shape == (1, 16)


def test_an_incomplete_or_foreign_network_is_refused(vit, tmp_path):
    state = vit.state_dict()
    state.pop("blocks.1.mlp.fc2.bias")
    save_file(state, tmp_path / "a.safetensors")
    with pytest.raises(InputError, match="1 tensors are missing"):
        load_vit(tmp_path / "a.safetensors", {"num_heads": 2})
    save_file({"conv.weight": torch.ones(1)}, tmp_path / "b.safetensors")
    with pytest.raises(InputError, match="no vision transformer"):
        load_vit(tmp_path / "b.safetensors", {})


def test_an_unknown_architecture_and_a_missing_timm_are_said(vit, tmp_path):
    save_file(vit.state_dict(), tmp_path / "own.safetensors")
    card = card_for(tmp_path / "own.safetensors", tmp_path, architecture="unet")
    with pytest.raises(InputError, match="architecture 'unet'"):
        open_embedder(card)
    card = card_for(
        tmp_path / "own.safetensors", tmp_path, architecture="timm", name="x"
    )
    try:
        import timm  # noqa: F401
    except ImportError:
        with pytest.raises(MissingDependencyError, match="pip install timm"):
            open_embedder(card)
