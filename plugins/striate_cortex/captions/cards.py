"""Cards of the models that write: CLIPCap, a captioner of pictures, a language model.

None is needed: without them captions are the library's, and keywords are counted.
"""

from __future__ import annotations

from striate.models.cards import HubSource, ModelCard, PathSource
from striate.settings import data_dir

__all__ = ["CAPTIONER", "DECODER", "KEYWORDER", "TOKENS", "cards"]

DECODER = "cortex.decode"
CAPTIONER = "cortex.caption"
KEYWORDER = "cortex.keywords"
TOKENS = "cortex.tokenizer"

_GPT2 = "607a30d783dfa663caf39e06633721c8d4cfcd7e"
_BLIP = "82a37760796d32b1411fe092ab5d4e227313294b"
_QWEN = "7ae557604adf67be50417f59c2c2f167def9a775"
_CHATML = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"


def cards() -> tuple[ModelCard, ...]:
    """Return the cards of models that write captions and keywords."""
    gpt2, blip = "openai-community/gpt2", "Salesforce/blip-image-captioning-base"
    qwen = "Qwen/Qwen2.5-0.5B-Instruct"
    return (
        ModelCard(
            id="clipcap-coco",
            title="CLIPCap, COCO (Mokady et al. 2021)",
            task=DECODER,
            # It is published in a drive whose files have no lasting address.
            source=PathSource(
                path=data_dir() / "models" / "clipcap-coco" / "coco_weights.pt"
            ),
            licence="MIT (code); trained on COCO captions (CC BY 4.0)",
            description="A sentence from a CLIP ViT-B/32 vector, by GPT-2; 636 MB. Get "
            "coco_weights.pt where github.com/rmokady/CLIP_prefix_caption says, or of "
            "akhaliq/CLIP-prefix-captioning-COCO-weights at Hugging Face.",
            recommended_use="With CLIP ViT-B/32: captions as in BrainSCUBA.",
            extra="language",
            citation="Mokady, Hertz and Bermano 2021",
            details={"space": "clip-vit-base-patch32", "tokenizer": "gpt2-tokenizer"},
        ),
        ModelCard(
            id="gpt2-tokenizer",
            title="GPT-2's tokenizer",
            task=TOKENS,
            source=HubSource(repo=gpt2, revision=_GPT2, file="tokenizer.json"),
            licence="MIT",
            description="How GPT-2 cuts texts into tokens.",
            recommended_use="With CLIPCap.",
        ),
        ModelCard(
            id="blip-image-captioning-base",
            title="BLIP base (Salesforce)",
            task=CAPTIONER,
            source=HubSource(repo=blip, revision=_BLIP, file="pytorch_model.bin"),
            licence="BSD-3-Clause",
            description="Captions pictures; 990 MB.",
            recommended_use="For libraries of pictures that have no captions.",
            extra="language",
            citation="Li et al. 2022",
            details={
                "family": "blip", "tokenizer": "blip-tokenizer", "size": 384,
                "config": {"text_config": {"num_attention_heads": 12}},
            },
        ),
        ModelCard(
            id="blip-tokenizer",
            title="BLIP's tokenizer",
            task=TOKENS,
            source=HubSource(repo=blip, revision=_BLIP, file="tokenizer.json"),
            licence="BSD-3-Clause",
            description="How BLIP cuts texts into tokens.",
            recommended_use="With BLIP.",
        ),
        ModelCard(
            id="qwen2.5-0.5b-instruct",
            title="Qwen 2.5 0.5B Instruct",
            task=KEYWORDER,
            source=HubSource(repo=qwen, revision=_QWEN, file="model.safetensors"),
            licence="Apache-2.0",
            description="A small language model; 990 MB.",
            recommended_use="For keywords that name what captions share, in place of "
            "counted words. Larger models can be added by a card.",
            extra="language",
            details={
                "tokenizer": "qwen2.5-tokenizer", "template": _CHATML,
                "stop": "<|im_end|>",
                "config": {
                    "model_type": "qwen2", "vocab_size": 151936, "hidden_size": 896,
                    "intermediate_size": 4864, "num_hidden_layers": 24,
                    "num_attention_heads": 14, "num_key_value_heads": 2,
                    "max_position_embeddings": 32768, "rope_theta": 1000000.0,
                    "rms_norm_eps": 1e-6, "tie_word_embeddings": True,
                },
            },
        ),
        ModelCard(
            id="qwen2.5-tokenizer",
            title="Qwen 2.5's tokenizer",
            task=TOKENS,
            source=HubSource(repo=qwen, revision=_QWEN, file="tokenizer.json"),
            licence="Apache-2.0",
            description="How Qwen 2.5 cuts texts into tokens.",
            recommended_use="With Qwen 2.5.",
        ),
    )  # fmt: skip
