"""One step of diffusion, led by a unit's response (Luo et al., BrainDiVE, 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from striate.errors import InputError
from striate_cortex.synthesis.attention import degraded, remembering_attention

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

__all__ = ["GuidedStep", "guided_noise"]


@dataclass(frozen=True)
class GuidedStep:
    """What one step says.

    Parameters
    ----------
    noise
        (b, c, h, w) the guided noise, for the scheduler's step.
    clean
        (b, c, h, w) the latents without noise, as the network guesses them unguided.
    activation
        (b,) or () what `score` said of `image`.
    image
        (b, 3, H, W) what was scored, 0 to 1; a partial result to look at.
    """

    noise: Tensor
    clean: Tensor
    activation: Tensor
    image: Tensor


def guided_noise(
    unet: Any,
    vae: Any,
    score: Callable[[Tensor], Tensor],
    latents: Tensor,
    t: Any,
    context: Tensor,
    alphas_cumprod: Any,
    *,
    scale: float,
    sag_scale: float = 0.0,
) -> GuidedStep:
    """Lead a noise prediction towards a higher score.

    With ``a`` the cumulative alpha at `t` and ``eps`` the network's noise::

        clean = (x - sqrt(1 - a) eps) / sqrt(a);  f = sqrt(1 - a)
        image = clamp(decode((f clean + (1 - f) x) / scaling) / 2 + 1/2, 0, 1)
        noise = eps + sag (eps - unet(degraded x)) - f scale d score(image) / dx

    The gradient passes through the decoder and the network.

    Parameters
    ----------
    unet, vae
        ``UNet2DConditionModel`` and ``AutoencoderKL`` of diffusers, or alike; the
        network must predict noise.
    score
        Images (b, 3, H, W) of 0 to 1, float32 at least, to (b,) or one number:
        the mean response of the units. It resizes and normalises for its encoder.
    latents
        (b, c, h, w) noisy latents at step `t`.
    t
        Time step, a place in `alphas_cumprod`.
    context
        (b or 1, tokens, d) text states, of the empty prompt in BrainDiVE.
    alphas_cumprod
        (steps,) of the scheduler the network was trained with.
    scale
        Strength of guidance; 130 in BrainDiVE for Stable Diffusion 2.1 and CLIP B/16.
    sag_scale
        Strength of self-attention guidance; 0.75 in BrainDiVE, 0 leaves it out.

    Returns
    -------
    GuidedStep

    Raises
    ------
    InputError
        When `t` is outside the schedule, shapes do not fit, or the network has no
        self-attention in its middle and `sag_scale` is not 0.
    """
    import torch

    a = _alpha(alphas_cumprod, t, latents)
    context = _context(context, latents)
    factor = (1 - a).sqrt()
    with torch.enable_grad():
        x = latents.detach().requires_grad_(True)
        with remembering_attention(unet, wanted=sag_scale != 0) as attention:
            eps = unet(x, t, encoder_hidden_states=context).sample
        clean = (x - factor * eps) / a.sqrt()
        mixed = factor * clean + (1 - factor) * x
        image = _decode(vae, mixed)
        activation = score(image)
        (gradient,) = torch.autograd.grad(activation.sum() * scale, x)
    noise, clean = eps.detach(), clean.detach()
    if sag_scale:
        worse = degraded(clean, noise, a, attention)
        with torch.no_grad():
            other = unet(worse, t, encoder_hidden_states=context).sample
        noise = noise + sag_scale * (noise - other)
    return GuidedStep(
        noise - factor * gradient, clean, activation.detach(), image.detach()
    )


def _alpha(alphas: Any, t: Any, latents: Tensor) -> Tensor:
    import torch

    known = torch.as_tensor(alphas)
    step = int(t)
    if known.ndim != 1 or not 0 <= step < len(known):
        raise InputError(
            f"Time step {step} is outside the schedule of {known.numel()} steps."
        )
    return known[step].to(latents.device, latents.dtype)


def _context(context: Tensor, latents: Tensor) -> Tensor:
    fits = latents.ndim == 4 and context.ndim == 3
    if not fits or len(context) not in (1, len(latents)):
        raise InputError(
            f"Latents are {tuple(latents.shape)} and text states "
            f"{tuple(context.shape)}: give (b, c, h, w) and (b or 1, tokens, d)."
        )
    return context.expand(len(latents), -1, -1)


def _decode(vae: Any, latents: Tensor) -> Tensor:
    import torch

    config = vae.config
    scaled = latents / config.scaling_factor
    shift = getattr(config, "shift_factor", None)
    raw = vae.decode(scaled + shift if shift else scaled).sample
    # Encoders are scored in full precision even where diffusion runs in half.
    raw = raw if raw.dtype == torch.float64 else raw.float()
    return (raw / 2 + 0.5).clamp(0, 1)
