"""Proofreading: correct neurons and lose nothing.

Here live the commands that change a NeuronSet, each a sparse delta with an exact
inverse, the session that writes them to the edit log, and the queue of what to look
at next. No Qt, no napari. Public entries: ``Proofreading`` and ``commands``.
"""

from __future__ import annotations

from striate_filaments.proofreading.delta import Delta
from striate_filaments.proofreading.session import Proofreading

__all__ = ["Delta", "Proofreading"]
