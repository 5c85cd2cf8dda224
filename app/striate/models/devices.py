"""Which device a job runs on."""

from __future__ import annotations

import re

from striate.errors import InputError

__all__ = ["choose_device"]


def choose_device(name: str = "auto") -> str:
    """Resolve ``auto|cpu|cuda[:i]|mps`` to a device that is there.

    ``auto`` stays with the CPU unless torch is installed with a usable device;
    torch is only imported for another answer than ``cpu``.

    Raises
    ------
    InputError
        When the device asked for does not exist here.
    """
    if name == "cpu":
        return "cpu"
    if not re.fullmatch(r"auto|mps|cuda(:\d+)?", name):
        raise InputError(f"There is no device {name!r}: use auto, cpu, cuda:0 or mps.")
    import torch

    if name == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    if name == "mps":
        if not torch.backends.mps.is_available():
            raise InputError("This machine has no Apple GPU: use --device cpu.")
        return name
    index = int(name.partition(":")[2] or 0)
    if index >= torch.cuda.device_count():
        raise InputError(
            f"{name} was asked for and this machine has {torch.cuda.device_count()} "
            "CUDA devices: use --device cpu."
        )
    return name
