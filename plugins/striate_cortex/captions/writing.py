"""Models that write: captions of pictures, keywords of captions."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from striate.errors import InputError, MissingDependencyError
from striate.models import find_card, load_weights
from striate_cortex.captions.cards import CAPTIONER, KEYWORDER
from striate_cortex.captions.fetching import fetch_files, fill

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from striate.jobs.context import JobContext
    from striate.models import ModelCard
    from striate_cortex.encoders.contract import Picture

__all__ = ["KEYWORD_PROMPT", "Captioner", "Keyworder", "read_keywords"]

_BATCH = 8
_LONGEST = 30
_SHOWN = 20
KEYWORD_PROMPT = """\
Captions of pictures that one place of the brain answers to are listed below. Name up \
to ten things that several of them show, as single words or short phrases, the most \
frequent first, separated by commas. Answer with the list alone.

Captions:
- a man smiling at the camera
- a close up of a woman's face
- a child with a big smile
Keywords: face, smile, person

Captions:
{captions}
Keywords:"""
"""What a language model is asked, after LaVCa: one worked example, then the captions.
A card's ``template`` is put around it."""


class _Writer:
    """A network by card, loaded when it is first asked."""

    task = ""

    def __init__(self, name: str, ctx: JobContext | None = None) -> None:
        self.card: ModelCard = find_card(name, self.task)
        self._ctx = ctx
        self._device = ctx.device if ctx else "cpu"

    @cached_property
    def _parts(self) -> tuple[Any, Any]:
        """Model and tokenizer."""
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingDependencyError(
                f"{self.card.title} needs transformers: pip install "
                '"striate[language]".'
            ) from error
        weights, tokens = fetch_files(self.card, self._ctx)
        model = fill(self._empty(), _state(weights), weights)
        return model.to(self._device), Tokenizer.from_file(str(tokens))

    def _empty(self) -> Any:
        raise NotImplementedError


class Captioner(_Writer):
    """Captions pictures; a BLIP of transformers.

    Parameters
    ----------
    name
        Card of the task ``cortex.caption``, its id or file. Its details: ``config``,
        what differs from transformers' defaults; ``size``, edge in pixels.

    Raises
    ------
    InputError
        When there is no such card, or it is of another family.
    """

    task = CAPTIONER

    def write(self, pictures: Sequence[Picture]) -> list[str]:
        """Caption pictures, one sentence each."""
        import numpy as np
        from torch import from_numpy, no_grad

        from striate_cortex.encoders.pictures import Preparation

        model, tokens = self._parts
        prepare = Preparation(int(self.card.details.get("size", 384)), "squash")
        found: list[str] = []
        for first in range(0, len(pictures), _BATCH):
            some = pictures[first : first + _BATCH]
            pixels = from_numpy(np.stack([prepare(p) for p in some])).to(self._device)
            with no_grad():
                ids = model.generate(pixel_values=pixels, max_new_tokens=_LONGEST)
            found += [tokens.decode(row).strip() for row in ids.tolist()]
            if self._ctx is not None:
                done = min(len(pictures), first + _BATCH)
                self._ctx.progress(done, len(pictures), "Captioning pictures")
        return found

    def _empty(self) -> Any:
        from transformers import BlipConfig, BlipForConditionalGeneration

        family = self.card.details.get("family", "blip")
        if family != "blip":
            raise InputError(
                f"The card of {self.card.id} says {family!r}: captioners are of the "
                "family blip."
            )
        config = BlipConfig(**dict(self.card.details.get("config", {})))
        return BlipForConditionalGeneration(config)


class Keyworder(_Writer):
    """Names what captions share; a causal language model of transformers.

    Parameters
    ----------
    name
        Card of the task ``cortex.keywords``. Its details: ``config`` with
        ``model_type`` and sizes as in ``config.json``; ``template``, what the prompt
        is put into at ``{}``; ``stop``, the token that ends an answer.
    """

    task = KEYWORDER

    def write(self, captions: Sequence[str]) -> list[str]:
        """Return words that captions share, the most frequent first; ten at most."""
        from torch import no_grad, tensor

        model, tokens = self._parts
        listed = "\n".join(f"- {c}" for c in list(captions)[:_SHOWN])
        prompt = KEYWORD_PROMPT.format(captions=listed)
        text = str(self.card.details.get("template", "{}")).format(prompt)
        ids = tokens.encode(text).ids
        stop = tokens.token_to_id(str(self.card.details.get("stop", "")))
        with no_grad():
            out = model.generate(
                input_ids=tensor([ids], device=self._device), max_new_tokens=48,
                do_sample=False, eos_token_id=stop, pad_token_id=stop or 0,
            )  # fmt: skip
        return read_keywords(tokens.decode(out[0, len(ids) :].tolist()))

    def _empty(self) -> Any:
        from transformers import AutoConfig, AutoModelForCausalLM

        values = dict(self.card.details.get("config", {}))
        kind = str(values.pop("model_type", ""))
        try:
            config = AutoConfig.for_model(kind, **values)
        except ValueError as error:
            raise InputError(
                f"The card of {self.card.id} says model_type {kind!r}, which "
                "transformers does not know."
            ) from error
        return AutoModelForCausalLM.from_config(config)


def read_keywords(answer: str, most: int = 10) -> list[str]:
    """Take the words from a language model's answer: one line, split by commas."""
    line = next((p for p in answer.splitlines() if p.strip()), "")
    line = line.rpartition(":")[2].lower()
    found: dict[str, None] = {}
    for part in re.split(r"[,;]", line):
        word = re.sub(r"^(?:an?|the)\s+", "", re.sub(r"[^a-z' -]", " ", part).strip())
        word = " ".join(word.split())
        if word and len(word.split()) <= 3:
            found.setdefault(word)
    return list(found)[:most]


def _state(weights: Path) -> dict[str, Any]:
    content = load_weights(weights)
    state: dict[str, Any] = content.get("state_dict", content)
    return state
