"""Plain vision transformers from the layouts they are published in, strictly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from striate.errors import InputError
from striate.models import load_weights

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from striate_channels.embedders.vit import PlainViT, ViTShape

__all__ = ["load_vit"]

PREFIXES = ("", "model.", "backbone.", "vit.", "encoder.", "teacher.backbone.")
# Present in published files and of no use for embedding.
_IDLE = re.compile(r"(head\.|fc_norm\.|pooler\.|classifier\.|mask_token$).*")
_HF = (
    (r"^embeddings\.cls_token$", "cls_token"),
    (r"^embeddings\.position_embeddings$", "pos_embed"),
    (r"^embeddings\.patch_embeddings\.projection\.", "patch_embed.proj."),
    (r"^layernorm\.", "norm."),
    (r"^encoder\.layer\.(\d+)\.layernorm_before\.", r"blocks.\1.norm1."),
    (r"^encoder\.layer\.(\d+)\.layernorm_after\.", r"blocks.\1.norm2."),
    (r"^encoder\.layer\.(\d+)\.attention\.output\.dense\.", r"blocks.\1.attn.proj."),
    (r"^encoder\.layer\.(\d+)\.intermediate\.dense\.", r"blocks.\1.mlp.fc1."),
    (r"^encoder\.layer\.(\d+)\.output\.dense\.", r"blocks.\1.mlp.fc2."),
)
_HF_QKV = re.compile(r"^encoder\.layer\.(\d+)\.attention\.attention\.(\w+)\.(\w+)$")


def load_vit(path: Path, details: dict[str, Any], device: str = "cpu") -> PlainViT:
    """Load a DINO, DINOv2, timm or Hugging Face ``ViTModel`` checkpoint.

    Parameters
    ----------
    details
        Of the model card: ``num_heads`` where it is not one for every 64
        dimensions, ``eps`` where it is not 1e-6.

    Raises
    ------
    InputError
        When it is no plain vision transformer, or part of one.
    """
    from striate_channels.embedders.vit import PlainViT

    content = load_weights(path)
    state = content.get("state_dict", content)
    tensors = _named(state, path)
    shape = _shape(tensors, details, path)
    model = PlainViT(shape)
    expected, found = set(model.state_dict()), set(tensors)
    if expected != found:
        example = min(expected ^ found)
        raise InputError(
            f"{path.name} is no complete plain vision transformer: "
            f"{len(expected - found)} tensors are missing and {len(found - expected)} "
            f"unknown ({example})."
        )
    try:
        model.load_state_dict(tensors, strict=True)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise InputError(f"{path.name} contradicts itself: {reason}") from error
    return model.requires_grad_(False).eval().to(device)


def _named(state: dict[str, Any], path: Path) -> dict[str, Tensor]:
    """Bring names to timm's, which DINO and DINOv2 share."""
    marks = ("patch_embed.proj.weight", "embeddings.patch_embeddings.projection.weight")
    found = [p for p in PREFIXES if any(p + m in state for m in marks)]
    if not found:
        some = ", ".join(list(state)[:3]) or "nothing"
        raise InputError(f"{path.name} holds no vision transformer ({some} …).")
    size = len(found[0])
    own = {k[size:]: v for k, v in state.items() if k.startswith(found[0])}
    own = {k: v for k, v in own.items() if hasattr(v, "shape") and not _IDLE.match(k)}
    if marks[1] in own:
        own = _from_hugging_face(own)
    # DINOv2 may keep its blocks in chunks: blocks.0.3 is the fourth block.
    return {re.sub(r"^blocks\.\d+\.(?=\d+\.)", "blocks.", k): v for k, v in own.items()}


def _from_hugging_face(own: dict[str, Tensor]) -> dict[str, Tensor]:
    import torch

    named: dict[str, Tensor] = {}
    parts: dict[str, dict[str, Tensor]] = {}
    for name, tensor in own.items():
        match = _HF_QKV.match(name)
        if match:
            block, which, kind = match.groups()
            parts.setdefault(f"blocks.{block}.attn.qkv.{kind}", {})[which] = tensor
            continue
        for pattern, new in _HF:
            renamed = re.sub(pattern, new, name)
            if renamed != name:
                name = renamed
                break
        named[name] = tensor
    for name, three in parts.items():
        ordered = [three[w] for w in ("query", "key", "value") if w in three]
        named[name] = torch.cat(ordered)
    return named


def _shape(tensors: dict[str, Tensor], details: dict[str, Any], path: Path) -> ViTShape:
    from striate_channels.embedders.vit import ViTShape

    try:
        dim, planes, patch, _ = tensors["patch_embed.proj.weight"].shape
        places = tensors["pos_embed"].shape[1]
        ffn = tensors["blocks.0.mlp.fc1.weight"].shape[0]
    except (KeyError, ValueError) as error:
        raise InputError(
            f"{path.name} is no plain vision transformer ({error} is missing)."
        ) from error
    grid = int((places - 1) ** 0.5)
    with_summary = grid**2 + 1 == places
    registers = tensors.get("register_tokens")
    blocks = {int(k.split(".")[1]) for k in tensors if k.startswith("blocks.")}
    return ViTShape(
        dim=dim,
        depth=1 + max(blocks),
        heads=int(details.get("num_heads") or max(1, dim // 64)),
        ffn=ffn,
        patch=patch,
        grid=grid if with_summary else int(places**0.5),
        in_channels=planes,
        registers=0 if registers is None else registers.shape[1],
        layer_scale="blocks.0.ls1.gamma" in tensors,
        summary_position=with_summary,
        eps=float(details.get("eps", 1e-6)),
    )
