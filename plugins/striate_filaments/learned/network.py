"""A small 3-D U-Net and its three answers: how many, centre line, who belongs together.

How many neurons own a voxel, 0, 1 or more, follows PatchPerPix (Hirsch et al. 2020),
affinities over some distance Lee et al. 2017. An affinity is told the difference of
the two hues directly, and learns what to make of it where it is.
"""

from __future__ import annotations

import copy
from typing import NamedTuple

import torch  # noqa: TID253 - this module is imported to run the network
from torch import Tensor, nn  # noqa: TID253 - as above
from torch.nn.utils.fusion import fuse_conv_bn_eval  # noqa: TID253 - as above

from striate_filaments.learned.config import OFFSETS, LearnedConfig
from striate_filaments.learned.features import COUNT, hue_steps

__all__ = ["Maps", "SegmenterNet", "channels_last"]

_SEVERAL = 3
_HEAD = _SEVERAL + 1 + 2 * len(OFFSETS)


class Maps(NamedTuple):
    """Logits, all (B, K, z, y, x).

    Parameters
    ----------
    number
        K = 3: no neuron, one, two or more.
    centre
        K = 1: on a centre line.
    affinity
        K = len(OFFSETS): the same neuron as the voxel at the offset.
    """

    number: Tensor
    centre: Tensor
    affinity: Tensor


class SegmenterNet(nn.Module):
    """Maps of :func:`striate_filaments.learned.features.make_features` to logits."""

    def __init__(self, config: LearnedConfig | None = None) -> None:
        super().__init__()
        self.config = config or LearnedConfig()
        fine, middle, coarse = self.config.widths
        self.down = nn.MaxPool3d(2)
        self.up = nn.Upsample(scale_factor=2)
        self.fine_in = _Stage(COUNT, fine)
        self.middle_in = _Stage(fine, middle)
        self.coarse = _Stage(middle, coarse)
        self.middle_out = _Stage(coarse + middle, middle)
        self.fine_out = _Stage(middle + fine, fine)
        self.head = nn.Conv3d(fine, _HEAD, 1)
        self._begin_dark()

    def forward(self, features: Tensor) -> Maps:
        """Answer for (B, COUNT, z, y, x); z, y and x are multiples of 4."""
        fine = self.fine_in(features)
        middle = self.middle_in(self.down(fine))
        coarse = self.coarse(self.down(middle))
        middle = self.middle_out(torch.cat([self.up(coarse), middle], 1))
        fine = self.fine_out(torch.cat([self.up(middle), fine], 1))
        answers = self.head(fine)
        number, centre, alike, unlike = answers.split(
            [_SEVERAL, 1, len(OFFSETS), len(OFFSETS)], dim=1
        )
        return Maps(number, centre, alike - unlike * hue_steps(features))

    @torch.no_grad()
    def _begin_dark(self) -> None:
        """Begin with seeing nothing, as is right for nearly all voxels."""
        assert self.head.bias is not None
        self.head.bias.zero_()
        self.head.bias[:_SEVERAL] = torch.tensor([3.0, -1.0, -3.0])
        self.head.bias[_SEVERAL] = -3.0

    def for_running(self) -> SegmenterNet:
        """Return a copy without gradients whose norms are part of the convolutions."""
        made = copy.deepcopy(self).eval().requires_grad_(False)
        for stage in made.modules():
            if isinstance(stage, _Stage):
                stage.fuse()
        return made


class _Stage(nn.Module):
    """Two convolutions.

    Norms by running statistics: what they do to a voxel must not depend on what else
    is in the window.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv3d(inputs, outputs, 3, padding=1, bias=False)
        self.first_norm: nn.Module = nn.BatchNorm3d(outputs, momentum=0.05)
        self.second = nn.Conv3d(outputs, outputs, 3, padding=1, bias=False)
        self.second_norm: nn.Module = nn.BatchNorm3d(outputs, momentum=0.05)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu_(self.first_norm(self.first(x)))
        return torch.relu_(self.second_norm(self.second(x)))

    def fuse(self) -> None:
        """Take the norms into the convolutions."""
        self.first = _fused(self.first, self.first_norm)
        self.second = _fused(self.second, self.second_norm)
        self.first_norm = self.second_norm = nn.Identity()


def channels_last(net: SegmenterNet) -> SegmenterNet:
    """Lay weights out as processors like them: two thirds of the time."""
    form = {"memory_format": torch.channels_last_3d}
    return net.to(**form)  # type: ignore[call-overload]


def _fused(layer: nn.Conv3d, norm: nn.Module) -> nn.Conv3d:
    assert isinstance(norm, nn.BatchNorm3d)
    return fuse_conv_bn_eval(layer, norm)
