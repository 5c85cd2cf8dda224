"""What the tests of the Proofread panel share: neurons, clicks and keys."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.skeletons import Skeleton
from striate_filaments.tracing import tube

SHAPE = (16, 80, 120)


def line(*ends, radius=1.6):
    way = np.asarray(ends, float)
    tree = Skeleton(way, np.full(len(way), radius), np.arange(len(way)) - 1)
    return np.stack(np.unravel_index(tube(tree, SHAPE), SHAPE), 1)


A = line((5, 20, 5), (5, 20, 115))
B = line((11, 60, 5), (11, 60, 115))
C = line((5, 24, 60), (5, 76, 60))
"""C starts where A passes, and passes over B."""


def neurons(**parts):
    """A set of named groups of voxels, numbered in order."""
    found = [
        Neuron.from_coordinates(i, np.unique(np.concatenate(p), axis=0), name=name)
        for i, (name, p) in enumerate(parts.items(), 1)
    ]
    return NeuronSet(SHAPE, (1.0, 1.0, 1.0), "µm", found)


def truth():
    return neurons(a=[A], b=[B], c=[C])


def damaged():
    """A in two halves; B and C merged by a bridge; a crumb on the background."""
    bridge = line((8, 60, 60), (9, 60, 60), radius=0.9)
    return neurons(
        left=[A[A[:, 2] < 55]],
        right=[A[A[:, 2] >= 55]],
        both=[B, C, bridge],
        crumb=[line((12, 5, 20), (12, 5, 30))],
    )


def click(viewer, *places, modifiers=(), along=None):
    """Send what napari sends for a click, or a drag through several places.

    `along` is the direction one looks in, in 3-D.
    """
    event = SimpleNamespace(
        type="mouse_press", button=1, position=places[0], view_direction=along,
        dims_displayed=(0, 1, 2) if along else (1, 2), modifiers=modifiers,
    )  # fmt: skip
    running = [callback(viewer, event) for callback in viewer.mouse_drag_callbacks]
    running = [drag for drag in running if next(drag, "over") != "over"]
    for place in places[1:]:
        event.type, event.position = "mouse_move", place
        running = [drag for drag in running if next(drag, "over") != "over"]
    event.type = "mouse_release"
    for drag in running:
        next(drag, None)


def press(viewer, key):
    """Press a key while the neurons are the active layer, whose own keys come first."""
    from app_model.types import KeyBinding

    bound = KeyBinding.from_str(key)
    layer = viewer.layers.selection.active
    assert viewer.keymap[bound]
    layer.keymap[bound](layer)
