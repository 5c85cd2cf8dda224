"""A Stable Diffusion of a few thousand numbers, in the layout that is published."""

from __future__ import annotations

import json
import warnings

import numpy as np


def save_tiny(folder, *, prediction="epsilon", safe=True):
    """Write a randomly initialised StableDiffusionPipeline."""
    import diffusers
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(0)
    pipe = diffusers.StableDiffusionPipeline(
        vae=tiny_vae(), unet=tiny_unet(), tokenizer=tiny_tokenizer(folder / "words"),
        text_encoder=CLIPTextModel(CLIPTextConfig(
            vocab_size=514, hidden_size=16, intermediate_size=32, num_hidden_layers=1,
            num_attention_heads=2, max_position_embeddings=12, eos_token_id=513,
            bos_token_id=512, pad_token_id=513,
        )).eval(),
        scheduler=diffusers.PNDMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
            skip_prk_steps=True, steps_offset=1, prediction_type=prediction,
        ),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    place = folder / "model"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipe.save_pretrained(place, safe_serialization=safe)
    return place


def tiny_unet(**changes):
    import diffusers

    options = {
        "sample_size": 8, "block_out_channels": (16, 32), "layers_per_block": 1,
        "cross_attention_dim": 16, "norm_num_groups": 8, "attention_head_dim": 4,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
    }  # fmt: skip
    return diffusers.UNet2DConditionModel(**(options | changes)).eval()


def tiny_vae():
    import diffusers

    return diffusers.AutoencoderKL(
        block_out_channels=(8, 16), norm_num_groups=4, latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
    ).eval()  # fmt: skip


def tiny_tokenizer(folder):
    """Byte by byte, as CLIP's begins."""
    from transformers import CLIPTokenizer

    letters = [chr(k) for k in (*range(33, 127), *range(161, 173), *range(174, 256))]
    letters += [chr(256 + k) for k in range(256 - len(letters))]
    words = letters + [f"{c}</w>" for c in letters]
    words += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True)
    vocabulary = {w: k for k, w in enumerate(words)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    return CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=12
    )


class ColourEncoder:
    """An encoder whose three numbers are a picture's mean red, green and blue."""

    def __init__(self, name="colours"):
        from torch import nn

        from striate_cortex.encoders.contract import EncoderSpace

        self.space = EncoderSpace(name=name, dimension=3, text=False)
        self.size, self.dimension, self.device = 16, 3, "cpu"
        self.model = nn.Identity()

    def see(self, images, size=0):
        return images.mean((2, 3))

    def drive(self, images, w, size=0):
        return (self.see(images) @ w).mean()

    def embed_images(self, images):
        return np.stack([np.asarray(i, np.float32).mean((0, 1)) / 255 for i in images])
