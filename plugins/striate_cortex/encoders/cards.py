"""Cards of the encoders that are downloaded; a tokenizer has a card of its own."""

from __future__ import annotations

from striate.models.cards import HubSource, ModelCard, UrlSource

__all__ = ["TASK", "TOKENS", "cards"]

TASK = "cortex.encode"
TOKENS = "cortex.tokenizer"

_OPENAI = "3d74acf9a28c67741b2f4f2ea7635f0aaf6f0268"
_LAION = "7288da5a0d6f0b51c4a2b27c624837a9236d0112"
_SIGLIP2 = "75de2d55ec2d0b4efc50b3e9ad70dba96a7b2fa2"
_RESNET = "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec"


def cards() -> tuple[ModelCard, ...]:
    """Return the cards that come with Cortex."""
    clip, siglip = "openai/clip-vit-base-patch32", "google/siglip2-base-patch16-224"
    return (
        ModelCard(
            id="clip-vit-base-patch32",
            title="CLIP ViT-B/32 (OpenAI)",
            task=TASK,
            source=HubSource(repo=clip, revision=_OPENAI, file="pytorch_model.bin"),
            licence="MIT",
            description="512 dimensions; the encoder of BrainSCUBA.",
            recommended_use="The recommended encoder of images and texts.",
            extra="language",
            details={
                "family": "clip", "trained_by": "openai", "activation": "quick_gelu",
                "tokenizer": "clip-tokenizer",
            },
        ),
        ModelCard(
            id="clip-vit-b-16-laion2b",
            title="CLIP ViT-B/16 (LAION-2B)",
            task=TASK,
            source=HubSource(
                repo="laion/CLIP-ViT-B-16-laion2B-s34B-b88K", revision=_LAION,
                file="open_clip_model.safetensors",
            ),
            licence="MIT",
            description="512 dimensions; the encoder of BrainDiVE.",
            recommended_use="For BrainDiVE's checkpoints, and finer detail than B/32.",
            extra="language",
            details={
                "family": "clip", "trained_by": "laion", "activation": "gelu",
                "config": {"vision_config": {"patch_size": 16}},
                "tokenizer": "clip-tokenizer",
            },
        ),
        ModelCard(
            id="clip-tokenizer",
            title="CLIP's tokenizer",
            task=TOKENS,
            source=HubSource(repo=clip, revision=_OPENAI, file="tokenizer.json"),
            licence="MIT",
            description="How CLIP ViT-B/32 cuts texts into tokens.",
            recommended_use="With CLIP of OpenAI or LAION, for phrases.",
        ),
        ModelCard(
            id="siglip2-base-patch16-224",
            title="SigLIP 2 B/16 (Google)",
            task=TASK,
            source=HubSource(repo=siglip, revision=_SIGLIP2, file="model.safetensors"),
            licence="Apache-2.0",
            description="768 dimensions; stronger than CLIP ViT-B/32, 1.5 GB.",
            recommended_use="Where there is a GPU, or patience.",
            extra="language",
            details={
                "family": "siglip", "lowercase": True, "tokenizer": "siglip2-tokenizer",
                "config": {
                    "text_config": {
                        "vocab_size": 256000, "bos_token_id": 2, "eos_token_id": 1,
                        "pad_token_id": 0,
                    },
                },
            },
        ),
        ModelCard(
            id="siglip2-tokenizer",
            title="SigLIP 2's tokenizer",
            task=TOKENS,
            source=HubSource(repo=siglip, revision=_SIGLIP2, file="tokenizer.json"),
            licence="Apache-2.0",
            description="How SigLIP 2 cuts texts into tokens.",
            recommended_use="With SigLIP 2, for phrases.",
        ),
        ModelCard(
            id="resnet18-avgpool",
            title="ResNet-18 (torchvision)",
            task=TASK,
            source=UrlSource(
                url="https://download.pytorch.org/models/resnet18-f37072fd.pth"
            ),
            sha256=_RESNET,
            size=46_830_571,
            licence="BSD-3-Clause",
            description="512 averages of the last feature map; images only.",
            recommended_use="For the BOLD5000 samples, whose weights expect it.",
            details={"family": "resnet18"},
        ),
    )  # fmt: skip
