"""Every model card there is: shipped, from workspaces, and the person's own."""

from __future__ import annotations

import logging
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from striate import resources
from striate.errors import InputError
from striate.models.cards import ModelCard
from striate.settings import home
from striate.workspace import workspaces

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["default_card", "find_card", "list_cards", "own_cards_dir"]

LOG = logging.getLogger(__name__)


def list_cards(task: str | None = None) -> tuple[ModelCard, ...]:
    """Return every card, or those for one task, in the order of their ids.

    Cards are the JSON files in ``resources/models``, those that workspaces bring,
    and the JSON files in :func:`own_cards_dir`. Of two with the same id the later
    in this order counts, so that a person can point a shipped card elsewhere. A
    card of one's own that is damaged is logged and left out.
    """
    found = {c.id: c for c in (*_shipped(), *_from_workspaces(), *_own())}
    chosen = sorted(found.values(), key=lambda c: c.id)
    return tuple(c for c in chosen if task in (None, c.task))


def find_card(name: str, task: str) -> ModelCard:
    """Find the model for `task` that a person means by an id or a file's path.

    Raises
    ------
    InputError
        When there is neither; the sentence lists the ids there are.
    """
    for card in list_cards(task):
        if card.id == name:
            return card
    path = Path(name).expanduser()
    if path.suffix == ".json" and path.exists():
        return ModelCard.read(path)
    if path.exists():
        return ModelCard.of_file(path, task)
    known = ", ".join(c.id for c in list_cards(task)) or "none"
    raise InputError(
        f"{name!r} is neither a file nor a model for {task} (there are: {known}): "
        f"choose one of these, or add its card to {own_cards_dir()}."
    )


def default_card(task: str) -> ModelCard:
    """Return the card to use when nobody chose: a person's own before a shipped one.

    Raises
    ------
    InputError
        When no card for `task` is marked as default.
    """
    for source in (_own(), _from_workspaces(), _shipped()):
        for card in source:
            if card.default and card.task == task:
                return card
    raise InputError(
        f"There is no default model for {task}: name one with --model, or add a card "
        f"to {own_cards_dir()}."
    )


def own_cards_dir() -> Path:
    """Return the folder for a person's own cards: ``$STRIATE_HOME/models``."""
    folder = home() / "models"
    folder.mkdir(exist_ok=True)
    return folder


def _shipped() -> Iterable[ModelCard]:
    folder = resources.path("models")
    return [ModelCard.read(path) for path in sorted(folder.glob("*.json"))]


def _from_workspaces() -> Iterable[ModelCard]:
    for workspace in workspaces():
        if workspace.models:
            module, _, name = workspace.models.partition(":")
            yield from getattr(import_module(module), name)()


def _own() -> Iterable[ModelCard]:
    for path in sorted(own_cards_dir().glob("*.json")):
        try:
            yield ModelCard.read(path)
        except InputError as error:
            LOG.warning("%s It is left out.", error)
