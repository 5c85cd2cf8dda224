"""Images from files, and what is suspicious about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.data import Volume, open_volume
from striate.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_channels.preprocessing import Remarks

__all__ = ["open_image", "remark_on", "sample"]

_PHOTOS = (".png", ".jpg", ".jpeg", ".bmp")
_SAMPLE_PIXELS = 1 << 18
_SAMPLE_PLANES = 5


def open_image(path: str | Path, **options: Any) -> Volume:
    """Open what :func:`striate.open_volume` opens, and single PNG and JPEG pictures.

    Raises
    ------
    InputError
        One sentence: what is wrong with which file.
    """
    place = Path(path).expanduser()
    if place.suffix.lower() in _PHOTOS and place.is_file():
        return _photo(place)
    return open_volume(place, **options)


def sample(volume: Volume, t: int = 0) -> NDArray[np.float32]:
    """A few evenly spaced planes, thinned, as (C, n) float32; never the whole."""
    stack = volume.czyx(t=t)
    _, depth, height, width = stack.shape
    planes = np.unique(np.linspace(0, depth - 1, _SAMPLE_PLANES).round().astype(int))
    step = max(1, round((height * width * len(planes) / _SAMPLE_PIXELS) ** 0.5))
    thin = stack[:, planes, ::step, ::step]
    values = np.asarray(thin.compute(scheduler="synchronous"), np.float32)
    return values.reshape(len(values), -1)


def remark_on(volume: Volume, normalise: str, remarks: Remarks) -> None:
    """Remark on what a person should know before trusting an embedding of it."""
    name = volume.source.name if volume.source else "The image"
    values = sample(volume)
    values = values[:, np.isfinite(values).all(0)]
    if values.shape[1] < 2:
        return
    if _looks_like_a_photo(volume, values):
        remarks.add(
            f"{name} looks like an RGB photograph or a brightfield picture: its three "
            "colours are one camera's, not three stains, and a model of fluorescence "
            "microscopy does not know such pictures. Embed one grey channel "
            "(--channels 0), or take its embedding with care"
        )
    if normalise == "none":
        low, high = float(values.min()), float(values.max())
        twelve = volume.dtype == np.uint16 and high <= 4095
        kind = " (12-bit values in a 16-bit file)" if twelve else ""
        remarks.add(
            f"{name}: counts from {low:g} to {high:g}{kind} go to the model as they "
            "are, for normalisation is off"
        )


def _photo(path: Path) -> Volume:
    import imageio.v3 as imageio

    try:
        pixels = np.asarray(imageio.imread(path))
    except Exception as error:
        raise InputError(f"{path} cannot be read as a picture ({error}).") from error
    if pixels.ndim == 2:
        return Volume.from_array(pixels, "YX", source=path, format="picture")
    if pixels.ndim != 3:
        raise InputError(f"{path.name} is no single picture: {pixels.shape}.")
    # An alpha channel is not light.
    planes = pixels.shape[2] - int(pixels.shape[2] in (2, 4))
    colours = np.moveaxis(pixels[..., :planes], 2, 0)
    if planes == 3 and (colours[0] == colours[1]).all() and (
        colours[1] == colours[2]
    ).all():  # fmt: skip
        colours = colours[:1]
    return Volume.from_array(colours, "CYX", source=path, format="picture")


def _looks_like_a_photo(volume: Volume, values: NDArray[np.float32]) -> bool:
    """Three 8-bit colours that rise and fall together, as those of one camera do."""
    if volume.n_channels not in (3, 4) or volume.dtype != np.uint8:
        return False
    three = values[:3]
    if (three.std(1) == 0).any():
        return False
    pairs = np.asarray(np.corrcoef(three))[np.triu_indices(3, 1)]
    return bool(pairs.min() > 0.6)
