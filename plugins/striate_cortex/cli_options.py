"""Options that several commands of ``striate cortex`` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["LibraryFolder", "ModelFile", "Overwrite", "Units"]

Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace what is there already.")
]
Units = Annotated[
    str, typer.Option("--units", metavar="3,8,20-24|REGION|all", help="Which units.")
]
LibraryFolder = Annotated[
    Path | None,
    typer.Option("--library", metavar="L", help="Default: the one that fits."),
]
ModelFile = Annotated[
    Path,
    typer.Argument(metavar="MODEL", help="A model, or a subject for its first one."),
]
