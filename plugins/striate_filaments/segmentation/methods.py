"""The two methods: what finds voxels, how good they must be, and what joins them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from striate_filaments.segmentation.blocks import make_detector
from striate_filaments.segmentation.joining import Joiner, join_voxels
from striate_filaments.segmentation.tuning import TUNED

if TYPE_CHECKING:
    from striate.jobs.context import JobContext
    from striate_filaments.segmentation.blocks import Finder
    from striate_filaments.segmentation.foreground import Detector
    from striate_filaments.segmentation.resolving import Request

__all__ = ["Method", "choose_method"]


@dataclass(frozen=True)
class Method:
    """How one volume is segmented.

    Parameters
    ----------
    detector
        What background and noise are, for colours.
    finder, edge
        What looks for voxels, and the edge of the blocks it looks at.
    low, high
        Score of a voxel, and the one that a component must reach.
    join
        What makes neurons of voxels.
    facts
        What of it belongs in the provenance.
    """

    detector: Detector
    finder: Finder
    edge: int
    low: float
    high: float
    join: Joiner = join_voxels
    facts: dict[str, Any] = field(default_factory=dict)


def choose_method(request: Request, ctx: JobContext) -> Method:
    """Prepare the method that was asked for; measures background and noise.

    Raises
    ------
    InputError
        For ``method="learned"``, when there is no such model or the volume is flat.
    """
    if request.params.method == "learned":
        return _learned(request, ctx)
    low, high = request.thresholds
    detector = make_detector(request.array, request.optics, low, ctx)
    return Method(detector, detector, request.params.block, low, high)


def _learned(request: Request, ctx: JobContext) -> Method:
    from striate_filaments.learned.files import find_model
    from striate_filaments.learned.opening import block_edge, make_finder
    from striate_filaments.linking.joining import join_learned
    from striate_filaments.linking.opening import find_links

    params, shape = request.params, request.array.shape[1:]
    links = find_links(find_model(params.model).path)
    chosen, strict = links.settings if links else TUNED, request.strictness
    low, high = chosen.low * strict, chosen.high * strict
    found = links.settings.found * strict if links else low
    detector = make_detector(request.array, request.optics, found, ctx)
    finder = make_finder(detector, shape, params.model, ctx)
    edge = block_edge(finder, params.block)
    if links is None:
        return Method(detector, finder, edge, low, high)
    join = partial(join_learned, model=links)
    return Method(detector, finder, edge, low, high, join, links.facts)
