"""Load a ChAda-ViT strictly: each tensor of the network and no other, or refuse."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from striate.errors import InputError
from striate_channels.chadavit.config import ChAdaViTConfig, Shapes, read_config

if TYPE_CHECKING:
    from torch import Tensor

    from striate_channels.chadavit.network import ChAdaViT

__all__ = ["load_chadavit", "select_backbone"]

# A Lightning checkpoint also holds momentum_backbone., head. and classifier.
# tensors, which is why a prefix is matched exactly and never replaced inside a name.
PREFIXES = ("", "backbone.", "encoder.", "model.")


def load_chadavit(
    path_or_id: str | Path,
    *,
    num_heads: int | None = None,
    eps: float | None = None,
    device: str = "cpu",
) -> ChAdaViT:
    """Load a ChAda-ViT.

    Parameters
    ----------
    path_or_id
        A folder with ``model.safetensors`` and ``config.json``, a ``.safetensors``
        file (with its ``config.json`` beside it, if any), a Lightning ``.ckpt``, or
        the id of a model card, such as ``chadavit16-moyen``.
    num_heads, eps
        Instead of the configuration's. The published sources disagree about both,
        and the weights do not tell; what was used is kept in ``ChAdaViT.origin``.
    device
        Where the network goes.

    Returns
    -------
    ChAdaViT
        Ready to embed.

    Raises
    ------
    InputError
        When the file holds another network, or part of one.
    OfflineError
        When a model must be downloaded and cannot be.
    """
    from striate_channels.chadavit.network import ChAdaViT

    weights, config_path = _places(path_or_id)
    config = read_config(config_path) if config_path else ChAdaViTConfig()
    changed = {"num_heads": num_heads, "eps": eps}
    config = _overridden(config, {k: v for k, v in changed.items() if v is not None})
    tensors = select_backbone(_read(weights), config.shapes(), weights)
    model = ChAdaViT(config)
    model.load_state_dict(tensors, strict=True)
    model.origin = _origin(weights, config, config_path, num_heads)
    return model.requires_grad_(False).eval().to(device)


def select_backbone(
    tensors: dict[str, Tensor], expected: Shapes, path: Path
) -> dict[str, Tensor]:
    """Pick the network's own tensors by exact prefix.

    Raises
    ------
    InputError
        Unless every tensor is there, in its shape, and nothing else under the prefix.
    """
    prefix = _prefix(tensors, path)
    found = {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
    missing = sorted(expected.keys() - found.keys())
    foreign = sorted(found.keys() - expected.keys())
    if missing or foreign:
        example = f"missing {missing[0]}" if missing else f"unknown {foreign[0]}"
        raise InputError(
            f"{path.name} holds {len(expected) - len(missing)} of the {len(expected)} "
            f"tensors of this ChAda-ViT and {len(foreign)} others ({example}): it is "
            "another model, or incomplete."
        )
    for name, shape in expected.items():
        if tuple(found[name].shape) != shape:
            raise InputError(
                f"{path.name} has {name} of shape {tuple(found[name].shape)} where "
                f"{shape} is expected: its config.json is missing or another's."
            )
    return found


# ---- Private functions


def _prefix(tensors: dict[str, Tensor], path: Path) -> str:
    found = [p for p in PREFIXES if f"{p}token_learner.proj.weight" in tensors]
    if not found:
        some = ", ".join(list(tensors)[:3]) or "nothing"
        raise InputError(
            f"{path.name} holds no ChAda-ViT: there is no token_learner among its "
            f"{len(tensors)} tensors ({some} …)."
        )
    return found[0]


def _overridden(config: ChAdaViTConfig, changes: dict[str, Any]) -> ChAdaViTConfig:
    try:
        return ChAdaViTConfig.model_validate(config.model_dump() | changes)
    except ValueError:
        raise InputError(
            f"{changes} do not fit this model, which has {config.embed_dim} "
            "dimensions: the number of heads must divide them."
        ) from None


def _origin(
    weights: Path, config: ChAdaViTConfig, config_path: Path | None, heads: int | None
) -> dict[str, Any]:
    said = "given" if heads is not None else "config.json" if config_path else "assumed"
    published = config.shapes() == ChAdaViTConfig().shapes()
    if published and said != "given":
        warnings.warn(
            f"{weights.name}: {config.num_heads} attention heads ({said}). The "
            "published sources disagree (2 in training code, 12 in its configuration) "
            "and the weights fit both: compare with num_heads=2 on your own labels.",
            stacklevel=3,
        )
    return {
        "weights": str(weights),
        "num_heads": config.num_heads,
        "num_heads_from": said,
        "eps": config.eps,
    }


def _places(path_or_id: str | Path) -> tuple[Path, Path | None]:
    """Weights, and the configuration that belongs to them if there is one."""
    path = Path(path_or_id).expanduser()
    if path.is_dir():
        return _in_folder(path)
    if not path.exists():
        raise InputError(f"{path} does not exist: check the name.")
    beside = path.with_name("config.json")
    is_ours = path.suffix == ".safetensors" and beside.exists()
    return path, beside if is_ours else None


def _in_folder(folder: Path) -> tuple[Path, Path | None]:
    weights = folder / "model.safetensors"
    if not weights.exists():
        found = sorted([*folder.glob("*.safetensors"), *folder.glob("*.ckpt")])
        if len(found) != 1:
            raise InputError(
                f"{folder} holds {len(found)} files of weights: name one of them."
            )
        weights = found[0]
    config = folder / "config.json"
    return weights, config if config.exists() else None


def _read(path: Path) -> dict[str, Tensor]:
    """Read tensors without running code that came with them."""
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(str(path))
        import torch

        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise InputError(
            f"{path.name} cannot be read as weights: it is damaged, or holds more than "
            f"tensors ({str(error).splitlines()[0][:120]})."
        ) from error
    state = content.get("state_dict", content)
    return {k: v for k, v in state.items() if hasattr(v, "shape")}
