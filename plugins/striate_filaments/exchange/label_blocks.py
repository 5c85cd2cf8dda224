"""A label image that is painted where it is looked at: memory follows the neurites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import dask.array as da
    from numpy.typing import NDArray

    from striate_filaments.neurons import Neuron, NeuronSet

    Ints = NDArray[np.int64]

__all__ = ["Decided", "decide", "painted"]

CHUNK = (64, 256, 256)


@dataclass(frozen=True)
class Decided:
    """Labelled voxels, each with the one id it keeps, in order of their index.

    Parameters
    ----------
    index
        (m,) int64 C-order index into the volume.
    id
        (m,) id of the neuron that keeps the voxel.
    shared
        How many of them have more than one owner.
    lost
        Voxels each neuron gave away, by id.
    """

    index: Ints
    id: NDArray[np.unsignedinteger[Any]]
    shared: int
    lost: dict[int, int]


def decide(neurons: NeuronSet, weakest_first: Sequence[Neuron], dtype: Any) -> Decided:
    """Give each voxel to the last of its owners in `weakest_first`."""
    none = np.zeros(0, np.int64)
    flat = [
        np.ravel_multi_index(tuple(n.coordinates().T), neurons.shape)
        for n in weakest_first
    ]
    index = np.concatenate([none, *flat])
    ids = np.repeat(
        np.array([n.id for n in weakest_first], dtype), [len(f) for f in flat]
    )
    # A stable sort keeps the owners of one voxel in their order.
    order = np.argsort(index, kind="stable")
    index, ids = index[order], ids[order]
    last = np.append(index[1:] != index[:-1], True)[: len(index)]
    givers, counts = np.unique(ids[~last], return_counts=True)
    shared = len(np.unique(index[~last]))
    lost = dict(zip(givers.tolist(), counts.tolist(), strict=True))
    return Decided(index[last], ids[last], shared, lost)


def painted(decided: Decided, shape: tuple[int, int, int]) -> da.Array:
    """Return a lazy (Z, Y, X) label image; a chunk is painted when it is read."""
    import dask.array as da

    size = tuple(min(n, c) for n, c in zip(shape, CHUNK, strict=True))
    grid = tuple(-(-n // s) for n, s in zip(shape, size, strict=True))
    place = np.stack(np.unravel_index(decided.index, shape))
    tile, local = np.divmod(place, np.array(size)[:, None])
    number = np.ravel_multi_index(tuple(tile), grid)
    order = np.argsort(number, kind="stable")
    number, ids, local = number[order], decided.id[order], local[:, order]
    cuts = [tuple(min(s, n - a) for a in range(0, n, s))
            for n, s in zip(shape, size, strict=True)]  # fmt: skip

    def paint(block_id: tuple[int, ...] | None = None) -> NDArray[Any]:
        assert block_id is not None
        chunk = np.zeros([c[i] for c, i in zip(cuts, block_id, strict=True)], ids.dtype)
        own = np.ravel_multi_index(block_id, grid)
        first, end = np.searchsorted(number, (own, own + 1))
        chunk[tuple(local[:, first:end])] = ids[first:end]
        return chunk

    return da.map_blocks(
        paint, chunks=cuts, dtype=ids.dtype, meta=np.zeros((0, 0, 0), ids.dtype)
    )
