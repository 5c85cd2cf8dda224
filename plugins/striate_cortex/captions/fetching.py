"""The files of a model that writes: its weights and its tokenizer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from striate.errors import InputError
from striate.models import fetch, find_card, find_here
from striate_cortex.captions.cards import TOKENS

if TYPE_CHECKING:
    from pathlib import Path

    from striate.jobs.context import JobContext
    from striate.models import ModelCard

__all__ = ["fetch_files", "fill", "here"]


def fetch_files(card: ModelCard, ctx: JobContext | None) -> tuple[Path, Path]:
    """Return weights and tokenizer, downloaded if need be; says the licence first.

    Raises
    ------
    OfflineError
        When they must be downloaded and cannot be: says which file goes where.
    InputError
        When they must be placed by hand and are not there.
    """
    if ctx is not None and not here(card):
        # A warning, for it to be seen before anything is downloaded.
        ctx.log(f"{card.title} comes under the licence {card.licence}.", "warning")
    weights = fetch(card, ctx)
    beside = weights.parent / "tokenizer.json"
    if beside.is_file():
        return weights, beside
    name = str(card.details.get("tokenizer", ""))
    if not name:
        raise InputError(
            f"The card of {card.id} names no tokenizer, and there is no "
            f"{beside.name} beside {weights}."
        )
    return weights, fetch(find_card(name, TOKENS), ctx)


def here(card: ModelCard) -> bool:
    """Whether weights and tokenizer are on this machine; never downloads."""
    weights = find_here(card)
    if weights is None:
        return False
    if (weights.parent / "tokenizer.json").is_file():
        return True
    name = str(card.details.get("tokenizer", ""))
    return bool(name) and find_here(find_card(name, TOKENS)) is not None


def fill(model: Any, state: dict[str, Any], weights: Path) -> Any:
    """Put tensors into a model, all that it has, and return it ready to run.

    Raises
    ------
    InputError
        When some are missing or of other sizes.
    """
    own = model.state_dict()
    tied = bool(getattr(model.config, "tie_word_embeddings", False))
    missing = [k for k in own if k not in state and not (tied and "lm_head" in k)]
    wrong = [k for k, v in own.items() if k in state and state[k].shape != v.shape]
    if missing or wrong:
        raise InputError(
            f"{weights} is another model than its card says: "
            + (f"it lacks {missing[0]}." if missing else f"{wrong[0]} is of another "
               "size.")
        )  # fmt: skip
    model.load_state_dict({k: state[k] for k in own if k in state}, strict=False)
    if tied:
        model.tie_weights()
    return model.eval().requires_grad_(False)
