"""Read a model's numbers without running code that came with them."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load_weights"]

_ZIP = b"PK\x03\x04"
_PICKLE = b"\x80"


def load_weights(path: Path, device: str = "cpu") -> dict[str, Any]:
    """Load a safetensors or torch file: tensors, and plain values around them.

    Which one it is, is decided by content. A torch file is unpickled with
    ``weights_only=True``, so that nothing in it can run: of a Lightning checkpoint
    ``["state_dict"]`` holds the tensors.

    Parameters
    ----------
    device
        Where the tensors go: ``"cpu"``, ``"cuda:0"``, ``"mps"``.

    Raises
    ------
    InputError
        When the file is missing, damaged, of another kind, or holds code.
    """
    head = _head(path)
    if head[8:9] == b"{":
        return _safetensors(path, device)
    if head.startswith((_ZIP, _PICKLE)):
        return _torch(path, device)
    raise InputError(
        f"{path} holds no weights that Striate reads: it must be a safetensors file "
        "or one saved by torch."
    )


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(9)
    except OSError as error:
        raise InputError(
            f"{path} cannot be opened: {error.strerror or 'read error'}."
        ) from error


def _safetensors(path: Path, device: str) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path, device=device)
    except SafetensorError as error:
        raise _damaged(path, error) from error


def _torch(path: Path, device: str) -> dict[str, Any]:
    import torch

    try:
        loaded = torch.load(path, map_location=device, weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(
            f"{path} holds Python code beside its numbers, or is damaged, and is not "
            "loaded, for it could do anything on this machine: ask its makers for a "
            "safetensors file."
        ) from error
    except (RuntimeError, OSError, EOFError, ValueError, KeyError) as error:
        if "out of memory" in str(error):
            raise
        raise _damaged(path, error) from error
    if not isinstance(loaded, dict):
        raise InputError(
            f"{path} holds one {type(loaded).__name__} and no named weights."
        )
    return loaded


def _damaged(path: Path, error: Exception) -> InputError:
    reason = str(error).strip().partition("\n")[0]
    return InputError(
        f"{path} is no readable weights file: it is damaged or incomplete ({reason}); "
        "download it again."
    )
