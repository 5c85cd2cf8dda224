"""Samples: the data to try things on that ships, is painted, or is downloaded.

Workspaces declare their samples; here lives finding one and having it on this
machine. No sample is declared here. Public entries: :func:`fetch`, :func:`find`
and :func:`ready_path`.
"""

from __future__ import annotations

from striate.samples.catalogue import all_samples, find, how_to_get
from striate.samples.fetching import fetch, ready_path

__all__ = ["all_samples", "fetch", "find", "how_to_get", "ready_path"]
