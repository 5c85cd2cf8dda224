"""From microscope counts to what a network sees, step by step, and every step stored.

Here live projection of stacks, background, normalisation and size; no files and no
networks. Public entries: :class:`Preprocessing`, :func:`prepare`,
:func:`normalise_channels`.
"""

from __future__ import annotations

from striate_channels.preprocessing.normalise import (
    Scale,
    measure_scale,
    normalise_channels,
)
from striate_channels.preprocessing.params import Preprocessing
from striate_channels.preprocessing.prepare import prepare
from striate_channels.preprocessing.remarks import Remarks

__all__ = [
    "Preprocessing",
    "Remarks",
    "Scale",
    "measure_scale",
    "normalise_channels",
    "prepare",
]
