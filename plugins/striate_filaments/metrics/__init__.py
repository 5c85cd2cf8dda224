"""Metrics: how good a set of neurons is, as FISBe measures it and as tracings do.

Here live the scores and the places of the errors behind them. Sparse by design:
centre lines in each neuron's own box, look-ups by coordinates. No Qt, no napari.
Public entry: ``score``; whole test sets by ``score_many``, SWC by ``score_tracings``.
"""

from __future__ import annotations

from striate_filaments.metrics.instances import Instances, as_instances
from striate_filaments.metrics.places import Place, places
from striate_filaments.metrics.presets import FLYLIGHT, Preset
from striate_filaments.metrics.scoring import Score, score
from striate_filaments.metrics.summary import (
    Case,
    Summary,
    Tally,
    score_many,
    summarise,
)
from striate_filaments.metrics.tracings import TracingScore, overall, score_tracings

__all__ = [
    "FLYLIGHT",
    "Case",
    "Instances",
    "Place",
    "Preset",
    "Score",
    "Summary",
    "Tally",
    "TracingScore",
    "as_instances",
    "overall",
    "places",
    "score",
    "score_many",
    "score_tracings",
    "summarise",
]
