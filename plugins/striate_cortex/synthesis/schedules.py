"""Schedules of diffusion that guidance can run through, from a model's own."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from striate.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["noisy", "schedule_for"]

_CLASSES = {
    "dpm++": "DPMSolverMultistepScheduler",
    "ddim": "DDIMScheduler",
    "unipc": "UniPCMultistepScheduler",
}


def schedule_for(config: dict[str, Any], name: str = "dpm++") -> Any:
    """Make a schedule that is told noise, whatever the network predicts.

    Parameters
    ----------
    config
        Of the model's own schedule: betas, steps of training, offsets.
    name
        ``"dpm++"`` (DPM-Solver++, the default of BrainDiVE), ``"ddim"`` or
        ``"unipc"``; all keep latents as the network was trained to see them.

    Raises
    ------
    InputError
        When there is no such schedule.
    """
    import diffusers

    if name not in _CLASSES:
        raise InputError(
            f"{name!r} is no schedule for guidance: {', '.join(_CLASSES)}."
        )
    kept = {k: v for k, v in config.items() if not k.startswith("_")}
    # Steps that lie between those of training have no alpha to guide by.
    changes = {"prediction_type": "epsilon", "thresholding": False,
               "clip_sample": False, "use_karras_sigmas": False,
               "algorithm_type": "dpmsolver++", "solver_type": "midpoint"}  # fmt: skip
    if name == "unipc":
        changes["solver_type"] = "bh2"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(diffusers, _CLASSES[name]).from_config({**kept, **changes})


def noisy(clean: Tensor, noise: Tensor, alphas: Any, t: Any) -> Tensor:
    """Return latents as they are at step `t` of the schedule."""
    a = alphas[int(t)].to(clean.device, clean.dtype)
    return a.sqrt() * clean + (1 - a).sqrt() * noise
