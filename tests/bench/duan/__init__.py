"""The opponent: colour clustering after Sümbül et al. 2016 and Duan et al. 2021.

Written from a description of the published method, with a Gaussian instead of
BM4D for denoising (whose licence forbids commercial use). Entry: ``cluster_colours``.
"""

from __future__ import annotations

from tests.bench.duan.method import DuanParams, cluster_colours

__all__ = ["DuanParams", "cluster_colours"]
