"""Who made this file: inputs with hashes, params, versions, seed, model, date."""

from __future__ import annotations

import hashlib
import json
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["InputRecord", "Provenance", "fingerprint", "relocate"]

_LIBRARIES = ("numpy", "scipy", "scikit-image", "dask", "zarr", "torch")
_EDGE = 1 << 20


class InputRecord(BaseModel):
    """One input: where it lay, how large it was, and its fingerprint."""

    path: str
    bytes: int
    sha256: str


class Provenance(BaseModel):
    """The record that lies beside every result as ``<result>.provenance.json``."""

    striate: str
    tool: str
    params: dict[str, Any] = Field(default_factory=dict)
    inputs: list[InputRecord] = Field(default_factory=list)
    seed: int | None = None
    model: dict[str, Any] | None = None
    versions: dict[str, str] = Field(default_factory=dict)
    machine: str = ""
    created: str = ""
    notes: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def record(
        cls,
        tool: str,
        params: BaseModel | dict[str, Any],
        inputs: Iterable[str | Path] = (),
        *,
        seed: int | None = None,
        model: BaseModel | None = None,
        **notes: Any,
    ) -> Provenance:
        """Record a run of `tool` that is made now, on this machine."""
        values = (
            params.model_dump(mode="json") if isinstance(params, BaseModel) else params
        )
        versions = {"python": platform.python_version()}
        versions |= {name: v for name in _LIBRARIES if (v := _version(name))}
        return cls(
            striate=_version("striate") or "unknown",
            tool=tool,
            params=values,
            inputs=[fingerprint(p) for p in inputs],
            seed=seed,
            model=model.model_dump(mode="json") if model else None,
            versions=versions,
            machine=f"{platform.system()} {platform.release()} {platform.machine()}",
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            notes=notes,
        )

    def write_beside(self, path: str | Path) -> Path:
        """Write ``<path>.provenance.json`` and return its path."""
        target = Path(f"{path}.provenance.json")
        temporary = target.with_suffix(".part")
        temporary.write_text(self.model_dump_json(indent=1), "utf-8")
        temporary.replace(target)
        return target


def fingerprint(path: str | Path) -> InputRecord:
    """Identify a file or folder without reading all of it.

    The hash covers the size and the first and last MiB of a file; of a folder,
    the name and size of every file in it and the content of its small metadata.
    """
    place = Path(path)
    digest = hashlib.sha256()
    if place.is_dir():
        total = _hash_folder(place, digest)
    elif place.exists():
        total = place.stat().st_size
        _hash_edges(place, total, digest)
    else:
        total = 0
    return InputRecord(path=str(place), bytes=total, sha256=digest.hexdigest())


def relocate(folder: Path, final: Path) -> None:
    """Name `final` in the records inside `folder` that name `folder` itself.

    For results that were made under a temporary name and are about to be moved: their
    provenance and the metadata of their Zarrs (``*.json``, ``.zattrs``).
    """
    before, after = (json.dumps(str(place))[1:-1] for place in (folder, final))
    for record in folder.rglob("*"):
        if record.suffix != ".json" and record.name != ".zattrs":
            continue
        text = record.read_text("utf-8")
        if before in text:
            record.write_text(text.replace(before, after), "utf-8")


def _hash_edges(path: Path, size: int, digest: Any) -> None:
    digest.update(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(_EDGE))
        if size > 2 * _EDGE:
            file.seek(-_EDGE, 2)
        digest.update(file.read(_EDGE))


def _hash_folder(folder: Path, digest: Any) -> int:
    total = 0
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        size = file.stat().st_size
        total += size
        digest.update(f"{file.relative_to(folder).as_posix()} {size}\n".encode())
        if file.name in ("zarr.json", ".zarray", ".zattrs", ".zgroup"):
            digest.update(file.read_bytes())
    return total


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
