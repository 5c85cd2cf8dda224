"""CLIPCap: a sentence from a CLIP vector (Mokady et al. 2021), as in BrainSCUBA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError, MissingDependencyError
from striate.models import load_weights
from striate_cortex.captions.beam import beam_search

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

__all__ = ["ClipCap", "load_clipcap"]

_FIRST = "clip_project.model.0.weight"
_SECOND = "clip_project.model.2.weight"
_BUFFERS = (".attn.bias", ".attn.masked_bias")


class ClipCap:
    """A prefix for GPT-2 out of a vector, and the sentence that follows.

    Parameters
    ----------
    project
        (n, d) tensor to (n, prefix * width).
    gpt
        ``GPT2LMHeadModel`` of transformers.
    stop
        Token that ends a sentence, the full stop.
    decode
        Tokens to text.
    """

    def __init__(
        self, project: Any, gpt: Any, stop: int, decode: Callable[[list[int]], str]
    ) -> None:
        self.project, self.gpt = project.eval(), gpt.eval()
        self.stop, self.decode = stop, decode

    @property
    def dimension(self) -> int:
        """Length of the vectors it was trained on."""
        return int(self.project[0].in_features)

    def caption(
        self, vector: ArrayLike, *, beams: int = 5, longest: int = 67
    ) -> tuple[str, float]:
        """Say a vector in words.

        Parameters
        ----------
        vector
            (d,) CLIP vector with its own length, about 10 for ViT-B/32: CLIPCap was
            trained on vectors that were not brought to length 1.
        beams, longest
            Of the beam search; tokens at most.

        Returns
        -------
        str, float
            The best sentence and its mean log-probability by token.

        Raises
        ------
        InputError
            When the vector is of another dimension or not finite.
        """
        v = np.asarray(vector, np.float32)
        if v.shape != (self.dimension,) or not np.isfinite(v).all():
            raise InputError(
                f"CLIPCap takes one finite vector of {self.dimension} dimensions and "
                f"was given the shape {v.shape}: use the CLIP it was trained with."
            )
        best = beam_search(self._following(v), self.stop, beams=beams, longest=longest)
        return self.decode(list(best[0].tokens)).strip(), best[0].score

    def _following(
        self, vector: NDArray[np.float32]
    ) -> Callable[[list[tuple[int, ...]]], NDArray[np.float64]]:
        from torch import cat, no_grad, tensor

        words = self.gpt.transformer.wte
        device = words.weight.device
        with no_grad():
            made = self.project(tensor(vector, device=device)[None])
        prefix = made.view(1, -1, words.weight.shape[1])

        def following(prefixes: list[tuple[int, ...]]) -> NDArray[np.float64]:
            with no_grad():
                states = prefix.expand(len(prefixes), -1, -1)
                if prefixes[0]:
                    ids = tensor(prefixes, device=device)
                    states = cat([states, words(ids)], dim=1)
                logits = self.gpt(inputs_embeds=states).logits[:, -1]
                probs = logits.double().log_softmax(-1)
            return np.asarray(probs.cpu().numpy())

        return following


def load_clipcap(
    weights: Path, tokenizer: Path, *, heads: int | None = None, device: str = "cpu"
) -> ClipCap:
    """Load weights in the published layout, tensors only; sizes come from them.

    Parameters
    ----------
    weights
        ``coco_weights.pt``, or the same as safetensors: ``clip_project.model.{0,2}``
        and ``gpt.transformer…``.
    tokenizer
        ``tokenizer.json`` of GPT-2.
    heads
        Attention heads of GPT-2; None: one for every 64 of its width.

    Raises
    ------
    InputError
        When the file holds other weights, or code.
    MissingDependencyError
        When transformers is not installed.
    """
    try:
        from tokenizers import Tokenizer
        from transformers import GPT2Config, GPT2LMHeadModel
    except ImportError as error:
        raise MissingDependencyError(
            'Captions by CLIPCap need transformers: pip install "striate[language]".'
        ) from error
    state = load_weights(weights)
    if not {_FIRST, _SECOND, "gpt.transformer.wte.weight"} <= set(state):
        raise InputError(
            f"{weights} is no CLIPCap of the published layout with an MLP: it has no "
            f"{_FIRST}, {_SECOND} or gpt.transformer.wte.weight."
        )
    gpt_state = {
        k.removeprefix("gpt."): v
        for k, v in state.items()
        if k.startswith("gpt.") and not k.endswith(_BUFFERS)
    }
    config = GPT2Config(**_sizes(gpt_state, heads))
    gpt: Any = GPT2LMHeadModel(config)
    gpt_state.setdefault("lm_head.weight", gpt_state["transformer.wte.weight"])
    _fill(gpt, gpt_state, weights)
    mlp = {
        k.removeprefix("clip_project.model."): v
        for k, v in state.items()
        if k.startswith("clip_project.model.")
    }
    project = _mlp(mlp)
    _fill(project, mlp, weights)
    if project[2].out_features % config.n_embd:
        raise InputError(
            f"{weights}: the prefix of {project[2].out_features} numbers is not whole "
            f"words of {config.n_embd}."
        )
    tokens = Tokenizer.from_file(str(tokenizer))
    (stop,) = tokens.encode(".").ids[-1:]
    return ClipCap(
        project.requires_grad_(False).to(device),
        gpt.requires_grad_(False).to(device), stop, tokens.decode,
    )  # fmt: skip


def _sizes(state: dict[str, Any], heads: int | None) -> dict[str, Any]:
    vocabulary, width = state["transformer.wte.weight"].shape
    layers = {k.split(".")[2] for k in state if k.startswith("transformer.h.")}
    return {
        "vocab_size": vocabulary, "n_embd": width, "n_layer": len(layers),
        "n_head": heads or max(1, width // 64),
        "n_positions": len(state["transformer.wpe.weight"]),
        "bos_token_id": None, "eos_token_id": None,
    }  # fmt: skip


def _mlp(state: dict[str, Any]) -> Any:
    from torch.nn import Linear, Sequential, Tanh

    hidden, dimension = state["0.weight"].shape
    return Sequential(
        Linear(dimension, hidden), Tanh(), Linear(hidden, len(state["2.weight"]))
    )


def _fill(module: Any, state: dict[str, Any], weights: Path) -> None:
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise InputError(
            f"{weights} is no CLIPCap that fits GPT-2: {reason}."
        ) from error
