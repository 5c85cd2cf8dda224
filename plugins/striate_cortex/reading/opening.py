"""Open files with nibabel, and say in one sentence when that fails."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from striate.errors import InputError

__all__ = ["load", "magic", "unreadable"]


def load(path: str | Path) -> Any:
    """Open with nibabel; data are read when asked for.

    Raises
    ------
    InputError
        When the file is missing, damaged, or of no kind that nibabel knows.
    """
    import nibabel
    from nibabel.filebasedimages import ImageFileError

    place = Path(path)
    if not place.exists():
        raise InputError(f"{place} does not exist.")
    try:
        if place.name.endswith(".gii.gz"):
            # nibabel tells kinds by suffix and does not know this one.
            content = gzip.decompress(place.read_bytes())
            return nibabel.GiftiImage.from_bytes(content)
        return nibabel.load(place)
    except (ImageFileError, OSError, ValueError) as error:
        raise unreadable(place, error) from error
    except Exception as error:
        # Its XML parsers raise errors of their own.
        if type(error).__module__.startswith(("xml", "pyexpat", "nibabel", "zlib")):
            raise unreadable(place, error) from error
        raise


def magic(path: Path, count: int = 4) -> bytes:
    """Return the first bytes of a file.

    Raises
    ------
    InputError
        When it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError as error:
        raise InputError(
            f"{path} cannot be opened: {error.strerror or 'read error'}."
        ) from error


def unreadable(path: Path, error: Exception) -> InputError:
    """Make the sentence for a file that is damaged or of another kind."""
    reason = " ".join(str(error).split())[:120] or type(error).__name__
    return InputError(
        f"{path} cannot be read: it is damaged, incomplete or of another kind "
        f"({reason})."
    )
