"""Where the traced neuron shapes lie, and what must be said about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from striate import resources

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ATTRIBUTION", "SEMI_SYNTHETIC", "morphology_archive"]

SEMI_SYNTHETIC = (
    "Semi-synthetic: real neuron shapes, painted with simulated MCFO colours, optics "
    "and noise fitted to a real FISBe crop."
)
"""The sentence that goes with everything made here."""

ATTRIBUTION = (
    "Neuron shapes: exaSPIM ground-truth tracings, Allen Institute for Neural "
    "Dynamics (MIT). Image statistics: FISBe, Mais, Hirsch et al. 2024, "
    "doi 10.5281/zenodo.10875063 (CC BY 4.0)."
)


def morphology_archive() -> Path:
    """The zip of SWC files."""
    return resources.path("samples/allen_exaspim_swc/target_swcs.zip")
