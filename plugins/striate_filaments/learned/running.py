"""Running the network: one copy per process and device, at the precision it is good at.

On a processor with bfloat16 units the network runs in it, twice as fast; on CUDA in
half precision. When memory runs out the batch is halved.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.learned.finder import NetworkFinder
    from striate_filaments.learned.network import SegmenterNet

    Floats = NDArray[np.float32]

__all__ = ["answer", "largest_batch", "precision", "windows_for"]

_LOADED: dict[tuple[str, str], SegmenterNet] = {}
_FITTED: dict[tuple[str, str], int] = {}
"""Windows that fitted into memory at a time, where fewer did than were wished for."""
_LOCK = threading.Lock()
_DEVICE = threading.Lock()
_BYTES_PER_VOXEL = 600


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
    from striate.jobs.memory import is_out_of_memory

    net, most = _network(finder), largest_batch(finder)
    if len(units) > most:
        return [*answer(finder, units[:most]), *answer(finder, units[most:])]
    try:
        return list(_answer(net, finder, np.stack(units)))
    except Exception as error:
        if len(units) < 2 or not is_out_of_memory(error):
            raise
    # Outside the except block, so that the traceback lets go of its tensors.
    _free(finder.device)
    _FITTED[_key(finder)] = len(units) // 2
    return answer(finder, units)


def largest_batch(finder: NetworkFinder) -> int:
    """How many windows are run at a time: as many as wished for, or as fitted."""
    return min(finder.windows, _FITTED.get(_key(finder), finder.windows))


def windows_for(device: str, edge: int) -> int:
    """How many windows of `edge` voxels to run at a time, from the memory free."""
    if not device.startswith("cuda"):
        return 1
    import torch

    free, _ = torch.cuda.mem_get_info(torch.device(device))
    return int(np.clip(free // 2 // (_BYTES_PER_VOXEL * edge**3), 1, 64))


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


def _free(device: str) -> None:
    import torch

    if device.startswith("cuda"):
        torch.cuda.empty_cache()
