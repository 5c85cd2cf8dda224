"""CLIP and SigLIP through transformers, from a file of weights and its card.

Two traps are closed here. OpenAI's weights need QuickGELU, and with plain GELU they
give vectors that look right and are wrong: the activation is the card's, and a file
from OpenAI is refused without it. And in transformers 5 ``get_image_features`` returns
an object whose ``pooler_output`` is the embedding, where version 4 returned the tensor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError, MissingDependencyError
from striate.models import load_weights
from striate_cortex.encoders.contract import EncoderSpace
from striate_cortex.encoders.layouts import named_as_transformers
from striate_cortex.encoders.pictures import Preparation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_cortex.encoders.contract import Picture

__all__ = ["ClipEncoder", "load_clip"]

_BATCH = 16
_HALVES = (0.5, 0.5, 0.5)


class ClipEncoder:
    """Fulfils :class:`~striate_cortex.encoders.Encoder`.

    Vectors are projected and not brought to unit length: their length matters to
    BrainSCUBA.

    Parameters
    ----------
    model
        A ``CLIPModel`` or ``SiglipModel``.
    tokens
        A ``tokenizers.Tokenizer``; None for images only.
    space
        What it maps into.
    prepare
        How it wants its pictures.
    """

    def __init__(
        self,
        model: Any,
        tokens: Any | None,
        space: EncoderSpace,
        prepare: Preparation,
        device: str = "cpu",
        *,
        lowercase: bool = False,
    ) -> None:
        self.model = model.eval().requires_grad_(False).to(device)
        self.tokens = tokens
        self.space = space
        self.prepare = prepare
        self.device = device
        self.lowercase = lowercase
        text = model.config.text_config
        self.longest = int(text.max_position_embeddings)
        self.siglip = model.config.model_type.startswith("siglip")

    def embed_images(self, images: Sequence[Picture]) -> NDArray[np.float32]:
        """Embed pictures; (n, d) float32."""
        from torch import from_numpy, no_grad

        found = [np.zeros((0, self.space.dimension), np.float32)]
        for first in range(0, len(images), _BATCH):
            pixels = np.stack([self.prepare(p) for p in images[first : first + _BATCH]])
            with no_grad():
                out = self.model.get_image_features(
                    pixel_values=from_numpy(pixels).to(self.device)
                )
            found.append(_vectors(out))
        return np.concatenate(found)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts; (n, d) float32."""
        from torch import no_grad, tensor

        if self.tokens is None:
            raise InputError(
                f"{self.space.name} was opened without its tokenizer and takes images "
                "only: name the tokenizer in its card."
            )
        found = [np.zeros((0, self.space.dimension), np.float32)]
        for first in range(0, len(texts), _BATCH):
            ids, mask = self._read(texts[first : first + _BATCH])
            given: dict[str, Any] = {"input_ids": tensor(ids, device=self.device)}
            if not self.siglip:
                # SigLIP was trained to see its padding.
                given["attention_mask"] = tensor(mask, device=self.device)
            with no_grad():
                found.append(_vectors(self.model.get_text_features(**given)))
        return np.concatenate(found)

    def _read(self, texts: Sequence[str]) -> tuple[list[list[int]], list[list[int]]]:
        assert self.tokens is not None
        words = [t.lower() if self.lowercase else t for t in texts]
        self.tokens.enable_truncation(self.longest)
        text = self.model.config.text_config
        pad = text.pad_token_id if self.siglip else text.eos_token_id
        length = {"length": self.longest} if self.siglip else {}
        self.tokens.enable_padding(pad_id=int(pad or 0), **length)
        read = self.tokens.encode_batch(words)
        return [e.ids for e in read], [e.attention_mask for e in read]


def load_clip(
    weights: Path,
    space_name: str,
    details: dict[str, Any],
    *,
    tokenizer: Path | None = None,
    device: str = "cpu",
) -> ClipEncoder:
    """Load CLIP or SigLIP, strictly.

    Parameters
    ----------
    weights
        safetensors or torch file in the layout of transformers or open_clip.
    details
        Of the card: ``family`` (clip or siglip); ``config``, what differs from ViT-B/32
        or SigLIP base, as in ``config.json``; ``activation``; ``lowercase``; ``mean``
        and ``std``; ``quality``, ``licence`` and ``title``.
    tokenizer
        ``tokenizer.json``.

    Raises
    ------
    MissingDependencyError
        When the extra ``language`` is not installed.
    InputError
        When the weights are not those of such a model, or need QuickGELU.
    """
    try:
        from tokenizers import Tokenizer
        from transformers import CLIPConfig, CLIPModel, SiglipConfig, SiglipModel
    except ImportError as error:
        raise MissingDependencyError(
            'CLIP and SigLIP need transformers: pip install "striate[language]".'
        ) from error
    siglip = str(details.get("family", "clip")).startswith("siglip")
    config = _config(SiglipConfig if siglip else CLIPConfig, details)
    _check_activation(space_name, details, config)
    model = (SiglipModel if siglip else CLIPModel)(config)
    _fill(model, weights)
    size = int(config.vision_config.image_size)
    prepare = (
        Preparation(size, "squash", _HALVES, _HALVES, "bilinear")
        if siglip
        else Preparation(size)
    )
    space = EncoderSpace(
        name=space_name,
        title=str(details.get("title", space_name)),
        dimension=int(
            config.vision_config.hidden_size if siglip else config.projection_dim
        ),
        quality=str(details.get("quality", "")),
        licence=str(details.get("licence", "")),
        model={"weights": str(weights)},
    )
    tokens = None if tokenizer is None else Tokenizer.from_file(str(tokenizer))
    lowercase = bool(details.get("lowercase", False))
    return ClipEncoder(model, tokens, space, prepare, device, lowercase=lowercase)


def _config(kind: Any, details: dict[str, Any]) -> Any:
    values = {k: v for k, v in details.get("config", {}).items() if k != "model_type"}
    activation = details.get("activation")
    for part in ("text_config", "vision_config"):
        own = dict(values.get(part) or {})
        values[part] = own | ({"hidden_act": activation} if activation else {})
    return kind(**values)


def _check_activation(name: str, details: dict[str, Any], config: Any) -> None:
    used = {config.text_config.hidden_act, config.vision_config.hidden_act}
    if details.get("trained_by") == "openai" and used != {"quick_gelu"}:
        raise InputError(
            f"{name} was trained by OpenAI with QuickGELU and its card asks for "
            f"{', '.join(sorted(used))}: its vectors would be wrong; set the "
            "activation to quick_gelu."
        )


def _fill(model: Any, weights: Path) -> None:
    content = load_weights(weights)
    state = named_as_transformers(content.get("state_dict", content))
    own = model.state_dict()
    missing = sorted(k for k in own if k not in state)
    if missing:
        raise InputError(
            f"{weights} lacks {len(missing)} of {len(own)} tensors ({missing[0]}): it "
            "is another model than its card says."
        )
    for key, tensor in own.items():
        if state[key].shape != tensor.shape:
            raise InputError(
                f"{weights}: {key} is {tuple(state[key].shape)} and its card says "
                f"{tuple(tensor.shape)}."
            )
    model.load_state_dict({k: state[k] for k in own})


def _vectors(out: Any) -> NDArray[np.float32]:
    """Return the embedding, however this version of transformers wraps it."""
    tensor = out if hasattr(out, "cpu") else out.pooler_output
    return np.asarray(tensor.float().cpu().numpy(), np.float32)
