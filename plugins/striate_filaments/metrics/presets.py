"""The numbers a benchmark fixes, so that two scores can be compared."""

from __future__ import annotations

from dataclasses import dataclass

from striate.errors import InputError

__all__ = ["AVERAGED", "FLYLIGHT", "THRESHOLDS", "Preset", "preset_named"]

AVERAGED = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""clDice thresholds whose F1 scores are averaged to avF1."""

THRESHOLDS = (*AVERAGED, 0.55, 0.65, 0.75, 0.85, 0.95)
"""All thresholds, in the official order."""


@dataclass(frozen=True)
class Preset:
    """What a benchmark fixes.

    Parameters
    ----------
    name
        Its name.
    remove_small
        Predicted labels of this many voxels or fewer are left out; 0 keeps all.
    split_above, merge_above
        clRecall above which a prediction counts as a part of a true neuron, for
        false splits and for false merges.
    """

    name: str = "flylight"
    remove_small: int = 800
    split_above: float = 0.05
    merge_above: float = 0.1


FLYLIGHT = Preset()
"""FISBe's own (Mais, Hirsch et al. 2024)."""


def preset_named(preset: str | Preset) -> Preset:
    """Return the preset itself, or the one of that name.

    Raises
    ------
    InputError
        When there is none of that name.
    """
    if isinstance(preset, Preset):
        return preset
    if preset != FLYLIGHT.name:
        raise InputError(f"There is no preset {preset!r}: use {FLYLIGHT.name!r}.")
    return FLYLIGHT
