"""What a person typed after an option, as values, or a sentence about what is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from striate_filaments.segmentation.params import Roi

__all__ = ["numbers", "region", "settings_of"]


def region(text: str) -> Roi:
    """Read ``z0:z1,y0:y1,x0:x1``.

    Raises
    ------
    InputError
        When it is anything else.
    """
    # Parameters are slow to import, and few commands have a region.
    from striate_filaments.segmentation.params import read_roi

    found = read_roi(text)
    if found is None:
        raise InputError(
            f"--roi {text}: give three ranges of voxels, z0:z1,y0:y1,x0:x1, such as "
            "0:40,100:300,100:300."
        )
    return found


def numbers(text: str, option: str) -> list[float]:
    """Read numbers with commas between them; none of an empty text.

    Raises
    ------
    InputError
        When one of them is no number; names the option.
    """
    try:
        return [float(part) for part in text.split(",")] if text else []
    except ValueError:
        raise InputError(
            f"{option} {text}: give numbers with commas between them."
        ) from None


def settings_of(path: Path) -> dict[str, Any]:
    """Read settings from a JSON file.

    Raises
    ------
    InputError
        When it cannot be read, or holds anything but one object.
    """
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON: {error}.") from error
    if not isinstance(values, dict):
        raise InputError(f"{path} must hold one JSON object of settings.")
    return values
