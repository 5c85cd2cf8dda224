"""From candidate voxels to neurons, link by link as the model scores them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.linking.contraction import contract
from striate_filaments.linking.fragments import Fragments
from striate_filaments.linking.keeping import describe
from striate_filaments.linking.links import meeting_links
from striate_filaments.linking.regions import SUMS
from striate_filaments.linking.surroundings import surroundings
from striate_filaments.segmentation.joining import STEPS, Joined, part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_filaments.linking.context import ContextNet
    from striate_filaments.linking.links import Links
    from striate_filaments.linking.model import LinkModel
    from striate_filaments.linking.regions import LinkRegions
    from striate_filaments.segmentation.colour import Palette
    from striate_filaments.segmentation.foreground import Voxels
    from striate_filaments.segmentation.tuning import Tuning

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = [
    "join_learned", "join_touching", "link", "look_again", "look_far", "look_near",
]  # fmt: skip


def join_learned(
    voxels: Voxels,
    palette: Palette,
    shape: tuple[int, ...],
    voxel: Doubles,
    gap: float,
    tolerance: float,
    tuning: Tuning,
    ctx: JobContext,
    *,
    model: LinkModel,
) -> Joined:
    """Group voxels into neurons, as ``segmentation.joining.join_voxels`` does.

    What the model takes for no neuron has a length of 0.
    """
    ctx.progress(1, STEPS, "Joining neurites: pieces")
    finer = model.settings.tuning(tuning)
    fragments = Fragments.of(voxels, palette, shape, voxel, tolerance, finer)
    return link(fragments, model, gap, tuning, ctx)


def link(
    fragments: Fragments,
    model: LinkModel,
    gap: float,
    tuning: Tuning,
    ctx: JobContext,
) -> Joined:
    """Join pieces over contacts and gaps, part crossings, and judge what is left."""
    chosen, grain = model.settings, fragments.grain
    ctx.progress(2, STEPS, "Joining neurites: touching")
    regions = fragments.regions()
    touching, real = look_near(fragments, regions, model.near)
    join_touching(fragments, regions, touching, model)
    ctx.progress(3, STEPS, "Joining neurites: over gaps")
    bridged = [np.empty((0, 2), dtype=np.int64)]
    for _ in range(chosen.rounds):
        gaps = look_far(fragments, regions, touching, gap, model)
        used = contract(regions, gaps, model.gap, grain, chosen.gap)
        bridged.append(gaps.pairs[used])
        if not used.any():
            break
    ctx.progress(4, STEPS, "Joining neurites: crossings")
    joined = part(
        fragments.grid, fragments.pieces, regions.labels, touching.pairs,
        np.concatenate(bridged), grain, tuning,
    )  # fmt: skip
    odds = model.keep(describe(fragments, joined, real))
    length = np.where(odds > chosen.keep, joined.length, 0.0)
    return Joined(
        joined.grid, joined.pieces, joined.neuron, joined.links, length, grain
    )


def look_near(
    fragments: Fragments, regions: LinkRegions, net: ContextNet
) -> tuple[Links, Doubles]:
    """Judge contacts by what is around them; `regions` are pieces still.

    Returns
    -------
    (the contacts, (K,) voxels of each piece that are neurite by their surroundings)
    """
    from striate_filaments.linking.context import judge

    touching = fragments.contacts()
    around = surroundings(fragments, regions, touching)
    odds, neurite = judge(net, around)
    real = 0.5 * fragments.pieces.size
    names = np.unique(touching.pairs)
    real[names] = fragments.pieces.size[names] / (1.0 + np.exp(-neurite))
    regions.sums[:, SUMS.index("real")] = real
    return touching.in_context(odds), real


def join_touching(
    fragments: Fragments, regions: LinkRegions, touching: Links, model: LinkModel
) -> None:
    """Join over contacts in context: of pieces, then of the regions they make."""
    chosen, grain = model.settings, fragments.grain
    contract(regions, touching, model.contact, grain, chosen.contact)
    meetings = look_again(fragments, regions, touching, model.mid)
    contract(regions, meetings, model.meeting, grain, chosen.meeting)


def look_again(
    fragments: Fragments, regions: LinkRegions, touching: Links, net: ContextNet
) -> Links:
    """Judge the contacts that are left by what the regions around them are now.

    What is known of a long neurite is surer than what is known of its pieces.
    """
    from striate_filaments.linking.context import judge

    meetings = meeting_links(touching, regions.labels)
    odds, _ = judge(net, surroundings(fragments, regions, meetings))
    return meetings.in_context(odds)


def look_far(
    fragments: Fragments,
    regions: LinkRegions,
    touching: Links,
    gap: float,
    model: LinkModel,
) -> Links:
    """Find gaps between regions as they are, and judge them by what is around."""
    from striate_filaments.linking.context import judge

    gaps = fragments.gaps(regions, touching, gap, model.settings.smallest)
    odds, _ = judge(model.far, surroundings(fragments, regions, gaps))
    return gaps.in_context(odds)
