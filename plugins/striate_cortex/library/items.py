"""What a library is of: pictures and captions, and where each comes from."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Item", "read_items"]

_PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"}


@dataclass(frozen=True)
class Item:
    """One item of a library.

    Parameters
    ----------
    name
        For people: a file's name, an image's number, a text's first words.
    origin
        Where it comes from: a file, and the place in it.
    image
        Path of its picture; empty: it has none here.
    captions
        What people or models wrote of it.
    """

    name: str
    origin: str
    image: str = ""
    captions: tuple[str, ...] = ()


def read_items(source: Path, images: Path | None = None) -> list[Item]:
    """Read what one source offers: a picture, a folder, or a file of captions.

    Parameters
    ----------
    source
        A picture; a folder of pictures, searched through; captions as COCO JSON, CSV
        (columns ``caption`` and ``image``, or ``image`` repeated) or TXT (one a line).
    images
        Folder of the pictures that captions name; None: beside the file. Items whose
        picture is not there are kept as texts.

    Raises
    ------
    InputError
        When it is missing, of another kind, damaged, or holds nothing.
    """
    path = source.expanduser().absolute()
    if path.is_dir():
        found = [_picture(p) for p in sorted(path.rglob("*")) if _is_picture(p)]
    elif not path.is_file():
        raise InputError(f"{path} does not exist.")
    elif _is_picture(path):
        found = [_picture(path)]
    else:
        found = _captions(path, images or path.parent)
    if not found:
        raise InputError(f"{path} holds neither pictures nor captions.")
    return found


def _is_picture(path: Path) -> bool:
    hidden = path.name.startswith(".")
    return path.suffix.lower() in _PICTURES and not hidden


def _picture(path: Path) -> Item:
    return Item(path.name, str(path), str(path))


def _captions(path: Path, images: Path) -> list[Item]:
    readers = {".json": _coco, ".csv": _table, ".tsv": _table, ".txt": _lines}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{path} is no source of a library: give pictures, a folder, or captions "
            "as COCO JSON, CSV or TXT."
        )
    try:
        return list(reader(path, images))
    except (UnicodeDecodeError, OSError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as text ({error}).") from error


def _lines(path: Path, _: Path) -> Iterator[Item]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if text := line.strip():
                yield Item(text[:40], f"{path}, line {number}", "", (text,))


def _table(path: Path, images: Path) -> Iterator[Item]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        tabs = path.suffix.lower() == ".tsv"
        rows = csv.DictReader(file, delimiter="\t" if tabs else ",")
        columns = set(rows.fieldnames or ())
        if "caption" not in columns:
            raise InputError(
                f"{path} has the columns {', '.join(sorted(columns)) or '(none)'}: one "
                'must be called "caption", and one "image" where there are pictures.'
            )
        grouped: dict[str, list[str]] = {}
        for number, row in enumerate(rows, 2):
            text = (row["caption"] or "").strip()
            key = (row.get("image") or "").strip() or f"row {number}"
            if text:
                grouped.setdefault(key, []).append(text)
    yield from _grouped(path, images, grouped)


def _coco(path: Path, images: Path) -> Iterator[Item]:
    try:
        told: Any = json.loads(path.read_text("utf-8"))
        names = {i["id"]: str(i["file_name"]) for i in told["images"]}
        grouped: dict[str, list[str]] = {}
        for note in told["annotations"]:
            text = str(note["caption"]).strip()
            grouped.setdefault(names[note["image_id"]], []).append(text)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is no caption file as COCO's: it needs images with id and "
            "file_name, and annotations with image_id and caption."
        ) from error
    yield from _grouped(path, images, grouped)


def _grouped(path: Path, images: Path, grouped: dict[str, list[str]]) -> Iterator[Item]:
    for name, captions in grouped.items():
        picture = images / name
        there = _is_picture(picture) and picture.is_file()
        where = f"{path}, {name}"
        yield Item(name, where, str(picture) if there else "", tuple(captions))
