"""Files to napari layers; getting a reader never raises and reads next to nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    LayerTuple = tuple[Any, dict[str, Any], str]
    Reader = Callable[[str | Sequence[str]], list[LayerTuple]]

__all__ = ["get_neurons_reader", "get_volume_reader", "read_neurons", "read_volume"]


def get_neurons_reader(path: str | Sequence[str]) -> Reader | None:
    """Return a reader for ``X.neurons.zarr``, or None."""
    from striate_filaments.storage import is_neurons

    paths = _paths(path)
    return read_neurons if paths and all(is_neurons(p) for p in paths) else None


def get_volume_reader(path: str | Sequence[str]) -> Reader | None:
    """Return a reader for images Striate opens, or None."""
    from striate.data import is_volume
    from striate_filaments.storage import is_neurons

    paths = _paths(path)
    try:
        good = all(is_volume(p) and not is_neurons(p) for p in paths)
    except Exception:  # noqa: BLE001 - napari asks about anything; a refusal is no error
        return None
    return read_volume if paths and good else None


def read_neurons(path: str | Sequence[str]) -> list[LayerTuple]:
    """Read neurons as a Labels layer whose panel is Neurons.

    Raises
    ------
    InputError
        When the file is damaged.
    """
    from striate_filaments.panels.neuron_layers import neurons_tuple
    from striate_filaments.storage import read_neurons as read

    return [
        neurons_tuple(read(place), name=_stem(place), path=place)
        for place in _paths(path)
    ]


def read_volume(path: str | Sequence[str]) -> list[LayerTuple]:
    """Read volumes lazily, one layer per channel.

    Raises
    ------
    InputError
        One sentence: what is wrong with the file.
    """
    from striate.data import open_volume
    from striate.widgets.layers import volume_layers

    return [layer for p in _paths(path) for layer in volume_layers(open_volume(p))]


def _paths(path: str | Sequence[str]) -> list[Path]:
    given = [path] if isinstance(path, (str, Path)) else list(path)
    return [Path(p) for p in given]


def _stem(path: Path) -> str:
    return f"Neurons of {path.name.removesuffix('.zarr').removesuffix('.neurons')}"
