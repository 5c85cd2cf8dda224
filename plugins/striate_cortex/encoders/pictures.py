"""Pictures as networks expect them: RGB, resized, cropped, scaled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    from striate_cortex.encoders.contract import Picture

__all__ = ["CLIP_MEAN", "CLIP_STD", "Preparation", "as_image"]

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True)
class Preparation:
    """How a network wants its pictures.

    Parameters
    ----------
    size
        Edge in pixels.
    crop
        ``"centre"``: the shorter edge is brought to `size` and the middle is taken;
        ``"squash"``: both edges are, whatever the shape.
    mean, std
        Subtracted from, and divided into, values of 0 to 1, by channel.
    filter
        Of the resize.
    shorter
        What the shorter edge is brought to before the middle is taken; 0: `size`.
    """

    size: int
    crop: Literal["centre", "squash"] = "centre"
    mean: tuple[float, ...] = CLIP_MEAN
    std: tuple[float, ...] = CLIP_STD
    filter: Literal["bicubic", "bilinear"] = "bicubic"
    shorter: int = 0

    def __call__(self, picture: Picture) -> NDArray[np.float32]:
        """Return (3, size, size) float32."""
        from PIL import Image as Pil

        image = as_image(picture)
        kind = Pil.Resampling[self.filter.upper()]
        if self.crop == "squash":
            image = image.resize((self.size, self.size), kind)
        else:
            scale = (self.shorter or self.size) / min(image.size)
            # Rounded as torchvision does, by which these networks were trained.
            width, height = (max(self.size, int(s * scale + 1e-9)) for s in image.size)
            left, top = (round((s - self.size) / 2) for s in (width, height))
            image = image.resize((width, height), kind)
            image = image.crop((left, top, left + self.size, top + self.size))
        pixels = np.asarray(image, np.float32) / 255
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        scaled = (pixels - mean) / std
        return np.ascontiguousarray(scaled.transpose(2, 0, 1), np.float32)


def as_image(picture: Picture) -> Image:
    """Open a picture as RGB.

    Raises
    ------
    InputError
        When the file is no picture, or the array is not (H, W), (H, W, 3) or
        (H, W, 4) of 8 bits.
    """
    from PIL import Image as Pil
    from PIL import UnidentifiedImageError

    if isinstance(picture, str | Path):
        try:
            with Pil.open(picture) as file:
                return file.convert("RGB")
        except (OSError, UnidentifiedImageError, ValueError) as error:
            raise InputError(f"{picture} is no picture that can be read.") from error
    array = np.asarray(picture)
    shaped = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
    if array.dtype != np.uint8 or not shaped:
        raise InputError(
            f"A picture has the shape {array.shape} and {array.dtype} values: it must "
            "be height by width by 3, of 8 bits."
        )
    return Pil.fromarray(array).convert("RGB")
