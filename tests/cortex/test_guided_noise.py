"""A guided step is BrainDiVE's equations: checked in float64, by other means."""

from __future__ import annotations

import math

import numpy as np
import pytest

from striate.errors import InputError
from striate_cortex import guided_noise

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")

STEP, SCALE = 400, 130.0
ALPHAS = np.cumprod(1 - np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2)


def tiny_unet(**changes):
    torch.manual_seed(0)
    options = {
        "sample_size": 8, "block_out_channels": (16, 32), "layers_per_block": 1,
        "cross_attention_dim": 16, "norm_num_groups": 8, "attention_head_dim": 4,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
    }  # fmt: skip
    return diffusers.UNet2DConditionModel(**(options | changes)).eval()


@pytest.fixture(scope="module")
def parts():
    unet = tiny_unet()
    vae = diffusers.AutoencoderKL(
        block_out_channels=(8, 16), norm_num_groups=4, latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
    ).eval()  # fmt: skip
    latents, context = torch.randn(2, 4, 8, 8), torch.randn(1, 5, 16)
    return unet, vae, latents, context


def redness(image):
    """Mean red less the square of the mean green, of each image."""
    means = image.mean((2, 3))
    return means[:, 0] - means[:, 1] ** 2


def value(unet, vae, x, context):
    """Say L of the paper less its sign and scale, in float64, of the first image."""
    a = float(ALPHAS[STEP])
    eps = unet(x, STEP, encoder_hidden_states=context).sample
    x0 = (x - math.sqrt(1 - a) * eps) / math.sqrt(a)
    s = math.sqrt(1 - a) * x0 + (1 - math.sqrt(1 - a)) * x
    image = torch.clamp(vae.decode(s / 0.18215).sample / 2 + 0.5, 0, 1)
    return eps, x0, image, redness(image)


def in_double(parts):
    import copy

    unet, vae, latents, context = parts
    return (
        copy.deepcopy(unet).double(), copy.deepcopy(vae).double(),
        latents.double(), context.double().expand(2, -1, -1),
    )  # fmt: skip


def test_a_step_equals_the_equations(parts):
    unet, vae, x, context = in_double(parts)
    a = float(ALPHAS[STEP])
    with torch.no_grad():
        eps, x0, image, activation = value(unet, vae, x, context)

    step = guided_noise(
        parts[0], parts[1], redness, parts[2], STEP, parts[3], ALPHAS, scale=SCALE
    )

    assert torch.allclose(step.clean.double(), x0, atol=1e-4)
    assert torch.allclose(step.image.double(), image, atol=1e-5)
    assert torch.allclose(step.activation.double(), activation, atol=1e-5)
    # The gradient by finite differences, at a few places of both images.
    gradient = (eps - step.noise.double()) / (math.sqrt(1 - a) * SCALE)
    h = 1e-4
    for place in [(0, 0, 0, 0), (0, 2, 3, 5), (1, 1, 7, 7), (1, 3, 4, 2)]:
        more, less = x.clone(), x.clone()
        more[place] += h
        less[place] -= h
        with torch.no_grad():
            up = value(unet, vae, more, context)[3].sum()
            down = value(unet, vae, less, context)[3].sum()
        expected = float(up - down) / (2 * h)
        assert float(gradient[place]) == pytest.approx(expected, rel=2e-3, abs=2e-6)


def test_in_double_it_equals_them_to_ten_digits(parts):
    unet, vae, x, context = in_double(parts)
    x = x.clone().requires_grad_(True)
    eps, _, _, activation = value(unet, vae, x, context)
    (-activation * SCALE).sum().backward()
    g = -x.grad
    expected = eps.detach() - math.sqrt(1 - float(ALPHAS[STEP])) * g

    step = guided_noise(
        unet, vae, redness, x.detach(), STEP, context, torch.tensor(ALPHAS), scale=SCALE
    )

    assert torch.allclose(step.noise, expected, rtol=1e-10, atol=1e-12)


def test_no_scale_is_the_networks_own_noise(parts):
    unet, vae, latents, context = parts
    with torch.no_grad():
        own = unet(latents, STEP, encoder_hidden_states=context.expand(2, -1, -1))
    step = guided_noise(unet, vae, redness, latents, STEP, context, ALPHAS, scale=0)
    assert torch.equal(step.noise, own.sample)


def test_images_of_a_batch_do_not_lead_one_another(parts):
    unet, vae, latents, context = parts
    both, alone = (
        guided_noise(unet, vae, redness, x, STEP, context, ALPHAS, scale=SCALE)
        for x in (latents, latents[:1])
    )
    assert torch.allclose(both.noise[:1], alone.noise, atol=1e-5)


def test_the_step_raises_the_score(parts):
    unet, vae, latents, context = parts

    def after(scale):
        x, a = latents, float(ALPHAS[STEP])
        for _ in range(3):
            step = guided_noise(
                unet, vae, redness, x, STEP, context, ALPHAS, scale=scale
            )
            x = x - 0.1 * math.sqrt(1 - a) * step.noise
        last = guided_noise(unet, vae, redness, x, STEP, context, ALPHAS, scale=0)
        return last.activation

    assert (after(1000.0) > after(0.0)).all()


def test_self_attention_guidance_blurs_what_is_attended_to(parts):
    from scipy.ndimage import gaussian_filter

    unet, vae, x, context = in_double(parts)
    a = torch.tensor(ALPHAS[STEP])
    attention = unet.mid_block.attentions[0].transformer_blocks[0].attn1
    seen = []
    hook = attention.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    with torch.no_grad():
        eps = unet(x, STEP, encoder_hidden_states=context).sample
        hook.remove()
        # The matrix by diffusers' own functions, the blur by scipy's.
        heads = [attention.head_to_batch_dim(m(seen[0]))
                 for m in (attention.to_q, attention.to_k)]  # fmt: skip
        matrix = attention.get_attention_scores(*heads).reshape(2, -1, 16, 16)
        mask = (matrix.mean(1).sum(1) > 1).double().reshape(2, 1, 4, 4)
        mask = mask.repeat_interleave(2, 2).repeat_interleave(2, 3)
        x0 = (x - (1 - a).sqrt() * eps) / a.sqrt()
        blur = gaussian_filter(x0.numpy(), (0, 0, 1, 1), mode="mirror", truncate=4)
        worse = a.sqrt() * (torch.tensor(blur) * mask + x0 * (1 - mask))
        worse = worse + (1 - a).sqrt() * eps
        other = unet(worse, STEP, encoder_hidden_states=context).sample
    assert 0 < mask.mean() < 1

    step = guided_noise(
        unet, vae, redness, x, STEP, context, ALPHAS, scale=0, sag_scale=0.75
    )

    assert torch.allclose(step.noise, eps + 0.75 * (eps - other), atol=1e-9)


def test_what_cannot_be_guided_is_refused(parts):
    unet, vae, latents, context = parts
    with pytest.raises(InputError, match="outside the schedule of 1000"):
        guided_noise(unet, vae, redness, latents, 1000, context, ALPHAS, scale=1)
    with pytest.raises(InputError, match="tokens"):
        guided_noise(unet, vae, redness, latents, 1, context[0], ALPHAS, scale=1)
    plain = tiny_unet(
        down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2,
        mid_block_type=None,
    )  # fmt: skip
    with pytest.raises(InputError, match="set sag_scale to 0"):
        guided_noise(
            plain, vae, redness, latents, 1, context, ALPHAS, scale=1, sag_scale=1
        )
