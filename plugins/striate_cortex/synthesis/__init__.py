"""Synthesis: images made for a unit, a region or a drawn patch of cortex.

Here live guided diffusion (BrainDiVE), preferred images by gradient, heat maps and the
ranking of what was made; no Qt, no files but those a caller names. Public entries:
:func:`synthesize`, :func:`guided_noise`, :func:`preferred_images`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate_cortex.synthesis.directions import contrast
    from striate_cortex.synthesis.guidance import GuidedStep, guided_noise
    from striate_cortex.synthesis.heat import heat_map
    from striate_cortex.synthesis.making import synthesize
    from striate_cortex.synthesis.preferred import Preferred, preferred_images
    from striate_cortex.synthesis.ranking import standing
    from striate_cortex.synthesis.record import Forming, Synthesis, SynthesisParams

_HOMES = {
    "Forming": "record",
    "GuidedStep": "guidance",
    "Preferred": "preferred",
    "Synthesis": "record",
    "SynthesisParams": "record",
    "contrast": "directions",
    "guided_noise": "guidance",
    "heat_map": "heat",
    "preferred_images": "preferred",
    "standing": "ranking",
    "synthesize": "making",
}

__all__ = [
    "Forming",
    "GuidedStep",
    "Preferred",
    "Synthesis",
    "SynthesisParams",
    "contrast",
    "guided_noise",
    "heat_map",
    "preferred_images",
    "standing",
    "synthesize",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        module = import_module(f"striate_cortex.synthesis.{_HOMES[name]}")
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
