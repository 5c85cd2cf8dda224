"""The errors a user may meet, each one sentence that says what to do.

Code raises these for everything that is the world's or the user's doing: a
truncated file, a wrong axis, a full disk. The command line prints them as one
line on stderr and exits with :attr:`StriateError.exit_code`; the desktop shows
them as a toast. Anything else that is raised is a bug of ours.
"""

from __future__ import annotations

import errno

__all__ = [
    "Cancelled",
    "InputError",
    "MissingDependencyError",
    "OfflineError",
    "OutOfMemoryError",
    "OutputError",
    "StriateError",
    "plain_sentence",
]

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


class StriateError(Exception):
    """A problem the user can do something about; its text is shown as it is."""

    exit_code = 2


class InputError(StriateError):
    """A file, an array or a parameter given to us is not what it should be."""


class OutputError(StriateError):
    """A result cannot be written where it was asked to go."""


class OfflineError(StriateError):
    """Something must be downloaded and cannot be; names the file to place."""


class MissingDependencyError(StriateError):
    """An optional package is needed; names the extra that brings it."""


class OutOfMemoryError(StriateError):
    """The device ran out of memory even after the tile was halved once."""


class Cancelled(Exception):  # noqa: N818 - not an error: the user's own wish
    """The user asked the running job to stop."""


def plain_sentence(error: OSError) -> str:
    """Say what a file or a disk did; empty when the error tells of neither.

    For errors that no code nearer to the file has made a sentence of.
    """
    if error.errno in _FULL:
        place = f" ({error.filename})" if error.filename else ""
        return f"The disk is full{place}: free some space, or choose another disk."
    if error.filename is None or error.strerror is None:
        return ""
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return f"{error.filename} cannot be written or read: choose another place."
    return f"{error.filename}: {error.strerror}."
