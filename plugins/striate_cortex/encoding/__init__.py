"""Encoding: features and responses to weights, with honest numbers for how good.

Here live the fits (exact ridge, k-fold, banded), scores, noise ceilings and
significance; no files of subjects, no models of images. Public entry:
:func:`fit_ridge`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate_cortex.encoding.banded import fit_banded
    from striate_cortex.encoding.ceiling import (
        ncsnr_of_repeats,
        noise_ceiling,
        split_half_reliability,
    )
    from striate_cortex.encoding.model import EncodingModel
    from striate_cortex.encoding.responses import SessionResponses
    from striate_cortex.encoding.ridge import fit_ridge
    from striate_cortex.encoding.scores import correlation, r2_score
    from striate_cortex.encoding.significance import (
        false_discovery_rate,
        permutation_p,
    )

_HOMES = {
    "EncodingModel": "model",
    "SessionResponses": "responses",
    "correlation": "scores",
    "false_discovery_rate": "significance",
    "fit_banded": "banded",
    "fit_ridge": "ridge",
    "ncsnr_of_repeats": "ceiling",
    "noise_ceiling": "ceiling",
    "permutation_p": "significance",
    "r2_score": "scores",
    "split_half_reliability": "ceiling",
}

__all__ = [
    "EncodingModel",
    "SessionResponses",
    "correlation",
    "false_discovery_rate",
    "fit_banded",
    "fit_ridge",
    "ncsnr_of_repeats",
    "noise_ceiling",
    "permutation_p",
    "r2_score",
    "split_half_reliability",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        module = import_module(f"striate_cortex.encoding.{_HOMES[name]}")
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
