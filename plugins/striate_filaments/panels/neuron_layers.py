"""From a NeuronSet to a layer of a viewer, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from striate_filaments.neurons import NeuronSet
from striate_filaments.panels.neurons_view import NeuronsView
from striate_filaments.panels.painting import Painted, paint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from striate.widgets.services import ViewerLike

__all__ = [
    "add_neurons",
    "add_painted",
    "channel_colours",
    "neuron_layers",
    "neurons_tuple",
    "view_of",
]

LayerTuple = tuple[Any, dict[str, Any], str]


def neurons_tuple(
    neurons: NeuronSet,
    *,
    name: str = "Neurons",
    path: Path | None = None,
    painted: Painted | None = None,
    channel_colours: Sequence[str] = (),
    volume_id: str | None = None,
) -> LayerTuple:
    """Describe neurons as a napari layer tuple ``(data, kwargs, "labels")``.

    The layer has the neurons' scale and units and colours each neuron by its id.
    """
    shown = painted or paint(neurons)
    view = NeuronsView(
        neurons, path=path, overlap=shown.overlap, channel_colours=channel_colours
    )
    ndim = shown.levels[0].ndim
    unit = "micrometer" if neurons.unit == "µm" else "pixel"
    kwargs = {
        "name": name,
        "scale": list(neurons.voxel_size[-ndim:]),
        "units": [unit] * ndim,
        "axis_labels": list("zyx"[-ndim:]),
        "opacity": 0.8,
        "iso_gradient_mode": "smooth",
        "multiscale": len(shown.levels) > 1,
        "colormap": view.colormap(),
        "metadata": {
            "striate": {
                "source": str(path) if path else None,
                "neurons": neurons,
                "view": view,
                "volume_id": volume_id,
            }
        },
    }
    data = shown.levels if len(shown.levels) > 1 else shown.levels[0]
    return data, kwargs, "labels"


def add_neurons(viewer: ViewerLike, neurons: NeuronSet, **options: Any) -> Any:
    """Add neurons to a viewer and return the layer; options of `neurons_tuple`."""
    return add_painted(viewer, neurons_tuple(neurons, **options))


def add_painted(viewer: ViewerLike, layer: LayerTuple) -> Any:
    """Add a layer that `neurons_tuple` described, perhaps in another thread."""
    data, kwargs, _ = layer
    made = viewer.add_labels(data, **kwargs)
    view_of(made)
    return made


def view_of(layer: Any) -> NeuronsView | None:
    """Return the view of a layer that shows neurons, made if need be."""
    if layer is None or layer.__class__.__name__ != "Labels":
        return None
    facts = layer.metadata.get("striate") or {}
    neurons = facts.get("neurons")
    if not isinstance(neurons, NeuronSet):
        return None
    view = facts.get("view")
    if view is None:
        source = facts.get("source")
        view = NeuronsView(neurons, path=Path(source) if source else None)
        facts["view"] = view
    if view.layer is None:
        view.attach(layer)
    return view


def neuron_layers(viewer: ViewerLike) -> list[Any]:
    """Return the layers that show neurons, topmost first."""
    return [layer for layer in reversed(list(viewer.layers)) if view_of(layer)]


def channel_colours(viewer: ViewerLike, volume_id: str | None) -> tuple[str, ...]:
    """Return the display colours of a volume's channels as the viewer has them."""
    from striate_filaments.colours import to_hex

    found: dict[int, str] = {}
    for layer in viewer.layers:
        facts = layer.metadata.get("striate") or {}
        if volume_id and facts.get("volume_id") == volume_id and "channel" in facts:
            found[facts["channel"]] = to_hex(layer.colormap.map([1.0])[0])
    return tuple(found[channel] for channel in sorted(found))
