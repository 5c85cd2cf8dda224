"""Which neuron is under the pointer, in slices and in the volume.

The sparse masks answer, not the drawn labels: so a voxel of several neurons knows
all of them, hidden neurons are looked through, and 3-D is as fine as the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.widgets.clicks import Clicks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from striate.widgets.services import ViewerLike
    from striate_filaments.panels.neurons_view import NeuronsView

__all__ = ["ClickPicker", "neurons_under", "voxel_under"]

_STEP = 0.5
"""Distance of the samples along a ray, in voxels."""
_NEAR = 1
"""In a slice, how many voxels beside a thin neurite still hit it."""


class ClickPicker:
    """Calls `on_pick(id or None, add)` when a neuron is clicked in the viewer.

    See :class:`striate.widgets.clicks.Clicks` for what a click is. A voxel of several
    neurons gives them in turn.
    """

    def __init__(
        self,
        viewer: ViewerLike,
        view: Callable[[], NeuronsView | None],
        on_pick: Callable[[int | None, bool], None],
    ) -> None:
        self._view, self._on_pick = view, on_pick
        self._clicks = Clicks(viewer, self._on_event, self._is_wanted)

    def close(self) -> None:
        """Listen no more."""
        self._clicks.close()

    def _is_wanted(self) -> bool:
        view = self._view()
        return view is not None and not view.claimed

    def _on_event(self, event: Any, add: bool) -> None:
        view = self._view()
        if view is not None:
            self._on_pick(self._next(view, event), add)

    def _next(self, view: NeuronsView, event: Any) -> int | None:
        found = neurons_under(
            view, event.position, event.view_direction, event.dims_displayed
        )
        if not found:
            return None
        chosen = view.selection
        if len(chosen) == 1 and chosen[0] in found:
            return found[(found.index(chosen[0]) + 1) % len(found)]
        return found[0]


def neurons_under(
    view: NeuronsView, position: Any, direction: Any, displayed: Any
) -> list[int]:
    """Return the shown neurons at a place, in slices, or first along a ray, in 3-D.

    Parameters
    ----------
    position, direction, displayed
        ``position``, ``view_direction`` and ``dims_displayed`` of a mouse event.
    """
    layer = view.layer
    # The layer's axes are the last ones of the viewer's.
    missing = len(position) - layer.ndim
    axes = [int(a) - missing for a in displayed]
    place = np.asarray(position, float)[missing:]
    if len(axes) == 3 and direction is not None:
        ray = np.asarray(direction, float)[missing:]
        return _along_ray(view, place, ray, axes)
    point = np.zeros(3)
    point[-layer.ndim :] = layer.world_to_data(place)
    voxel = np.round(point).astype(int)
    in_plane = [a + 3 - layer.ndim for a in axes]
    return _owners(view, voxel[None]) or _owners(view, _around(voxel, in_plane))


def voxel_under(
    view: NeuronsView, position: Any, direction: Any, displayed: Any
) -> tuple[int, int, int] | None:
    """Return the voxel (z, y, x) at a place, or in 3-D the first of a shown neuron.

    The chosen neurons come before others, so that one can work behind a neuron.
    None outside the volume, and where a ray meets no neuron.
    """
    layer = view.layer
    missing = len(position) - layer.ndim
    axes = [int(a) - missing for a in displayed]
    place = np.asarray(position, float)[missing:]
    if len(axes) < 3 or direction is None:
        point = np.zeros(3)
        point[-layer.ndim :] = layer.world_to_data(place)
        voxel = np.round(point).astype(int)
        inside = np.all(voxel >= 0) and np.all(voxel < view.neurons.shape)
        return _triple(voxel) if inside else None
    ray = np.asarray(direction, float)[missing:]
    start, end = layer.get_ray_intersections(place, ray, axes, world=True)
    if start is None or end is None:
        return None
    voxels = _line(np.asarray(start), np.asarray(end))
    chosen = [view.neurons[id] for id in view.selection]
    shown = [n for n in view.neurons if view.is_shown(n.id)]
    for neurons in (chosen, shown):
        met = np.zeros(len(voxels), bool)
        for neuron in neurons:
            met |= neuron.contains(voxels)
        if met.any():
            return _triple(voxels[int(np.argmax(met))])
    return None


def _triple(voxel: NDArray[Any]) -> tuple[int, int, int]:
    z, y, x = (int(v) for v in voxel)
    return z, y, x


def _owners(view: NeuronsView, voxels: NDArray[np.int64]) -> list[int]:
    low, high = voxels.min(0), voxels.max(0)
    found = []
    for neuron in view.neurons:
        near = np.all(neuron.start <= high) and np.all(low < neuron.stop)
        if near and view.is_shown(neuron.id) and neuron.contains(voxels).any():
            found.append(neuron)
    # What is drawn on top comes first: the smaller neuron keeps a shared voxel.
    return [n.id for n in sorted(found, key=lambda n: (len(n), n.id))]


def _around(voxel: NDArray[np.int64], axes: list[int]) -> NDArray[np.int64]:
    """Voxels beside this one, in the plane that is shown."""
    moves = np.zeros(((2 * _NEAR + 1) ** 2, 3), int)
    reach = np.arange(-_NEAR, _NEAR + 1)
    first, second = np.meshgrid(reach, reach, indexing="ij")
    moves[:, axes[0]], moves[:, axes[1]] = first.ravel(), second.ravel()
    return voxel + moves


def _along_ray(
    view: NeuronsView,
    place: NDArray[np.float64],
    direction: NDArray[np.float64],
    axes: list[int],
) -> list[int]:
    start, end = view.layer.get_ray_intersections(place, direction, axes, world=True)
    if start is None or end is None:
        return []
    voxels = _line(np.asarray(start), np.asarray(end))
    low, high = voxels.min(0), voxels.max(0)
    hits: list[tuple[int, int, int]] = []
    for neuron in view.neurons:
        beside = np.any(neuron.start > high) or np.any(low >= neuron.stop)
        if beside or not view.is_shown(neuron.id):
            continue
        met = np.flatnonzero(neuron.contains(voxels))
        if len(met):
            hits.append((int(met[0]), len(neuron), neuron.id))
    hits.sort()
    return [id for depth, _, id in hits if depth == hits[0][0]]


def _line(start: NDArray[Any], end: NDArray[Any]) -> NDArray[np.int64]:
    """Voxels from one point to another, in order, each once."""
    steps = max(2, int(np.linalg.norm(end - start) / _STEP) + 1)
    points = start + np.linspace(0, 1, steps)[:, None] * (end - start)
    voxels = np.round(points).astype(int)
    fresh = np.ones(len(voxels), bool)
    fresh[1:] = np.any(voxels[1:] != voxels[:-1], axis=1)
    return voxels[fresh]
