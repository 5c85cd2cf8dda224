"""A zip that holds one TIFF: unpacked once, into the cache."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from striate.data.atomic import replacing
from striate.data.tiff import find as find_tiff
from striate.errors import InputError
from striate.provenance import fingerprint
from striate.settings import cache_dir

if TYPE_CHECKING:
    from striate.data.lazy import Found
    from striate.data.options import OpenOptions

__all__ = ["find"]


def find(path: Path, options: OpenOptions) -> Found:
    """Find the TIFF in a zip.

    It is unpacked to the cache folder: a compressed file cannot be read in parts.
    """
    found = find_tiff(_unpacked(path), options)
    found.format = f"zipped {found.format}"
    return found


def _unpacked(path: Path) -> Path:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if not n.startswith("__MACOSX")]
            images = [n for n in names if n.lower().endswith((".tif", ".tiff"))]
            if len(images) != 1:
                raise InputError(
                    f"{path.name} holds {len(images)} TIFF files: a zip must hold "
                    "one. Unpack it and open the folder."
                )
            key = fingerprint(path).sha256[:16]
            target = cache_dir() / "unpacked" / key / Path(images[0]).name
            if not target.exists():
                with (
                    replacing(target) as part,
                    archive.open(images[0]) as source,
                    part.open("wb") as file,
                ):
                    shutil.copyfileobj(source, file)
            return target
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise InputError(
            f"{path} is no readable zip file: it is damaged, incomplete or encrypted."
        ) from error
