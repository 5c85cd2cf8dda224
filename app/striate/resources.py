"""Find what ships with Striate, installed or in a checkout."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["path"]


def path(name: str) -> Path:
    """Return the file or folder ``resources/<name>``.

    In an installed wheel resources lie inside the package; in an editable
    install they lie in the checkout, beside ``app``.

    Raises
    ------
    FileNotFoundError
        When there is no such resource: a damaged installation.
    """
    package = Path(str(files("striate")))
    for root in (package / "resources", package.parent.parent / "resources"):
        if (root / name).exists():
            return root / name
    raise FileNotFoundError(f"The resource {name} is missing: reinstall Striate.")
