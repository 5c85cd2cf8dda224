"""Write whole or not at all: a temporary sibling that is moved into place."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from striate.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_target", "replacing"]


@contextlib.contextmanager
def replacing(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside `path`; move it there when all went well.

    The caller makes a file or a folder at the yielded path. On any failure,
    Ctrl-C included, the temporary is removed and `path` is as it was.

    Raises
    ------
    OutputError
        When `path` exists and `overwrite` is False, its folder cannot be written
        to, or the disk is full.
    """
    target = Path(path).expanduser().absolute()
    check_target(target, overwrite=overwrite)
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        yield temporary
        _move(temporary, target)
    except OSError as error:
        raise plain_error(error, target) from error
    finally:
        _remove(temporary)


def check_target(path: str | Path, *, overwrite: bool = False) -> None:
    """See that `path` can be written, before long work begins; makes its folder.

    Raises
    ------
    OutputError
        When `path` exists and `overwrite` is False, or its folder cannot be
        written to.
    """
    target = Path(path).expanduser().absolute()
    try:
        if target.exists() and not overwrite:
            raise OutputError(
                f"{target} already exists: choose another name, or allow overwriting "
                "(--overwrite)."
            )
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise plain_error(error, target) from error
    effective = os.access in os.supports_effective_ids
    if not os.access(target.parent, os.W_OK, effective_ids=effective):
        raise OutputError(f"{target.parent} cannot be written to: choose another.")


def _move(temporary: Path, target: Path) -> None:
    folders = target.is_dir() or (target.exists() and temporary.is_dir())
    if folders and not target.is_symlink():
        # A folder cannot be replaced in one step: step the old one aside first.
        aside = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.old")
        target.rename(aside)
        try:
            temporary.rename(target)
        except OSError:
            aside.rename(target)
            raise
        _remove(aside)
        return
    temporary.replace(target)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def plain_error(error: OSError, target: Path) -> OutputError:
    """Say in one sentence why writing `target` failed, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutputError(
            f"The disk is full: {target} was not written. Free some space, or "
            "choose another disk."
        )
    if error.errno == errno.EFBIG:
        return OutputError(
            f"{target} was not written: files of this size are not allowed there; "
            "choose another disk."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputError(f"{target} cannot be written to: choose another place.")
    return OutputError(f"{target} could not be written ({error.strerror or error}).")
