"""Images by gradient through the encoder: the method that works offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate_cortex.synthesis.batches import Made, in_batches
from striate_cortex.synthesis.networks import network_of, open_network
from striate_cortex.synthesis.preferred import preferred_images
from striate_cortex.synthesis.record import Forming, SynthesisParams

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.encoders.contract import Encoder

__all__ = ["by_activation"]

_STEPS, _SIZE, _BATCH = 120, 192, 3


def by_activation(
    weights: NDArray[np.float32],
    encoder: Encoder,
    p: SynthesisParams,
    start: NDArray[np.uint8] | None,
    facets: ArrayLike | None,
    seed: int,
    on_partial: Callable[[Forming], Any] | None,
    ctx: JobContext | None,
) -> Made:
    """Make images by gradient; those of the starter are judged by a second network."""
    device = ctx.device if ctx is not None else "cpu"
    network = network_of(encoder)
    judge = open_network("lite0", device) if _is_starter(encoder) else None
    seeds = seed + np.arange(p.seeds, dtype=np.int64)
    steps, size = p.steps or _STEPS, p.size or _SIZE

    def make(part: NDArray[np.int64], done: int) -> Any:
        def heard(step: int, images: NDArray[np.uint8]) -> None:
            if on_partial is not None:
                on_partial(Forming(step, steps, images, part, done, len(seeds)))

        turned = None if start is None else np.roll(start, -done, axis=0)
        led = None if facets is None else np.roll(np.atleast_2d(facets), -done, 0)
        return preferred_images(
            weights, count=len(part), steps=steps, size=size, seed=int(part[0]),
            device=device, network=network, judge=judge, start=turned,
            jitter=p.jitter, facets=led, on_partial=heard, ctx=ctx,
        )  # fmt: skip

    made = in_batches(seeds, p.batch or _BATCH, make, ctx)
    judged = np.concatenate([m.judged for m in made])
    return Made(
        np.concatenate([m.images for m in made]),
        np.concatenate([m.seeds for m in made]),
        judged if judge is not None else np.full(len(judged), np.nan),
        _card(encoder, judged=judge is not None),
        {"steps": steps, "size": size},
    )


def _is_starter(encoder: Encoder) -> bool:
    from striate_cortex.encoders.starter import StarterEncoder

    return isinstance(encoder, StarterEncoder)


def _card(encoder: Encoder, *, judged: bool) -> dict[str, Any]:
    space = encoder.space
    card = {"id": space.name, "title": space.title, "licence": space.licence}
    if judged:
        card |= {"made_with": "EfficientNet-Lite2", "judged_by": "EfficientNet-Lite0"}
    return card
