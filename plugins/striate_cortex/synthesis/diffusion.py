"""The parts of a diffusion model that guidance needs, from a folder of diffusers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from striate.errors import InputError, MissingDependencyError
from striate_cortex.synthesis.folders import find_folder, read_index

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from striate.jobs.context import JobContext

__all__ = ["Diffusion", "diffusers_here", "load_part", "open_diffusion"]

_UNETS = ("UNet2DConditionModel",)
_VAES = ("AutoencoderKL", "AutoencoderTiny")


@dataclass(frozen=True)
class Diffusion:
    """A network, its decoder, its schedule's settings, and what reads its prompts.

    Parameters
    ----------
    unet, vae
        Of diffusers, evaluating, without gradients of their own.
    schedule
        Settings of the schedule it was trained with.
    tokens, words
        Tokenizer and text encoder.
    card, details
        Facts about it; see :func:`~striate_cortex.synthesis.folders.find_folder`.
    """

    unet: Any
    vae: Any
    schedule: dict[str, Any]
    tokens: Any
    words: Any
    card: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def shrinks(self) -> int:
        """How many pixels one latent stands for, along an edge."""
        config = self.vae.config
        blocks = getattr(config, "block_out_channels", None) or (
            config.decoder_block_out_channels
        )
        return int(2 ** (len(blocks) - 1))

    @property
    def size(self) -> int:
        """Edge in pixels that it was trained for."""
        return int(self.unet.config.sample_size) * self.shrinks

    @property
    def prediction(self) -> str:
        """What the network predicts: ``epsilon`` or ``v_prediction``."""
        return str(self.schedule.get("prediction_type", "epsilon"))

    def states(self, prompt: str) -> Tensor:
        """Return what the network is told of a prompt; (1, tokens, d)."""
        from torch import no_grad

        read = self.tokens(
            prompt, padding="max_length", truncation=True, return_tensors="pt",
            max_length=self.words.config.max_position_embeddings,
        )  # fmt: skip
        with no_grad():
            found = self.words(read.input_ids.to(self.words.device))
        states: Tensor = found.last_hidden_state.to(self.unet.dtype)
        return states

    def latents_of(self, images: Tensor) -> Tensor:
        """Return the latents of images (b, 3, H, W) of 0 to 1."""
        from torch import no_grad

        with no_grad():
            found = self.vae.encode((2 * images - 1).to(self.vae.dtype))
        clean = getattr(found, "latents", None)
        clean = found.latent_dist.mode() if clean is None else clean
        latents: Tensor = clean * self.vae.config.scaling_factor
        return latents

    def pictures_of(self, latents: Tensor) -> Tensor:
        """Return images (b, 3, H, W) of 0 to 1."""
        from torch import no_grad

        with no_grad():
            raw = self.vae.decode(latents / self.vae.config.scaling_factor).sample
        images: Tensor = (raw.float() / 2 + 0.5).clamp(0, 1)
        return images


def open_diffusion(name: str = "", ctx: JobContext | None = None) -> Diffusion:
    """Open a diffusion model for guidance.

    Parameters
    ----------
    name
        See :func:`~striate_cortex.synthesis.folders.find_folder`.

    Raises
    ------
    MissingDependencyError
        When the extra ``synthesis`` is not installed.
    InputError
        When guidance cannot lead it: its network is no UNet, or needs more than a
        prompt's states; or a part is missing or a pickle.
    OfflineError
        When it must be downloaded and cannot be.
    """
    import json

    diffusers_here()
    device = ctx.device if ctx is not None else "cpu"
    folder, card, details = find_folder(name, ctx)
    index = read_index(folder)
    _check(index, folder)
    half = device.startswith("cuda")
    unet = load_part(folder, index, "unet", device, half=half)
    if getattr(unet.config, "addition_embed_type", None):
        raise InputError(
            f"{folder.name} is of the SDXL family, which guidance does not lead: "
            "choose Stable Diffusion 1 or 2, or --method text."
        )
    config = folder / "scheduler" / "scheduler_config.json"
    try:
        schedule = dict(json.loads(config.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise InputError(f"{config} is missing or damaged.") from error
    return Diffusion(
        unet, load_part(folder, index, "vae", device, half=half), schedule,
        load_part(folder, index, "tokenizer", device, half=half),
        load_part(folder, index, "text_encoder", device, half=half), card, details,
    )  # fmt: skip


def diffusers_here() -> None:
    """See that diffusers and transformers are installed, and keep them quiet.

    Raises
    ------
    MissingDependencyError
        When they are not.
    """
    try:
        import diffusers
        import transformers
    except ImportError as error:
        raise MissingDependencyError(
            'Images by diffusion need two packages: pip install "striate[language,'
            'synthesis]".'
        ) from error
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


def _check(index: dict[str, Any], folder: Path) -> None:
    kinds = {k: (index.get(k) or [None, None])[1] for k in ("unet", "vae")}
    if kinds["unet"] not in _UNETS or kinds["vae"] not in _VAES:
        raise InputError(
            f"{folder.name} is a {index.get('_class_name', 'model')}: guidance leads "
            "models with a UNet and an autoencoder, such as Stable Diffusion 1 and 2; "
            "others make images with --method text."
        )


def load_part(
    folder: Path, index: dict[str, Any], name: str, device: str, *, half: bool
) -> Any:
    """Load one part of a folder by the class its index names; never a pickle.

    Raises
    ------
    InputError
        When it is missing, damaged, or not as safetensors.
    """
    import diffusers
    import torch
    import transformers

    library, kind = index.get(name) or (None, None)
    home = {"diffusers": diffusers, "transformers": transformers}.get(str(library))
    loader: Any = getattr(home, str(kind), None)
    if not hasattr(loader, "from_pretrained") or not (folder / name).is_dir():
        raise InputError(
            f"{folder} has no {name} that can be read ({library}: {kind})."
        )
    place = str(folder / name)
    try:
        if name.startswith("tokenizer"):
            return loader.from_pretrained(place, local_files_only=True)
        dtype = torch.float16 if half else torch.float32
        part = loader.from_pretrained(
            place, use_safetensors=True, local_files_only=True
        )
        return part.to(device, dtype).eval().requires_grad_(False)
    except (OSError, ValueError, RuntimeError) as error:
        if "out of memory" in str(error):
            raise
        raise InputError(
            f"{place} cannot be read: its weights are missing, damaged, or no "
            f"safetensors file ({str(error).partition(chr(10))[0][:120]})."
        ) from error
