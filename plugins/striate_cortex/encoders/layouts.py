"""CLIP's tensors by the names of transformers, whichever library wrote them.

The networks are the same; open_clip keeps a block's three projections as one tensor,
and its two last projections turned.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["named_as_transformers"]

_BLOCK = re.compile(r"^(visual\.)?transformer\.resblocks\.(\d+)\.(.+)$")
_INSIDE = {
    "attn.out_proj": "self_attn.out_proj", "ln_1": "layer_norm1",
    "ln_2": "layer_norm2", "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2",
}  # fmt: skip
_OUTSIDE = {
    "visual.class_embedding": "vision_model.embeddings.class_embedding",
    "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
    "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
    "visual.ln_pre.weight": "vision_model.pre_layrnorm.weight",
    "visual.ln_pre.bias": "vision_model.pre_layrnorm.bias",
    "visual.ln_post.weight": "vision_model.post_layernorm.weight",
    "visual.ln_post.bias": "vision_model.post_layernorm.bias",
    "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
    "positional_embedding": "text_model.embeddings.position_embedding.weight",
    "ln_final.weight": "text_model.final_layer_norm.weight",
    "ln_final.bias": "text_model.final_layer_norm.bias",
    "logit_scale": "logit_scale",
}
_TURNED = {"visual.proj": "visual_projection.weight",
           "text_projection": "text_projection.weight"}  # fmt: skip


def named_as_transformers(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a state dict by the names of transformers' ``CLIPModel``.

    Parameters
    ----------
    state
        Of transformers, which is returned as it is, or of open_clip or OpenAI.
    """
    if "visual.conv1.weight" not in state:
        return state
    found: dict[str, Any] = {}
    for key, tensor in state.items():
        block = _BLOCK.match(key)
        if block is not None:
            side = "vision_model" if block[1] else "text_model"
            start = f"{side}.encoder.layers.{block[2]}."
            found |= _inside(start, block[3], tensor)
        elif key in _TURNED:
            found[_TURNED[key]] = tensor.T.contiguous()
        elif key in _OUTSIDE:
            found[_OUTSIDE[key]] = tensor
    return found


def _inside(start: str, name: str, tensor: Any) -> dict[str, Any]:
    part, _, end = name.rpartition(".")
    if name.startswith("attn.in_proj_"):
        kind = name.removeprefix("attn.in_proj_")
        thirds = tensor.chunk(3)
        return {
            f"{start}self_attn.{letter}_proj.{kind}": third.contiguous()
            for letter, third in zip("qkv", thirds, strict=True)
        }
    return {f"{start}{_INSIDE[part]}.{end}": tensor} if part in _INSIDE else {}
