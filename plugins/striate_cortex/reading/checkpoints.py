"""Encoders of voxels as BrainDiVE and BrainSCUBA publish them: tensors only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.encoding.model import EncodingModel

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_checkpoint"]

_WEIGHT = re.compile(r"^(?:module\.)?(linear|final_.+)\.weight$")
_SPACES = {
    "linear": ("clip-vit-base-patch32", "BrainSCUBA"),
    "final": ("clip-vit-b-16-laion2b", "BrainDiVE"),
}


def read_checkpoint(path: str | Path, name: str = "") -> EncodingModel:
    """Read ``{"network": {"linear.weight": (v, 512), "linear.bias": (v,)}}``.

    Or BrainDiVE's ``final_<subject>_higher.weight`` and ``.bias``, the linear layer on
    CLIP's embedding; or a file with ``weight`` and ``bias`` alone. Both take features
    of unit length.

    Parameters
    ----------
    name
        Which layer of several, such as ``final_S2_higher``.

    Raises
    ------
    InputError
        When the file holds code, or no such layer, or several and none is named.
    """
    from striate.models import load_weights

    place = Path(path)
    content = load_weights(place)
    state: Mapping[str, Any] = content.get("network", content)
    layers = {m[1]: key for key in state if (m := _WEIGHT.match(key))}
    if "weight" in state:
        layers["weight"] = "weight"
    chosen = _choose(place, layers, name)
    key = layers[chosen]
    weight = _numbers(state[key])
    bias_key = "bias" if key == "weight" else key.removesuffix("weight") + "bias"
    bias = state.get(bias_key)
    if weight.ndim != 2 or (bias is not None and len(bias) != len(weight)):
        raise InputError(f"{place}: {key} is no linear layer ({weight.shape}).")
    space, work = _SPACES.get(chosen.partition("_")[0], ("", "a checkpoint"))
    v = len(weight)
    return EncodingModel(
        weight,
        np.zeros(v, np.float32) if bias is None else _numbers(bias),
        np.full(v, np.nan, np.float32),
        space=space,
        normalised=True,
        facts={"origin": f"{work}: {place.name}", "layer": chosen},
    )


def _choose(path: Path, layers: dict[str, str], name: str) -> str:
    if name and name not in layers:
        raise InputError(
            f"{path} has no layer {name!r}: {', '.join(layers) or 'none'}."
        )
    if not layers:
        raise InputError(
            f"{path} holds no encoder of voxels: neither linear.weight (BrainSCUBA) "
            "nor final_<subject>_higher.weight (BrainDiVE)."
        )
    # BrainDiVE's layer for early cortex needs more than CLIP's embedding.
    able = [k for k in layers if not k.endswith("_early")] or list(layers)
    if not name and len(able) > 1:
        raise InputError(f"{path} holds several layers ({', '.join(able)}): name one.")
    return name or able[0]


def _numbers(tensor: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.asarray(tensor.detach().float().cpu().numpy(), np.float32)
