"""Named arrays in one safetensors file, with facts about them as JSON inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.data.atomic import replacing
from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["read_arrays", "write_arrays"]


def write_arrays(
    path: str | Path,
    arrays: Mapping[str, NDArray[Any]],
    facts: Mapping[str, Any],
    *,
    overwrite: bool = False,
) -> Path:
    """Write arrays and their facts whole, or not at all.

    Parameters
    ----------
    facts
        JSON-able; must hold ``"format"``.

    Raises
    ------
    OutputError
        When `path` is there and `overwrite` is False, or cannot be written.
    """
    from safetensors.numpy import save_file

    whole = {k: np.ascontiguousarray(v) for k, v in arrays.items()}
    with replacing(path, overwrite=overwrite) as part:
        save_file(whole, str(part), metadata={"striate": json.dumps(dict(facts))})
    return Path(path)


def read_arrays(
    path: str | Path, format: str
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Read what :func:`write_arrays` wrote.

    Parameters
    ----------
    format
        What ``facts["format"]`` must be.

    Raises
    ------
    InputError
        When the file is missing, damaged, a pickle, or of another format.
    """
    from safetensors import SafetensorError, safe_open

    place = Path(path)
    try:
        with safe_open(place, framework="numpy") as file:
            facts = json.loads((file.metadata() or {}).get("striate", "{}"))
            if facts.get("format") != format:
                raise InputError(
                    f"{place} is no {format} file: it says "
                    f"{facts.get('format') or 'nothing about itself'}."
                )
            return {name: file.get_tensor(name) for name in file.keys()}, facts  # noqa: SIM118
    except FileNotFoundError as error:
        raise InputError(f"{place} does not exist.") from error
    except (SafetensorError, OSError, ValueError) as error:
        raise InputError(
            f"{place} is no readable safetensors file: it is damaged, incomplete or of "
            "another kind (a pickle is never loaded)."
        ) from error
