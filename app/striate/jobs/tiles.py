"""How much a network is given at once: what fits now, and half of it when it did not.

A caller says what a voxel of its tile costs; the tile is chosen from what is free on
the device, and halved whenever memory runs out all the same::

    tiles = Tiles.fitting(ctx.device, 3000, most=192, step=16)
    out = tiles.run(lambda edge, batch: predict(volume, edge, batch))
    ctx.notes |= tiles.facts()
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar

from striate.errors import OutOfMemoryError
from striate.jobs.memory import free, is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Tiles", "free_bytes"]

T = TypeVar("T")
SHARE = 0.6
"""Of what is free: the rest is for fragments, and for what comes to it meanwhile."""


def free_bytes(device: str) -> int:
    """Memory that is free on a device now: video memory, or RAM for the CPU.

    What torch holds back for its own reuse counts as free.
    """
    import psutil

    if device.startswith("cuda"):
        import torch

        free, _ = torch.cuda.mem_get_info(device)
        held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(free + held)
    # An Apple GPU shares the RAM.
    return int(psutil.virtual_memory().available)


class Tiles:
    """The edge of a tile and how many go together; may be used from any thread.

    Parameters
    ----------
    device
        As torch names it; only told, and freed when memory runs out.
    edge, batch
        To begin with.
    least
        Edge below which halving is given up.
    step
        Edges are multiples of it, as a network with poolings needs.
    """

    def __init__(
        self, device: str, edge: int, batch: int = 1, *, least: int = 32, step: int = 1
    ) -> None:
        self.device, self.edge, self.batch = device, edge, batch
        self._least, self._step = least, step
        self._halved = 0
        self._lock = threading.Lock()

    @classmethod
    def fitting(
        cls,
        device: str,
        bytes_per_voxel: float,
        *,
        most: int,
        least: int = 32,
        step: int = 16,
        most_together: int = 8,
        sharers: int = 1,
        available: int | None = None,
    ) -> Tiles:
        """Choose the largest tile that fits, and then how many of them do.

        Parameters
        ----------
        bytes_per_voxel
            What running the network costs at its peak, per voxel of a tile.
        most, most_together
            Largest edge and batch that still make it faster.
        sharers
            How many run at the same time and share the memory.
        available
            Bytes there are; None asks the device.
        """
        room = (
            (free_bytes(device) if available is None else available) * SHARE / sharers
        )
        edge = int((room / bytes_per_voxel) ** (1 / 3) + 1e-6) // step * step
        edge = min(most, max(least, edge))
        together = int(room / (bytes_per_voxel * edge**3))
        batch = min(most_together, max(1, together))
        return cls(device, edge, batch, least=least, step=step)

    def run(self, function: Callable[[int, int], T], count: int | None = None) -> T:
        """Return ``function(edge, batch)``; smaller each time memory runs out.

        Parameters
        ----------
        count
            How many tiles there are: no batch is larger.

        Raises
        ------
        OutOfMemoryError
            When even the smallest tile does not fit.
        """
        while True:
            edge, whole = self.edge, self.batch
            batch = whole if count is None else min(whole, count)
            try:
                return function(edge, batch)
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                text = (str(error) or type(error).__name__).splitlines()[0][:120]
            # Outside the except block, so that the traceback lets go of its arrays.
            free()
            self._shrink(edge, whole, batch, text)

    def facts(self) -> dict[str, Any]:
        """What belongs in a provenance: the tile and batch that fitted in the end."""
        facts = {"device": self.device, "tile": self.edge, "batch": self.batch}
        return {**facts, "tile_halved": self._halved} if self._halved else facts

    def _shrink(self, edge: int, whole: int, batch: int, text: str) -> None:
        """Halve what failed: the batch first, then the edge."""
        with self._lock:
            if (self.edge, self.batch) != (edge, whole):
                # Another thread has met the same wall and halved already.
                return
            half = edge // 2 // self._step * self._step
            if batch > 1:
                self.batch = batch // 2
            elif half >= self._least:
                self.edge = half
            else:
                raise OutOfMemoryError(
                    f"Not enough memory on {self.device} for a tile of {edge} voxels "
                    f"({text}): close other programs, or choose another device."
                )
            self._halved += 1
