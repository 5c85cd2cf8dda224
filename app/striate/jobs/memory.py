"""Out of memory: notice it by class and by text, retry once smaller, say it plainly."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any

from striate.errors import OutOfMemoryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from striate.jobs.context import JobContext

__all__ = ["free", "is_out_of_memory", "run_with_retry"]

# Libraries below torch report it as a plain RuntimeError.
_SIGNS = (
    "out of memory",
    "cudnn_status_alloc_failed",
    "cublas_status_alloc_failed",
    "unable to allocate",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that memory ran out, on any device."""
    if isinstance(error, MemoryError):
        return True
    text = str(error).lower()
    return any(sign in text for sign in _SIGNS)


def run_with_retry(
    function: Callable[[Any, JobContext], Any], params: Any, ctx: JobContext
) -> Any:
    """Run it; when memory runs out, free it and try once with ``params.smaller()``.

    Params without ``smaller``, or whose ``smaller()`` is None, are not retried.

    Raises
    ------
    OutOfMemoryError
        When it does not fit the second time either.
    """
    try:
        return function(params, ctx)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        text = str(error) or type(error).__name__
    # Outside the except block, so that the traceback lets go of its arrays.
    free()
    shrink = getattr(params, "smaller", None)
    smaller = shrink() if shrink else None
    if smaller is None:
        raise OutOfMemoryError(_sentence(ctx, text))
    ctx.log(f"Memory ran out ({text}); trying once more with half the tile.", "warning")
    try:
        return function(smaller, ctx)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        free()
        raise OutOfMemoryError(_sentence(ctx, str(error) or "MemoryError")) from None


def _sentence(ctx: JobContext, text: str) -> str:
    return (
        f"Not enough memory on {ctx.device} ({text.splitlines()[0][:120]}): close "
        "other programs, choose a smaller block or region, or another device."
    )


def free() -> None:
    """Give back what no one uses any more, on the device too."""
    gc.collect()
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
