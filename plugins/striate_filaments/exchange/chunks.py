"""Labels of an HDF5 file chunk by chunk: mostly empty chunks cost next to nothing."""

from __future__ import annotations

import mmap
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["labelled_voxels"]

_THREADS = 4


def labelled_voxels(dataset: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Labels and C-order indices of all labelled voxels of a dataset (Z, Y, X).

    The library unpacks a whole slab to read it; here each chunk is unpacked by a
    thread of its own and forgotten.

    Returns
    -------
    None where the dataset is not of chunks packed by gzip alone, or is no integers.
    """
    plain = dataset.compression == "gzip" and not dataset.shuffle
    if not plain or dataset.fletcher32 or dataset.scaleoffset is not None:
        return None
    if dataset.chunks is None or dataset.ndim != 3 or dataset.dtype.kind not in "iu":
        return None
    chunks: list[Any] = []
    # One walk through the index: asking for each chunk walks it anew.
    dataset.id.chunk_iter(chunks.append)
    dtype, size, shape = dataset.dtype, dataset.chunks, dataset.shape
    empty = bytes(int(np.prod(size)) * dtype.itemsize)

    def read(info: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        packed = memory[info.byte_offset : info.byte_offset + info.size]
        data = packed if info.filter_mask else zlib.decompress(packed)
        if data == empty:
            return none, none
        chunk = np.frombuffer(data, dtype)
        found = np.flatnonzero(chunk)
        place = np.stack(np.unravel_index(found, size), axis=1)
        place += np.asarray(info.chunk_offset)
        # Chunks at the far edges reach beyond the volume.
        inside = np.all(place < np.asarray(shape), axis=1)
        flat = np.ravel_multi_index(tuple(place[inside].T), shape)
        return chunk[found[inside]].astype(np.int64), flat

    none = np.empty(0, np.int64)
    with (
        Path(dataset.file.filename).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory,
        ThreadPoolExecutor(_THREADS) as pool,
    ):
        parts = list(pool.map(read, chunks))
    labels = np.concatenate([none, *(labels for labels, _ in parts)])
    return labels, np.concatenate([none, *(voxels for _, voxels in parts)])
