"""Write a network as published: ``config.json`` and ``model.safetensors``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from striate.data.atomic import replacing

if TYPE_CHECKING:
    from striate_channels.chadavit.network import ChAdaViT

__all__ = ["save_chadavit"]


def save_chadavit(
    model: ChAdaViT, folder: str | Path, *, overwrite: bool = False
) -> Path:
    """Write the weights and their configuration into a new folder.

    Raises
    ------
    OutputError
        When the folder exists, cannot be written to, or the disk is full.
    """
    from safetensors.torch import save_file

    tensors = {k: v.detach().cpu().contiguous() for k, v in model.state_dict().items()}
    with replacing(folder, overwrite=overwrite) as part:
        part.mkdir()
        save_file(tensors, str(part / "model.safetensors"))
        values = {"model_type": "chadavit", **model.config.model_dump()}
        (part / "config.json").write_text(json.dumps(values, indent=1), "utf-8")
    return Path(folder)
