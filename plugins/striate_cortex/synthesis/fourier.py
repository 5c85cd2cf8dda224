"""Pictures as spectra: gradient steps then move all scales alike (lucid, 2017)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

__all__ = ["FourierPicture"]

_FALL = 1.3
_CONTRAST = 0.5
"""Deviation at most before the sigmoid: about 0.22 after it, as in photographs."""
_COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]])
"""How colours of natural pictures vary together (ImageNet; lucid)."""


class FourierPicture:
    """Some pictures, held as spectra whose power falls as natural pictures' does.

    Parameters
    ----------
    count, size
        Pictures, and their edge in pixels.
    seed
        Of the noise they begin with: picture i is that of ``seed + i``, in any `count`.
    device
        Where they live.
    """

    def __init__(
        self, count: int, size: int, seed: int = 0, device: str = "cpu"
    ) -> None:
        from torch import tensor

        fy, fx = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)
        reach = np.maximum(np.hypot(fy, fx), 1 / size)
        noise = [
            np.random.default_rng(seed + i).standard_normal((3, *reach.shape, 2))
            for i in range(count)
        ]
        start = 0.01 * np.stack(noise).astype(np.float32)
        self.size = size
        self.spectrum: Tensor = tensor(start, device=device, requires_grad=True)
        self._scale = tensor((reach**-_FALL).astype(np.float32), device=device)
        widest = np.linalg.norm(_COLOURS, axis=0).max()
        self._colours = tensor((_COLOURS / widest).astype(np.float32), device=device)

    def begin_with(self, images: NDArray[np.uint8], jitter: float) -> None:
        """Begin with pictures (count, h, w, 3), and so much noise of their own scale.

        What they lack is what a spectrum cannot hold: black and white are softened.
        """
        import torch
        from torch.nn.functional import interpolate

        device = self.spectrum.device
        given = torch.tensor(images.transpose(0, 3, 1, 2) / 255.0, device=device)
        given = interpolate(given.float(), (self.size,) * 2, mode="bilinear",
                            antialias=True)  # fmt: skip
        mixed = given.clamp(0.05, 0.95).logit() / 2
        plain = torch.einsum("bdhw,cd->bchw", mixed, self._colours.inverse())
        spectrum = torch.fft.rfft2(plain, norm="ortho") / self._scale
        found = torch.view_as_real(spectrum)
        with torch.no_grad():
            noise = self.spectrum / self.spectrum.std((1, 2, 3, 4), keepdim=True)
            size = found.square().mean((1, 2, 3, 4), keepdim=True).sqrt()
            self.spectrum.copy_(found + jitter * size * noise)

    def __call__(self) -> Tensor:
        """Return (count, 3, size, size) of 0 to 1."""
        import torch

        spectrum = torch.view_as_complex(self.spectrum) * self._scale
        plain = torch.fft.irfft2(spectrum, s=(self.size, self.size), norm="ortho")
        mixed = torch.einsum("bchw,dc->bdhw", plain, self._colours)
        # Networks answer to contrast without end, and only black and white have it.
        size = mixed.std((1, 2, 3), keepdim=True)
        return (2 * mixed * (_CONTRAST / size.clamp_min(_CONTRAST))).sigmoid()
