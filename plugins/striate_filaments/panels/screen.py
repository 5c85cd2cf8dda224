"""Where voxels are on the screen, in a slice and in the volume seen from anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Screen"]


class Screen:
    """The plane one looks at, without perspective.

    Parameters
    ----------
    layer
        Whose voxels are looked at; of three dimensions, or two.
    direction, displayed, ndim
        ``view_direction``, ``dims_displayed`` and the length of ``position`` of a
        mouse event.
    """

    def __init__(self, layer: Any, direction: Any, displayed: Any, ndim: int) -> None:
        self._layer = layer
        self.deep = len(displayed) == 3 and direction is not None
        if self.deep:
            along = np.asarray(direction, float)[-3:]
        else:
            # In a slice one looks along the axis that is not displayed.
            missing = {0, 1, 2} - {int(a) - ndim + 3 for a in displayed}
            along = np.eye(3)[min(missing, default=0)]
        self._along = along / np.linalg.norm(along)
        helper = np.eye(3)[int(np.argmin(np.abs(self._along)))]
        across = np.cross(self._along, helper)
        self._across = across / np.linalg.norm(across)
        self._down = np.cross(self._along, self._across)

    def place(self, position: Any) -> tuple[float, float]:
        """(2,) place on the screen of a world position."""
        world = self._world(position)
        return float(world @ self._across), float(world @ self._down)

    def places(self, voxels: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n, 2) places on the screen of (n, 3) voxels (z, y, x)."""
        world = self._worlds(voxels)
        return np.stack([world @ self._across, world @ self._down], axis=1)

    def depth(self, voxels: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n,) distance into the screen of voxels, in world units."""
        return np.asarray(self._worlds(voxels) @ self._along)

    def depth_of(self, position: Any) -> float:
        """Distance into the screen of a world position."""
        return float(self._world(position) @ self._along)

    def _world(self, position: Any) -> NDArray[np.float64]:
        found = np.zeros(3)
        given = np.asarray(position, float)[-3:]
        found[-len(given) :] = given
        return found

    def _worlds(self, voxels: NDArray[np.int64]) -> NDArray[np.float64]:
        """Voxels in world units; layers of neurons are scaled and moved, not turned."""
        ndim = min(3, self._layer.ndim)
        scale, move = np.ones(3), np.zeros(3)
        scale[-ndim:] = np.asarray(self._layer.scale)[-ndim:]
        move[-ndim:] = np.asarray(self._layer.translate)[-ndim:]
        return voxels * scale + move
