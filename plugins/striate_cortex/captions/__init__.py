"""Captions: from a unit's weights to words, and how far to trust them.

Here live the projection onto a library of natural images (BrainSCUBA), keywords
(LaVCa), the scores of captions and the answers to clicks; no jobs, no panels. Public
entries: :func:`project`, :func:`open_answers`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate_cortex.captions.accuracy import caption_accuracy
    from striate_cortex.captions.answers import AnswerParams, Answers
    from striate_cortex.captions.predicting import Effect, Predicted
    from striate_cortex.captions.projection import Projection, project
    from striate_cortex.captions.record import AnswerFacet, TopItem, UnitAnswer
    from striate_cortex.captions.starting import open_answers

_HOMES = {
    "AnswerFacet": "record",
    "AnswerParams": "answers",
    "Answers": "answers",
    "Effect": "predicting",
    "Predicted": "predicting",
    "Projection": "projection",
    "TopItem": "record",
    "UnitAnswer": "record",
    "caption_accuracy": "accuracy",
    "open_answers": "starting",
    "project": "projection",
}

__all__ = [
    "AnswerFacet",
    "AnswerParams",
    "Answers",
    "Effect",
    "Predicted",
    "Projection",
    "TopItem",
    "UnitAnswer",
    "caption_accuracy",
    "open_answers",
    "project",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        module = import_module(f"striate_cortex.captions.{_HOMES[name]}")
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
