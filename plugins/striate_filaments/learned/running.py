"""Running the network: one copy per process and device, at the precision it is good at.

On a processor with bfloat16 units the network runs in it, twice as fast; on CUDA in
half precision. How many windows go together follows the memory that is free, and
halves when it runs out.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.jobs.tiles import Tiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.learned.finder import NetworkFinder
    from striate_filaments.learned.network import SegmenterNet

    Floats = NDArray[np.float32]

__all__ = ["answer", "precision", "tiles_of"]

_LOADED: dict[tuple[str, str], SegmenterNet] = {}
_TILES: dict[tuple[str, str, int], Tiles] = {}
_LOCK = threading.Lock()
_DEVICE = threading.Lock()
_BYTES_PER_VOXEL = 600
_MOST = 64


def answer(finder: NetworkFinder, units: list[Floats]) -> list[Floats]:
    """Ask the network about some windows.

    Parameters
    ----------
    units
        (C, w, w, w) signal in noise units, for each window.

    Returns
    -------
    For each, (1 + len(EXTRA), w, w, w): the logit of belonging to a neuron, and the
    probabilities that EXTRA names
    """
    net = _network(finder)

    def ask(_: int, batch: int) -> list[Floats]:
        parts = [units[i : i + batch] for i in range(0, len(units), batch)]
        return [m for part in parts for m in _answer(net, finder, np.stack(part))]

    return tiles_of(finder).run(ask, len(units))


def tiles_of(finder: NetworkFinder) -> Tiles:
    """How many windows are run at a time, from the memory free where they run.

    The window itself is the model's: another one would give other results.
    """
    key = (*_key(finder), finder.windows)
    with _LOCK:
        if key not in _TILES:
            edge, device = finder.config.window, finder.device
            # A processor is as fast on one as on many.
            most = _MOST if device.startswith("cuda") else 1
            _TILES[key] = (
                Tiles(device, edge, finder.windows, least=edge)
                if finder.windows
                else Tiles.fitting(
                    device, _BYTES_PER_VOXEL, most=edge, least=edge, step=1,
                    most_together=most,
                )
            )  # fmt: skip
        return _TILES[key]


def precision(device: str) -> str:
    """Name of the number format the network runs in there."""
    import torch

    if device.startswith("cuda"):
        return "float16"
    known: Any = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    if device == "cpu" and known is not None and known():
        return "bfloat16"
    return "float32"


def _network(finder: NetworkFinder) -> SegmenterNet:
    """The network, loaded once; ready to run."""
    import torch

    from striate_filaments.learned.files import load_network
    from striate_filaments.learned.network import channels_last

    key = _key(finder)
    with _LOCK:
        if key not in _LOADED:
            net = load_network(finder.model, finder.config).for_running()
            dtype = getattr(torch, precision(finder.device))
            net = net.to(finder.device, dtype)
            _LOADED.clear()
            _LOADED[key] = channels_last(net)
        return _LOADED[key]


def _key(finder: NetworkFinder) -> tuple[str, str]:
    return finder.sha256, finder.device


def _answer(net: SegmenterNet, finder: NetworkFinder, units: Floats) -> Floats:
    import torch

    from striate_filaments.learned.features import make_features

    if finder.device == "cpu" and torch.get_num_threads() != 1:
        # Blocks come on as many threads as there are cores; more would only wait.
        torch.set_num_threads(1)
    weight: Any = next(net.parameters())
    device = finder.device
    # A processor's threads may all work at once; a device's memory is shared.
    gate: Any = _DEVICE if device != "cpu" else threading.Lock()
    with gate, torch.inference_mode():
        signal = torch.from_numpy(units).to(device)
        level = torch.from_numpy(finder.levels(units)).to(device)
        shown = make_features(signal, level).to(
            weight.dtype, memory_format=torch.channels_last_3d
        )
        maps = net(shown)
        number = maps.number.float()
        logit = torch.logsumexp(number[:, 1:], 1, keepdim=True) - number[:, :1]
        several = number.softmax(1)[:, 2:]
        rest = torch.cat([maps.centre, maps.affinity], 1).float().sigmoid()
        return torch.cat([logit, several, rest], 1).cpu().numpy()
