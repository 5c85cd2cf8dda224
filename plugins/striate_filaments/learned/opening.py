"""Make the finder of a segmentation: which model, on which device, how much at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from striate.errors import InputError
from striate_filaments.learned.files import find_model
from striate_filaments.learned.finder import NetworkFinder

if TYPE_CHECKING:
    from striate.jobs.context import JobContext
    from striate_filaments.segmentation.foreground import Detector

__all__ = ["block_edge", "make_finder"]

_PLANES = 8


def make_finder(
    detector: Detector, shape: tuple[int, ...], model: str, ctx: JobContext
) -> NetworkFinder:
    """Choose the model and where it runs.

    Parameters
    ----------
    shape
        (z, y, x) of what is segmented.
    model
        See :func:`striate_filaments.learned.files.find_model`.

    Raises
    ------
    InputError
        When there is no such model, or the volume is flat.
    """
    if min(shape) < _PLANES:
        raise InputError(
            f"The learned method knows volumes, and this one of {tuple(shape)} voxels "
            "is flat: choose the method colour."
        )
    found = find_model(model)
    ctx.log(f"Model {found.id} on {ctx.device}.")
    return NetworkFinder(detector, found.path, found.sha256, found.config, ctx.device)


def block_edge(finder: NetworkFinder, wanted: int) -> int:
    """The edge of blocks nearest to the one wanted that fits the finder's grid."""
    return max(finder.grid, round(wanted / finder.grid) * finder.grid)
