"""Unpack what was downloaded."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from striate.errors import InputError, OutputError

if TYPE_CHECKING:
    from pathlib import Path

    from striate.jobs.context import JobContext

__all__ = ["unpack"]

_BLOCK = 1 << 20


def unpack(archive: Path, folder: Path, ctx: JobContext) -> None:
    """Unpack a zip into `folder`, with progress in MB.

    Raises
    ------
    InputError
        When it is damaged, or holds a path that leads out of `folder`.
    OutputError
        When there is no room for what is in it.
    Cancelled
        When the user asked to stop.
    """
    try:
        with zipfile.ZipFile(archive) as bundle:
            entries = bundle.infolist()
            total, done = sum(entry.file_size for entry in entries), 0
            _check_room(folder, total)
            for entry in entries:
                _check_inside(entry.filename, archive)
                if entry.is_dir():
                    continue
                target = folder / entry.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                with bundle.open(entry) as source, target.open("wb") as file:
                    while block := source.read(_BLOCK):
                        file.write(block)
                        done += len(block)
                        text = f"Unpacking {archive.name} (MB)"
                        ctx.progress(done / 1e6, total / 1e6, text)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise InputError(f"{archive} is no readable zip file: delete it.") from error


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OutputError(
            f"{folder.parent} has {free / 1e9:.1f} GB free and unpacking needs "
            f"{needed / 1e9:.1f} GB: free some space."
        )


def _check_inside(name: str, archive: Path) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name:
        raise InputError(f"{archive.name} would write outside its folder: {name}.")
