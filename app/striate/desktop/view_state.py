"""How a page is looked at, as plain JSON values, and back again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["capture", "order_layers", "restore_layers", "restore_view"]

_LAYER_FIELDS = ("visible", "opacity", "blending", "gamma", "contrast_limits")


def capture(model: Any) -> dict[str, Any]:
    """Describe camera, dimension sliders and layers of a napari viewer model.

    The result is JSON-able. Layers are described, not stored: their data come
    from the project's references.
    """
    state = {
        "camera": model.scene.camera.model_dump(mode="json"),
        "dims": {
            "ndisplay": model.dims.ndisplay,
            "point": list(map(float, model.dims.point)),
            "order": list(map(int, model.dims.order)),
        },
        "layers": [_layer_state(layer) for layer in model.layers],
    }
    return json.loads(json.dumps(state))  # type: ignore[no-any-return]


def restore_view(model: Any, state: Mapping[str, Any]) -> None:
    """Put sliders and camera back; what no longer fits the data is left alone."""
    dims = state.get("dims", {})
    if len(dims.get("order", ())) == model.dims.ndim:
        model.dims.order = tuple(dims["order"])
        model.dims.point = tuple(dims["point"])
    model.dims.ndisplay = dims.get("ndisplay", 2)
    fields = type(model.scene.camera).model_fields
    for name, value in state.get("camera", {}).items():
        if name in fields and name != "orientation":
            setattr(model.scene.camera, name, value)


def restore_layers(layers: Iterable[Any], states: Iterable[Mapping[str, Any]]) -> None:
    """Give layers the look they had; layers are recognised by file and channel."""
    wanted = {_key(state): state for state in states}
    for layer in layers:
        state = wanted.get(_key(_layer_state(layer)))
        if state is not None:
            _restore_layer(layer, state)


def order_layers(layers: Any, states: Iterable[Mapping[str, Any]]) -> None:
    """Stack layers as they were; those that were not there stay on top."""
    place = 0
    for state in states:
        keys = [_key(_layer_state(layer)) for layer in layers]
        if _key(state) in keys[place:]:
            layers.move(keys.index(_key(state), place), place)
            place += 1


# ---- Private functions


def _layer_state(layer: Any) -> dict[str, Any]:
    origin = layer.metadata.get("striate") or {}
    state: dict[str, Any] = {
        "name": layer.name,
        "source": origin.get("source"),
        "channel": origin.get("channel"),
    }
    for field in _LAYER_FIELDS:
        value = getattr(layer, field, None)
        if value is not None:
            state[field] = _plain(value)
    colormap = getattr(layer, "colormap", None)
    if type(layer).__name__ == "Image" and colormap is not None:
        state["colormap"] = str(colormap.name)
    return state


def _restore_layer(layer: Any, state: Mapping[str, Any]) -> None:
    layer.name = state.get("name", layer.name)
    for field in (*_LAYER_FIELDS, "colormap"):
        if field in state and hasattr(layer, field):
            setattr(layer, field, state[field])


def _key(state: Mapping[str, Any]) -> tuple[Any, Any]:
    if state.get("source"):
        return state["source"], state.get("channel")
    return None, state.get("name")


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [float(v) for v in value]
    return value if isinstance(value, (bool, int, float)) else str(value)
