"""Simulated multi-channel fields of cells, for pre-training, tests and the demo.

Here live painters of what microscopes show (nuclei, cell bodies, membranes, spots,
fibres, neurites) and their mixing into channels. Everything made here is simulated
and says so. Public entry: :func:`simulate_field`.
"""

from __future__ import annotations

from striate_channels.simulation.field import SIMULATED, Field, simulate_field

__all__ = ["SIMULATED", "Field", "simulate_field"]
