"""The one door to numba, so that the rest of the room stays strictly typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["compiled"]

F = TypeVar("F", bound="Callable[..., Any]")


def compiled(function: F) -> F:
    """Compile a function to machine code that leaves Python's lock alone.

    The code is cached beside the module, so only a first run ever waits for it.
    """
    return cast("F", numba.njit(nogil=True, cache=True)(function))
