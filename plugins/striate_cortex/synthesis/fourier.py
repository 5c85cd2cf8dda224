"""Pictures as spectra: gradient steps then move all scales alike (lucid, 2017)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["FourierPicture"]

_FALL = 1.3
_COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]])
"""How colours of natural pictures vary together (ImageNet; lucid)."""


class FourierPicture:
    """Some pictures, held as spectra whose power falls as natural pictures' does.

    Parameters
    ----------
    count, size
        Pictures, and their edge in pixels.
    seed
        Of the noise they begin with; picture i of a seed is the same in any `count`.
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
            np.random.default_rng([seed, i]).standard_normal((3, *reach.shape, 2))
            for i in range(count)
        ]
        start = 0.01 * np.stack(noise).astype(np.float32)
        self.size = size
        self.spectrum: Tensor = tensor(start, device=device, requires_grad=True)
        self._scale = tensor((reach**-_FALL).astype(np.float32), device=device)
        widest = np.linalg.norm(_COLOURS, axis=0).max()
        self._colours = tensor((_COLOURS / widest).astype(np.float32), device=device)

    def __call__(self) -> Tensor:
        """Return (count, 3, size, size) of 0 to 1."""
        import torch

        spectrum = torch.view_as_complex(self.spectrum) * self._scale
        plain = torch.fft.irfft2(spectrum, s=(self.size, self.size), norm="ortho")
        mixed = torch.einsum("bchw,dc->bdhw", plain, self._colours)
        return (2 * mixed).sigmoid()
