"""S of a network being trained: real segmentations of volumes kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate.jobs.context import JobContext

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from striate_filaments.learned.network import SegmenterNet
    from striate_filaments.training.sources import Labelled

__all__ = ["judge_on"]

_NUMBERS = ("S", "avF1", "C")


def judge_on(
    net: SegmenterNet, volumes: Sequence[Labelled], folder: Path, ctx: JobContext
) -> dict[str, float]:
    """Segment volumes with the network as it is, and score what is found.

    Returns
    -------
    Mean ``S``, ``avF1`` and ``C`` over the volumes
    """
    from striate_filaments.learned.files import save_network
    from striate_filaments.metrics import score
    from striate_filaments.segmentation import SegmentParams, segment

    trial = folder / "trial.safetensors"
    save_network(net, trial)
    quiet = JobContext(device=ctx.device, seed=ctx.seed, workers=ctx.workers)
    asked = SegmentParams(method="learned", model=str(trial))
    scores = []
    for labelled in volumes:
        ctx.check_cancelled()
        volume, truth = labelled.part()
        found = segment(volume, asked, quiet)
        scores.append(score(found, truth, partly=labelled.partly))
    return {n: float(np.mean([s[n] for s in scores])) for n in _NUMBERS}
