"""Many images, some at a time; fewer at a time when memory runs out."""

from __future__ import annotations

import gc
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from striate.errors import OutOfMemoryError
from striate.jobs.memory import is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext

__all__ = ["Made", "in_batches"]


@dataclass(frozen=True)
class Made:
    """Images (n, h, w, 3) as they were made, before they are ranked.

    Parameters
    ----------
    seeds, judged
        (n,) where each began, and what a second network says; NaN: none was asked.
    model
        Card of what made them.
    facts
        What was chosen where the params left it open.
    """

    images: NDArray[np.uint8]
    seeds: NDArray[np.int64]
    judged: NDArray[np.float64]
    model: dict[str, Any]
    facts: dict[str, Any] = field(default_factory=dict)


def in_batches(
    seeds: NDArray[np.int64],
    batch: int,
    make: Callable[[NDArray[np.int64], int], Any],
    ctx: JobContext | None,
) -> list[Any]:
    """Call ``make(seeds, done)`` for some seeds at a time; halve what does not fit.

    Raises
    ------
    OutOfMemoryError
        When one image alone does not fit.
    """
    found, done = [], 0
    while done < len(seeds):
        part = seeds[done : done + batch]
        text = ""
        try:
            found.append(make(part, done))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            text = str(error).partition("\n")[0] or type(error).__name__
        # Outside the except block, so that the traceback lets go of its tensors.
        if not text:
            done += len(part)
            continue
        _free()
        if len(part) == 1:
            raise OutOfMemoryError(
                "There is not enough memory for one image: choose a smaller size or "
                "model, close other programs, or use another device."
            )
        batch = max(1, len(part) // 2)
        if ctx is not None:
            ctx.log(
                f"Memory ran out ({text[:120]}): {batch} image(s) at a time now.",
                "warning",
            )
    return found


def _free() -> None:
    gc.collect()
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
