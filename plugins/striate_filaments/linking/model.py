"""The linking model: its networks, its thresholds, its file and its card."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_filaments.linking.scorer import Scorer

if TYPE_CHECKING:
    from pathlib import Path

    from striate_filaments.linking.context import ContextNet
    from striate_filaments.segmentation.tuning import Tuning

__all__ = ["LinkModel", "Settings", "load_links", "save_links"]

_LOOKS, _STEPS = ("near", "mid", "far"), ("contact", "meeting", "gap", "keep")


@dataclass(frozen=True)
class Settings:
    """What was chosen on tuning volumes once the networks were trained.

    Parameters
    ----------
    found, low, high
        Scores of the finder: it looks for voxels down to the first, of which those
        above `low` count that hang together with one above `high`.
    contact, meeting, gap, keep
        Log-odds above which a contact of pieces, one of regions or a gap joins, and a
        region is a neuron.
    smallest
        Voxels of the smallest region that is bridged.
    piece, piece_hue
        Farthest a voxel lies from the seed of its piece, in half thicknesses, and
        the hue angle in degrees that a piece takes in on top of noise.
    rounds
        How many times gaps are looked for, each among what the last one made.
    """

    found: float = 5.0
    low: float = 5.0
    high: float = 10.0
    contact: float = 2.0
    meeting: float = 1.0
    gap: float = -0.5
    keep: float = 0.5
    smallest: float = 40.0
    piece: float = 4.0
    piece_hue: float = 3.0
    rounds: int = 2

    def tuning(self, tuning: Tuning) -> Tuning:
        """Return the colour method's constants with pieces as they are here."""
        return replace(tuning, piece=self.piece, piece_hue=self.piece_hue)


@dataclass(frozen=True)
class LinkModel:
    """Scores contacts, gaps, and what is left in the end.

    Parameters
    ----------
    near, mid, far
        Judge contacts of pieces, contacts of the regions that come of them, and gaps
        by what is around them; what they say is one of the features of the next.
    contact, meeting, gap, keep
        Decide, with what is known of regions as they grow.
    facts
        How it was made; of one that was read, what of it belongs in a provenance.
    """

    near: ContextNet
    mid: ContextNet
    far: ContextNet
    contact: Scorer
    meeting: Scorer
    gap: Scorer
    keep: Scorer
    settings: Settings
    facts: dict[str, Any]


def save_links(path: Path, model: LinkModel) -> None:
    """Write the networks and the settings to a safetensors file."""
    from safetensors.numpy import save_file

    arrays = {
        f"{step}.{f.name}": np.ascontiguousarray(
            getattr(getattr(model, step), f.name), dtype=np.float32
        )
        for step in _STEPS
        for f in fields(Scorer)
    }
    sizes = {}
    for look in _LOOKS:
        net: ContextNet = getattr(model, look)
        sizes[look] = net.sizes
        for name, tensor in net.state_dict().items():
            arrays[f"{look}.{name}"] = tensor.numpy()
    told = {"settings": asdict(model.settings), "sizes": sizes, "made": model.facts}
    save_file(arrays, str(path), {name: json.dumps(v) for name, v in told.items()})


def load_links(path: Path, facts: dict[str, Any] | None = None) -> LinkModel:
    """Read what :func:`save_links` wrote.

    Raises
    ------
    InputError
        When it is no such file.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), "numpy") as file:
            told = file.metadata() or {}
            sizes = json.loads(told["sizes"])
            scorers = {
                step: Scorer(
                    *(
                        file.get_tensor(f"{step}.{f.name}").astype(np.float64)
                        for f in fields(Scorer)
                    )
                )
                for step in _STEPS
            }
            near, mid, far = (_net(file, look, sizes[look]) for look in _LOOKS)
            settings = Settings(**json.loads(told["settings"]))
    except (
        OSError, KeyError, TypeError, ValueError, RuntimeError, SafetensorError,
    ) as error:  # fmt: skip
        raise InputError(
            f"{path} is no linking model ({error}): name one that Striate trained."
        ) from error
    return LinkModel(near, mid, far, **scorers, settings=settings, facts=facts or {})


def _net(file: Any, look: str, sizes: dict[str, int]) -> ContextNet:
    import torch

    from striate_filaments.linking.context import ContextNet

    net = ContextNet(**sizes)
    state = {
        name: torch.from_numpy(file.get_tensor(f"{look}.{name}"))
        for name in net.state_dict()
    }
    net.load_state_dict(state)
    return net.eval()
