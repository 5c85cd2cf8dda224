"""Images from a text, by any text-to-image model of diffusers (BrainSCUBA, LaVCa)."""

from __future__ import annotations

import inspect
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.synthesis.batches import Made, in_batches
from striate_cortex.synthesis.diffusion import diffusers_here
from striate_cortex.synthesis.folders import find_folder, read_index
from striate_cortex.synthesis.networks import to_pixels
from striate_cortex.synthesis.record import Forming, SynthesisParams

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from striate.jobs.context import JobContext

__all__ = ["by_text"]

_STEPS, _PARTIALS = 50, 10
_SOLVER = "DPMSolverMultistepScheduler"


def by_text(
    p: SynthesisParams,
    start: NDArray[np.uint8] | None,
    seed: int,
    on_partial: Callable[[Forming], Any] | None,
    ctx: JobContext | None,
) -> Made:
    """Make images of a text, from many seeds.

    Raises
    ------
    InputError
        When there is no text, or the model cannot be read or cannot do this.
    """
    if not p.prompt.strip():
        raise InputError("There is no text to make images of: give one (--prompt).")
    diffusers_here()
    folder, card, details = find_folder(p.model, ctx)
    pipe = _opened(folder, start is not None, ctx)
    schedule = _set_schedule(pipe, p.schedule or str(details.get("schedule", "")))
    steps = p.steps or int(details.get("steps", _STEPS))
    options = _options(pipe, p, details, start is not None)
    seeds = seed + np.arange(p.seeds, dtype=np.int64)

    def make(part: NDArray[np.int64], done: int) -> NDArray[np.uint8]:
        heard = _Listening(part, done, len(seeds), steps, on_partial, ctx)
        begin = None if start is None else np.roll(start, -done, axis=0)
        return _run(pipe, p.prompt, part, begin, steps, options, heard)

    images = np.concatenate(in_batches(seeds, p.batch or 1, make, ctx))
    facts = {"steps": steps, "size": images.shape[1], "schedule": schedule,
             "guidance_scale": options.get("guidance_scale")}  # fmt: skip
    return Made(images, seeds, np.full(len(seeds), np.nan), card, facts)


def _opened(folder: Path, from_images: bool, ctx: JobContext | None) -> Any:
    import diffusers

    device = ctx.device if ctx is not None else "cpu"
    kind: Any = diffusers.AutoPipelineForText2Image
    # Its checker is not downloaded: what is made comes from the person's own data.
    index = read_index(folder)
    left = {k: None for k in ("safety_checker", "feature_extractor") if k in index}
    try:
        with warnings.catch_warnings():
            # Newer versions call it dtype, the oldest that will do does not know that.
            warnings.simplefilter("ignore", FutureWarning)
            pipe = kind.from_pretrained(
                str(folder), use_safetensors=True, local_files_only=True,
                torch_dtype=_precision(index, device), **left,
            )  # fmt: skip
        if from_images:
            pipe = diffusers.AutoPipelineForImage2Image.from_pipe(pipe)
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(
            f"{folder} cannot make images from a text: it is another kind of model, a "
            f"part is missing, or no safetensors file "
            f"({str(error).partition(chr(10))[0][:120]})."
        ) from error
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device)


def _precision(index: dict[str, Any], device: str) -> Any:
    import torch

    if not device.startswith("cuda"):
        return torch.float32
    # Transformers for images overflow in float16.
    return torch.bfloat16 if "transformer" in index else torch.float16


def _set_schedule(pipe: Any, name: str) -> str:
    """Choose the schedule; returns its name."""
    import diffusers

    known = {"dpm++": _SOLVER, "ddim": "DDIMScheduler",
             "unipc": "UniPCMultistepScheduler"}  # fmt: skip
    able = [c.__name__ for c in getattr(pipe.scheduler, "compatibles", [])]
    if name == "own" or (not name and _SOLVER not in able):
        return type(pipe.scheduler).__name__
    kind = known[name or "dpm++"]
    if kind not in able and kind != type(pipe.scheduler).__name__:
        raise InputError(
            f"This model does not run with {name}: choose the schedule own, which is "
            f"its {type(pipe.scheduler).__name__}."
        )
    pipe.scheduler = getattr(diffusers, kind).from_config(pipe.scheduler.config)
    return kind


def _options(
    pipe: Any, p: SynthesisParams, details: dict[str, Any], from_images: bool
) -> dict[str, Any]:
    scale = p.guidance_scale
    if scale is None:
        scale = details.get("guidance_scale")
    wanted: dict[str, Any] = {"guidance_scale": scale}
    if from_images:
        wanted["strength"] = max(p.jitter, 0.02)
    else:
        wanted |= {"height": p.size or None, "width": p.size or None}
    taken = inspect.signature(pipe.__call__).parameters
    return {k: v for k, v in wanted.items() if v is not None and k in taken}


class _Listening:
    """What a pipeline calls after each step: progress, cancel, and how it looks."""

    def __init__(
        self,
        seeds: NDArray[np.int64],
        done: int,
        total: int,
        steps: int,
        on_partial: Callable[[Forming], Any] | None,
        ctx: JobContext | None,
    ) -> None:
        self.seeds, self.done, self.total, self.steps = seeds, done, total, steps
        self.on_partial, self.ctx = on_partial, ctx

    def __call__(self, pipe: Any, step: int, _: Any, given: dict[str, Any]) -> Any:
        if self.ctx is not None:
            ran = self.done * self.steps + (step + 1) * len(self.seeds)
            self.ctx.progress(ran, self.total * self.steps, "Making images")
        if self.on_partial is not None and step % max(1, self.steps // _PARTIALS) == 0:
            images = _looks(pipe, given.get("latents"))
            if images is not None:
                self.on_partial(
                    Forming(step, self.steps, images, self.seeds, self.done, self.total)
                )
        return given


def _looks(pipe: Any, latents: Any) -> NDArray[np.uint8] | None:
    """Decode latents where they are a picture's; others are packed."""
    from torch import no_grad

    vae: Any = getattr(pipe, "vae", None)
    scale = getattr(getattr(vae, "config", None), "scaling_factor", None)
    if latents is None or latents.ndim != 4 or scale is None:
        return None
    with no_grad():
        raw = vae.decode((latents / scale).to(vae.dtype)).sample
    return to_pixels((raw.float() / 2 + 0.5).clamp(0, 1))


def _run(
    pipe: Any,
    prompt: str,
    seeds: NDArray[np.int64],
    start: NDArray[np.uint8] | None,
    steps: int,
    options: dict[str, Any],
    heard: _Listening,
) -> NDArray[np.uint8]:
    import torch
    from PIL import Image

    given: dict[str, Any] = {
        "prompt": [prompt] * len(seeds), "num_inference_steps": steps,
        "generator": [torch.Generator().manual_seed(int(s)) for s in seeds],
        "output_type": "np", **options,
    }  # fmt: skip
    if start is not None:
        turn = np.arange(len(seeds)) % len(start)
        given["image"] = [Image.fromarray(start[k]) for k in turn]
    if "callback_on_step_end" in inspect.signature(pipe.__call__).parameters:
        given["callback_on_step_end"] = heard
    made = np.asarray(pipe(**given).images, np.float32)
    return np.asarray((made.clip(0, 1) * 255).round(), np.uint8)
