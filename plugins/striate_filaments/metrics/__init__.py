"""Metrics: how good a set of neurons is, as FISBe measures it and as SWC files do.

Here live the scores and the places of the errors behind them. Sparse by design:
centre lines in each neuron's own box, look-ups by coordinates. No Qt, no napari.
Public entry: ``score``; whole test sets by ``score_many``.
"""

from __future__ import annotations

from striate_filaments.metrics.instances import Instances, as_instances
from striate_filaments.metrics.presets import FLYLIGHT, Preset
from striate_filaments.metrics.scoring import Score, score

__all__ = ["FLYLIGHT", "Instances", "Preset", "Score", "as_instances", "score"]
