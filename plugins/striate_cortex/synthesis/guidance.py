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
    prompt: Tensor | None = None,
    guidance_scale: float = 0.0,
    prediction: str = "epsilon",
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
        ``UNet2DConditionModel`` and ``AutoencoderKL`` of diffusers, or alike.
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
    prompt, guidance_scale
        Text states of a prompt, shaped as `context`, and its strength: with ``e0`` the
        noise of `context` and ``e1`` that of the prompt, ``eps`` is
        ``e0 + guidance_scale (e1 - e0)``. 0 in BrainDiVE.
    prediction
        What the network predicts: ``"epsilon"``, noise, or ``"v_prediction"``, from
        which ``eps`` is ``sqrt(a) v + sqrt(1 - a) x``. The noise returned is noise
        either way.

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
    noises = _Noises(unet, t, a, prediction)
    factor = (1 - a).sqrt()
    with torch.enable_grad():
        x = latents.detach().requires_grad_(True)
        led = prompt is not None and guidance_scale != 0
        told = noises(x, _context(prompt, latents)) if led else None
        # The last to run: self-attention guidance looks at what the empty prompt sees.
        with remembering_attention(unet, wanted=sag_scale != 0) as attention:
            empty = noises(x, context)
        eps = empty if told is None else empty + guidance_scale * (told - empty)
        clean = (x - factor * eps) / a.sqrt()
        image = _decode(vae, factor * clean + (1 - factor) * x)
        activation = score(image)
        (gradient,) = torch.autograd.grad(activation.sum() * scale, x)
    noise, empty = eps.detach(), empty.detach()
    if sag_scale:
        plain = (latents - factor * empty) / a.sqrt()
        worse = degraded(plain, empty, a, attention)
        with torch.no_grad():
            noise = noise + sag_scale * (empty - noises(worse, context))
    return GuidedStep(
        noise - factor * gradient, clean.detach(), activation.detach(), image.detach()
    )


@dataclass(frozen=True)
class _Noises:
    """A network at one step, as one that predicts noise."""

    unet: Any
    t: Any
    alpha: Tensor
    prediction: str

    def __call__(self, x: Tensor, context: Tensor) -> Tensor:
        found: Tensor = self.unet(x, self.t, encoder_hidden_states=context).sample
        if self.prediction == "epsilon":
            return found
        if self.prediction != "v_prediction":
            raise InputError(
                f"This network predicts {self.prediction!r}: guidance takes networks "
                "that predict epsilon or v_prediction."
            )
        return self.alpha.sqrt() * found + (1 - self.alpha).sqrt() * x


def _alpha(alphas: Any, t: Any, latents: Tensor) -> Tensor:
    import torch

    known = torch.as_tensor(alphas)
    step = int(t)
    if known.ndim != 1 or not 0 <= step < len(known):
        raise InputError(
            f"Time step {step} is outside the schedule of {known.numel()} steps."
        )
    return known[step].to(latents.device, latents.dtype)


def _context(context: Tensor | None, latents: Tensor) -> Tensor:
    assert context is not None
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
