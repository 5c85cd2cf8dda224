"""Diffusion led by a unit through every step (BrainDiVE, Luo et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.synthesis.batches import Made, in_batches
from striate_cortex.synthesis.diffusion import Diffusion, open_diffusion
from striate_cortex.synthesis.guidance import guided_noise
from striate_cortex.synthesis.networks import network_of, to_pixels
from striate_cortex.synthesis.record import Forming, SynthesisParams
from striate_cortex.synthesis.schedules import noisy, schedule_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor

    from striate.jobs.context import JobContext
    from striate_cortex.encoders.contract import Encoder

__all__ = ["Sampling", "by_guidance", "sample"]

_STEPS, _PARTIALS = 50, 10


@dataclass(frozen=True)
class Sampling:
    """How diffusion runs: everything but the seeds.

    Parameters
    ----------
    score
        Images (b, 3, H, W) of 0 to 1 to the response to each, (b,).
    steps, size, schedule
        Steps, edge in pixels, and name of the schedule.
    scale, sag_scale, guidance_scale, prompt
        See :func:`~striate_cortex.synthesis.guided_noise`.
    jitter
        Share of the steps that is run again on images to begin with.
    """

    score: Callable[[Tensor], Tensor]
    steps: int
    size: int
    schedule: str
    scale: float
    sag_scale: float
    guidance_scale: float = 0.0
    prompt: str = ""
    jitter: float = 0.3


def by_guidance(
    weights: NDArray[np.float32],
    encoder: Encoder,
    p: SynthesisParams,
    start: NDArray[np.uint8] | None,
    normalised: bool,
    seed: int,
    on_partial: Callable[[Forming], Any] | None,
    ctx: JobContext | None,
) -> Made:
    """Make images by guided diffusion, from many seeds."""
    score = response_to(weights, encoder, normalised=normalised)
    model = open_diffusion(p.model, ctx)
    how = _chosen(p, model, score)
    seeds = seed + np.arange(p.seeds, dtype=np.int64)

    def make(part: NDArray[np.int64], done: int) -> NDArray[np.uint8]:
        def heard(step: int, images: Tensor) -> None:
            if on_partial is not None and step % max(1, how.steps // _PARTIALS) == 0:
                pixels = to_pixels(images)
                on_partial(Forming(step, how.steps, pixels, part, done, len(seeds)))
            if ctx is not None:
                ran = done * how.steps + (step + 1) * len(part)
                ctx.progress(ran, len(seeds) * how.steps, "Making images")

        begin = None if start is None else np.roll(start, -done, axis=0)
        return to_pixels(sample(model, how, part, begin, heard))

    images = np.concatenate(in_batches(seeds, p.batch or 1, make, ctx))
    facts = {
        "steps": how.steps, "size": how.size, "schedule": how.schedule,
        "guidance_scale": how.guidance_scale, "prediction": model.prediction,
    }  # fmt: skip
    return Made(images, seeds, np.full(len(seeds), np.nan), model.card, facts)


def response_to(
    weights: NDArray[np.float32], encoder: Encoder, *, normalised: bool = False
) -> Callable[[Tensor], Tensor]:
    """Return what predicts a response from images (b, 3, H, W), with a gradient."""
    import torch

    network = network_of(encoder)
    w = torch.tensor(weights, device=network.device)

    def score(images: Tensor) -> Tensor:
        vectors = network.see(images.float())
        if normalised:
            vectors = vectors / vectors.norm(dim=1, keepdim=True).clamp_min(1e-12)
        return vectors @ w

    return score


def _chosen(
    p: SynthesisParams, model: Diffusion, score: Callable[[Tensor], Tensor]
) -> Sampling:
    size = p.size or model.size
    coarsest = model.shrinks * 2 ** (len(model.unet.config.block_out_channels) - 1)
    if size % coarsest:
        raise InputError(
            f"{size} pixels do not suit this model: choose a multiple of {coarsest}."
        )
    name = p.schedule or str(model.details.get("schedule", "dpm++"))
    scale = p.guidance_scale
    if scale is None:
        scale = 7.5 if p.prompt else 0.0
    steps = p.steps or int(model.details.get("steps", _STEPS))
    return Sampling(
        score, steps, size, name, p.scale, p.sag_scale, scale, p.prompt, p.jitter
    )


def sample(
    model: Diffusion,
    how: Sampling,
    seeds: NDArray[np.int64],
    start: NDArray[np.uint8] | None = None,
    on_step: Callable[[int, Tensor], Any] | None = None,
) -> Tensor:
    """Run diffusion from some seeds, led at every step.

    Parameters
    ----------
    seeds
        (b,); the noise of each is drawn on the CPU, whatever the device and batch.
    start
        (k, h, w, 3) images to begin with, in turn.
    on_step
        Hears the number of the step and what is being scored, (b, 3, H, W).

    Returns
    -------
    Tensor
        (b, 3, H, W) of 0 to 1.
    """
    schedule = schedule_for(model.schedule, how.schedule)
    device = model.unet.device
    schedule.set_timesteps(how.steps, device=device)
    times, alphas = schedule.timesteps, schedule.alphas_cumprod
    empty = model.states("")
    prompt = model.states(how.prompt) if how.prompt else None
    x, first = _noise(model, how.size, seeds), 0
    if start is not None:
        first = min(how.steps - 1, round(how.steps * (1 - how.jitter)))
        clean = _latents(model, start, len(seeds), how.size)
        x = noisy(clean, x, alphas, times[first])
        if hasattr(schedule, "set_begin_index"):
            schedule.set_begin_index(first)
    for k, t in enumerate(times[first:], first):
        step = guided_noise(
            model.unet, model.vae, how.score, x, t, empty, alphas, scale=how.scale,
            sag_scale=how.sag_scale, prompt=prompt,
            guidance_scale=how.guidance_scale, prediction=model.prediction,
        )  # fmt: skip
        x = schedule.step(step.noise, t, x, return_dict=False)[0]
        if on_step is not None:
            on_step(k, step.image)
    return model.pictures_of(x)


def _noise(model: Diffusion, size: int, seeds: NDArray[np.int64]) -> Tensor:
    import torch

    shape = (model.unet.config.in_channels, *(size // model.shrinks,) * 2)
    drawn = [
        torch.randn(shape, generator=torch.Generator().manual_seed(int(s)))
        for s in seeds
    ]
    return torch.stack(drawn).to(model.unet.device, model.unet.dtype)


def _latents(
    model: Diffusion, start: NDArray[np.uint8], count: int, size: int
) -> Tensor:
    import torch
    from torch.nn.functional import interpolate

    chosen = np.ascontiguousarray(start[np.arange(count) % len(start)])
    images = torch.tensor(chosen.transpose(0, 3, 1, 2), device=model.vae.device)
    fitted = interpolate(images / 255, (size, size), mode="bilinear", antialias=True)
    return model.latents_of(fitted.clamp(0, 1)).to(model.unet.dtype)
