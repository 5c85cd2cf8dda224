"""The files of a sample that are downloaded, verified by what their record states."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from striate.errors import InputError, OfflineError
from striate.samples.unpacking import unpack

if TYPE_CHECKING:
    from pathlib import Path

    from striate.jobs.context import JobContext
    from striate.workspace import RemoteFile, Sample

__all__ = ["load"]


def load(sample: Sample, store: Path, folder: Path, ctx: JobContext) -> PurePosixPath:
    """Download all files to `store`, then put them, or what is in them, in `folder`.

    Returns the path to open, relative to `folder`. What was downloaded stays in
    `store` when it is cut off, and the next time goes on from there.

    Raises
    ------
    OfflineError, InputError, OutputError, Cancelled
        As :func:`striate.samples.fetch`.
    """
    here = [(file, _downloaded(file, store, ctx)) for file in sample.files]
    for file, path in here:
        if file.unpack:
            unpack(path, folder, ctx)
        else:
            path.replace(folder / path.name)
    opens = PurePosixPath(sample.opens or _only_file(sample))
    if not (folder / opens).exists():
        raise InputError(
            f"What was downloaded for the sample {sample.name} does not hold {opens}: "
            "the record has changed; update Striate."
        )
    return opens


def _only_file(sample: Sample) -> str:
    single = len(sample.files) == 1 and not sample.files[0].unpack
    return _file_name(sample.files[0].url) if single else ""


def _file_name(url: str) -> str:
    """Return the file's name in an address: Zenodo's API ends in ``/content``."""
    path = PurePosixPath(unquote(urlsplit(url).path))
    return path.parent.name if path.name == "content" else path.name


def _downloaded(file: RemoteFile, store: Path, ctx: JobContext) -> Path:
    from striate.models.download import download

    target = store / _file_name(file.url)
    expected = {"sha256": file.sha256, "md5": file.md5, "size": file.bytes}
    if file.record and not (file.sha256 or file.md5):
        try:
            expected |= _stated(file, store, ctx)
        except OfflineError:
            return _placed_by_hand(file, target, ctx)
    return download(file.url, target, ctx=ctx, **expected)  # type: ignore[arg-type]


def _placed_by_hand(file: RemoteFile, target: Path, ctx: JobContext) -> Path:
    if not target.exists():
        raise OfflineError(
            f"{target.name} is not on this machine and {urlsplit(file.url).netloc} "
            f"cannot be reached: download {file.url} where there is a connection and "
            f"place it as {target}."
        )
    ctx.log(
        f"{target.name} was placed by hand: without a connection it is not verified.",
        "warning",
    )
    return target


def _stated(file: RemoteFile, folder: Path, ctx: JobContext) -> dict[str, Any]:
    """Return size and digest as the Zenodo record states them."""
    from striate.models.download import download

    name = _file_name(file.url)
    record = folder / "record.json"
    record.unlink(missing_ok=True)
    download(file.record, record, ctx=ctx)
    try:
        files = json.loads(record.read_text("utf-8"))["files"]
        entry = next(entry for entry in files if entry["key"] == name)
        algorithm, _, digest = str(entry["checksum"]).partition(":")
        size = int(entry["size"])
    except (ValueError, KeyError, TypeError, StopIteration):
        raise InputError(
            f"The record {file.record} does not state what {name} is: it has changed; "
            "update Striate."
        ) from None
    if algorithm not in ("md5", "sha256") or not digest:
        raise InputError(f"The record {file.record} states no digest we know.")
    return {algorithm: digest, "size": size}
