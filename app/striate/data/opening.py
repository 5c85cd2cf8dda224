"""Open any image file as a Volume: the registry of readers, and the one way in."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from striate.data.lazy import Found, to_volume
from striate.data.options import OpenOptions
from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from striate.data.volume import Volume

__all__ = ["SUFFIXES", "is_volume", "open_volume"]


@dataclass(frozen=True, slots=True)
class _Reader:
    """`module` has ``find(path, options) -> Found``."""

    module: str
    suffixes: tuple[str, ...]
    magic: tuple[bytes, ...] = ()

    def find(self) -> Callable[[Path, OpenOptions], Found]:
        return import_module(self.module).find


_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_READERS = (
    _Reader("striate.data.tiff", (".tif", ".tiff", ".lsm"), _TIFF),
    _Reader("striate.data.zipped", (".zip",)),
    _Reader("striate.data.hdf5", (".h5", ".hdf5", ".hdf"), (b"\x89HDF\r\n\x1a\n",)),
    _Reader("striate.data.npy", (".npy",), (b"\x93NUMPY",)),
    _Reader("striate.data.microscopes.czi", (".czi",), (b"ZISRAWFILE",)),
    _Reader("striate.data.microscopes.nd2", (".nd2",), (b"\xda\xce\xbe\n",)),
)
_ZARR = _Reader("striate.data.zarrs", (".zarr",))
_FOLDER = _Reader("striate.data.slices", ())

SUFFIXES = tuple(s for r in (*_READERS, _ZARR) for s in r.suffixes)
"""File name endings that :func:`open_volume` reads."""


def open_volume(
    path: str | Path,
    *,
    axes: str | None = None,
    voxel_size: Sequence[float] | None = None,
    unit: str | None = None,
    series: int = 0,
    dataset: str | None = None,
    channel_names: Sequence[str] | None = None,
) -> Volume:
    """Open an image file or folder lazily.

    TIFF, OME-TIFF, ImageJ hyperstack, zipped TIFF, OME-Zarr 0.4 and 0.5, plain
    zarr, FISBe zarr, HDF5, ``.npy``, CZI, ND2, or a folder of slices. Which one is
    decided by suffix and by content; pixels are read when they are asked for.

    Parameters
    ----------
    path
        File or folder.
    axes
        The file's axes in the file's order, such as ``"ZCYX"``, where its own
        metadata are missing or wrong.
    voxel_size
        One value for all spatial axes, or one for each of those that the volume
        has, in the order ZYX, in `unit` (µm unless said otherwise).
    series
        Which image of a file that holds several.
    dataset
        Which array of a zarr group or HDF5 file.
    channel_names
        One name per channel.

    Raises
    ------
    InputError
        One sentence: what is wrong with which file, and what would be right.
    MissingDependencyError
        When an optional reader is needed.
    """
    place = Path(path).expanduser()
    options = OpenOptions(
        axes,
        tuple(float(s) for s in voxel_size) if voxel_size is not None else None,
        unit,
        series,
        dataset,
        tuple(channel_names) if channel_names is not None else None,
    )
    reader = _reader_of(place)
    return to_volume(reader.find()(place, options), place, options)


def is_volume(path: str | Path) -> bool:
    """Whether it looks like something :func:`open_volume` reads; cheap."""
    place = Path(path)
    try:
        if _reader_of(place) is not _FOLDER:
            return True
    except InputError:
        return False
    from striate.data.slices import is_slice

    return any(is_slice(file) for file in place.iterdir())


def _reader_of(path: Path) -> _Reader:
    try:
        if not path.exists():
            raise InputError(f"{path} does not exist: check the name.")
        if path.is_dir():
            next(path.iterdir(), None)
            return _ZARR if _is_zarr(path) else _FOLDER
        head = _head(path)
    except OSError as error:
        reason = error.strerror or "read error"
        raise InputError(f"{path} cannot be opened: {reason}.") from error
    for reader in _READERS:
        if any(head.startswith(m) for m in reader.magic):
            return reader
    suffix = path.suffix.lower()
    for reader in _READERS:
        if suffix in reader.suffixes:
            return reader
    raise InputError(
        f"{path.name} is no image that Striate reads: it opens TIFF, OME-Zarr, zarr, "
        "HDF5, npy, CZI, ND2 and folders of slices."
    )


def _is_zarr(path: Path) -> bool:
    marks = ("zarr.json", ".zgroup", ".zarray", ".zattrs")
    return path.suffix == ".zarr" or any((path / m).exists() for m in marks)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)
