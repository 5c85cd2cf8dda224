"""Responses that need not be in memory: in one array, or a session at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = [
    "ArrayResponses",
    "Responses",
    "SessionResponses",
    "as_responses",
    "read_whole",
    "trials_of",
    "trials_where",
]

_BLOCK_BYTES = 256 * 2**20
_PASS_BYTES = 1 << 30


class Responses(Protocol):
    """Trials by units, read in pieces."""

    @property
    def shape(self) -> tuple[int, int]:
        """Trials and units."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32, or float64 where that is what was measured."""
        ...

    def width(self, p: int) -> int:
        """Units to take in one pass when each costs `p` numbers of memory."""
        ...

    def blocks(self, units: slice) -> Iterator[tuple[slice, NDArray[Any]]]:
        """Yield (trials, responses of those trials), every trial once.

        They may be the very array that was given: they are read and never written.
        """
        ...


def as_responses(responses: Any) -> Responses:
    """Take a numpy, HDF5, zarr or dask array, or anything that is Responses already.

    Raises
    ------
    InputError
        When it is not trials by units, or not numbers.
    """
    if hasattr(responses, "blocks") and hasattr(responses, "width"):
        ready: Responses = responses
        return ready
    return ArrayResponses(responses)


def _float(dtype: Any) -> np.dtype[Any]:
    kind = np.dtype(dtype)
    if kind.kind not in "fiub":
        raise InputError(f"Responses hold {kind} values and must be numbers.")
    whole = kind.kind in "iu" and kind.itemsize > 2
    return np.dtype(np.float64 if kind == np.float64 or whole else np.float32)


def read_whole(responses: Responses, units: slice) -> NDArray[Any]:
    """Read all trials of some units, not to be written; (n, t)."""
    parts = [block for _, block in responses.blocks(units)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


class ArrayResponses:
    """One array of trials by units, such as a memory map.

    Raises
    ------
    InputError
        When it does not have two axes, or does not hold numbers.
    """

    def __init__(self, array: Any) -> None:
        ready = array if hasattr(array, "dtype") else np.asarray(array)
        if ready.ndim != 2:
            raise InputError(
                f"Responses have the shape {tuple(ready.shape)}: they must be trials "
                "by units."
            )
        self.array = ready
        self.shape: tuple[int, int] = (int(ready.shape[0]), int(ready.shape[1]))
        self.dtype = _float(ready.dtype)

    def width(self, p: int) -> int:
        one = max(1, self.shape[0] + 2 * p) * self.dtype.itemsize
        return int(np.clip(_BLOCK_BYTES // one, 64, 16_384))

    def blocks(self, units: slice) -> Iterator[tuple[slice, NDArray[Any]]]:
        part = np.asarray(self.array[:, units], self.dtype)
        yield slice(0, self.shape[0]), part


class SessionResponses:
    """Sessions of one subject, read one after the other and never all at once.

    Parameters
    ----------
    sessions
        Each anything with ``shape`` (trials, units), ``dtype`` and slicing by
        ``[:, units]``: an array, a memory map, an HDF5 dataset, one of our readers.

    Raises
    ------
    InputError
        When there is none, or they have different numbers of units.
    """

    def __init__(self, sessions: Sequence[Any]) -> None:
        if not sessions:
            raise InputError("There are no responses: name at least one session.")
        widths = [int(s.shape[1]) for s in sessions]
        for number, width in enumerate(widths, 1):
            if width != widths[0]:
                raise InputError(
                    f"Session {number} has {width:,} units and session 1 has "
                    f"{widths[0]:,}: they are not of one subject."
                )
        self.sessions = list(sessions)
        self.shape = (sum(int(s.shape[0]) for s in sessions), widths[0])
        self.dtype = np.result_type(*(_float(s.dtype) for s in sessions))

    def width(self, p: int) -> int:
        # A pass over all sessions costs more than memory for all sums.
        one = max(1, p) * self.dtype.itemsize
        return max(64, min(self.shape[1], _PASS_BYTES // one))

    def blocks(self, units: slice) -> Iterator[tuple[slice, NDArray[Any]]]:
        start = 0
        for session in self.sessions:
            part = np.asarray(session[:, units], self.dtype)
            yield slice(start, start + len(part)), part
            start += len(part)


class _Some:
    """Some trials of one session."""

    def __init__(self, session: Any, chosen: NDArray[np.intp]) -> None:
        self.session = session
        # Trials in a row are read without the others.
        row = len(chosen) == chosen[-1] - chosen[0] + 1
        self.chosen: Any = slice(chosen[0], chosen[-1] + 1) if row else chosen
        self.shape = (len(chosen), int(session.shape[1]))
        self.dtype = session.dtype

    def __getitem__(self, key: tuple[slice, slice]) -> NDArray[Any]:
        if isinstance(self.chosen, slice):
            return np.asarray(self.session[self.chosen, key[1]])[key[0]]
        return np.asarray(self.session[:, key[1]])[self.chosen][key[0]]


def trials_where(
    responses: SessionResponses, chosen: NDArray[np.bool_]
) -> SessionResponses:
    """Take some trials, (n,) bool; nothing is read.

    Raises
    ------
    InputError
        When there are none.
    """
    found, start = [], 0
    for session in responses.sessions:
        count = int(session.shape[0])
        here = np.flatnonzero(chosen[start : start + count])
        if len(here):
            found.append(session if len(here) == count else _Some(session, here))
        start += count
    return SessionResponses(found)


def trials_of(responses: SessionResponses, first: int, last: int) -> SessionResponses:
    """Take the trials from `first` to `last` (exclusive); see :func:`trials_where`."""
    number = np.arange(responses.shape[0])
    return trials_where(responses, (first <= number) & (number < last))
