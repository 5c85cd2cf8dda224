"""The two methods: what finds voxels, how good they must be, and what joins them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from striate.errors import StriateError
from striate_filaments.segmentation.blocks import make_detector
from striate_filaments.segmentation.joining import Joiner, join_voxels
from striate_filaments.segmentation.tuning import TUNED

if TYPE_CHECKING:
    from pathlib import Path

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
    StriateError
        When no model is installed.
    """
    if request.params.method == "learned":
        return _learned(request, ctx)
    low, high = request.thresholds
    detector = make_detector(request.array, request.optics, low, ctx)
    return Method(detector, detector, request.params.block, low, high)


def _learned(request: Request, ctx: JobContext) -> Method:
    from striate_filaments.linking.joining import join_learned
    from striate_filaments.linking.opening import find_links

    network = _network(request.params.model)
    links = find_links(network)
    if links is None and network is None:
        raise StriateError(
            "The learned method needs a trained model, and none is installed: name "
            "one with --model, or choose the method colour."
        )
    chosen, strict = links.settings if links else TUNED, request.strictness
    low, high = chosen.low * strict, chosen.high * strict
    found = links.settings.found * strict if links else low
    detector = make_detector(request.array, request.optics, found, ctx)
    finder, edge = _finder(detector, network, request, ctx)
    if links is None:
        return Method(detector, finder, edge, low, high)
    join = partial(join_learned, model=links)
    return Method(detector, finder, edge, low, high, join, links.facts)


def _network(model: str) -> Path | None:
    """File of the network that looks for voxels; None: the ridge filter does.

    Links for the ridge filter ship, so a network looks only where one is named.
    """
    from striate.models import list_cards
    from striate_filaments.learned.config import TASK
    from striate_filaments.learned.files import find_model
    from striate_filaments.linking.opening import find_links

    if not model and (find_links() or not any(c.default for c in list_cards(TASK))):
        return None
    return find_model(model).path


def _finder(
    detector: Detector, network: Path | None, request: Request, ctx: JobContext
) -> tuple[Finder, int]:
    from striate_filaments.learned.opening import block_edge, make_finder

    params = request.params
    if network is None:
        return detector, params.block
    finder = make_finder(detector, request.array.shape[1:], params.model, ctx)
    return finder, block_edge(finder, params.block)
