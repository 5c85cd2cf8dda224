"""What shapes a ChAda-ViT: the published configuration, and the tensors it implies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ChAdaViTConfig", "Shapes", "read_config"]

Shapes = dict[str, tuple[int, ...]]

# The names that the published config.json uses for what we name otherwise.
_PUBLISHED_NAMES = {
    "max_number_channels": "max_channels",
    "layer_norm_eps": "eps",
    "dim_feedforward": "ffn_dim",
}


class ChAdaViTConfig(BaseModel):
    """The shape of a network; the defaults are the published ``chadavit16-moyen``.

    The published sources disagree about `num_heads` and `eps`: the training factory
    uses 2 heads and 1e-6, the published configuration 12 heads and 1e-5. Both fit
    the same weights, which is why the two are kept beside every embedding.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    depth: int = Field(12, ge=1)
    embed_dim: int = Field(192, ge=1)
    num_heads: int = Field(12, ge=1)
    ffn_dim: int = Field(2048, ge=1)
    patch_size: int = Field(16, ge=1)
    img_size: int = Field(224, ge=1)
    max_channels: int = Field(10, ge=1)
    eps: float = Field(1e-5, gt=0)

    @model_validator(mode="before")
    @classmethod
    def _published_names(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        named = {_PUBLISHED_NAMES.get(k, k): v for k, v in values.items()}
        size = named.get("img_size")
        if isinstance(size, (list, tuple)) and size:
            named["img_size"] = size[0]
        return named

    @model_validator(mode="after")
    def _heads_divide(self) -> ChAdaViTConfig:
        if self.embed_dim % self.num_heads:
            raise ValueError(
                f"{self.num_heads} heads do not divide {self.embed_dim} dimensions"
            )
        if self.img_size % self.patch_size:
            raise ValueError("img_size must be a multiple of patch_size")
        return self

    @property
    def grid(self) -> int:
        """Patches along one side of the size it was trained at."""
        return self.img_size // self.patch_size

    def shapes(self) -> Shapes:
        """Name and shape of every tensor: 7 + 12 for each block, 151 as published."""
        d, f = self.embed_dim, self.ffn_dim
        shapes: Shapes = {
            "cls_token": (1, 1, d),
            "channel_token": (1, self.max_channels, 1, d),
            "pos_embed": (1, 1, self.grid**2 + 1, d),
            "token_learner.proj.weight": (d, 1, self.patch_size, self.patch_size),
            "token_learner.proj.bias": (d,),
            "norm.weight": (d,),
            "norm.bias": (d,),
        }
        block: Shapes = {
            "self_attn.in_proj_weight": (3 * d, d),
            "self_attn.in_proj_bias": (3 * d,),
            "self_attn.out_proj.weight": (d, d),
            "self_attn.out_proj.bias": (d,),
            "linear1.weight": (f, d),
            "linear1.bias": (f,),
            "linear2.weight": (d, f),
            "linear2.bias": (d,),
            **{f"norm{i}.{part}": (d,) for i in (1, 2) for part in ("weight", "bias")},
        }
        for i in range(self.depth):
            shapes |= {f"blocks.{i}.{name}": shape for name, shape in block.items()}
        return shapes


def read_config(path: Path) -> ChAdaViTConfig:
    """Read a ``config.json``, the published one or one of ours.

    Raises
    ------
    InputError
        When it is no JSON object or its values contradict one another.
    """
    try:
        values = json.loads(path.read_text("utf-8"))
        return ChAdaViTConfig.model_validate(values)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise InputError(f"{path} is no ChAda-ViT configuration: {reason}.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error}).") from error
