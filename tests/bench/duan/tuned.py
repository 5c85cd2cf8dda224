"""The opponent's setting: the best mean S on the tuning volumes."""

from __future__ import annotations

from tests.bench.duan.method import DuanParams

TUNED = DuanParams(sigma=1.4, grey="max", threshold=0.03, join=10.0)
