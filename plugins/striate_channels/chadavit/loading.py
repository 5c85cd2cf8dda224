"""Load a ChAda-ViT strictly: each tensor of the network and no other, or refuse."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from striate.errors import InputError
from striate.models import load_weights
from striate.provenance import fingerprint
from striate_channels.chadavit.config import ChAdaViTConfig, Shapes, read_config

if TYPE_CHECKING:
    from torch import Tensor

    from striate_channels.chadavit.network import ChAdaViT

__all__ = ["load_chadavit", "select_backbone"]

# A Lightning checkpoint also holds momentum_backbone., head. and classifier.
# tensors, which is why a prefix is matched exactly and never replaced inside a name.
PREFIXES = ("", "backbone.", "encoder.", "model.")
TASK = "channels.embed"


class _Found(NamedTuple):
    """Weights, their configuration if one was found, and where it came from."""

    weights: Path
    config: ChAdaViTConfig | None
    said: str


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

    found = _found(path_or_id)
    changed = {"num_heads": num_heads, "eps": eps}
    changed = {k: v for k, v in changed.items() if v is not None}
    config = _overridden(found.config or ChAdaViTConfig(), changed)
    weights = found.weights
    model = ChAdaViT(config)
    own = select_backbone(_tensors(weights), config.shapes(), weights)
    model.load_state_dict(own, strict=True)
    said = "given" if num_heads is not None else found.said
    model.origin = _origin(weights, config, said)
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


def _origin(weights: Path, config: ChAdaViTConfig, said: str) -> dict[str, Any]:
    if said != "given" and config.shapes() == ChAdaViTConfig().shapes():
        warnings.warn(
            f"{weights.name}: {config.num_heads} attention heads ({said}). The "
            "published sources disagree (2 in training code, 12 in its configuration) "
            "and the weights fit both: compare with num_heads=2 on your own labels.",
            stacklevel=3,
        )
    return {
        "weights": str(weights),
        "sha256": fingerprint(weights).sha256,
        "num_heads": config.num_heads,
        "num_heads_from": said,
        "eps": config.eps,
    }


def _found(path_or_id: str | Path) -> _Found:
    path = Path(path_or_id).expanduser()
    if path.is_dir():
        return _in_folder(path)
    if path.exists() and path.suffix != ".json":
        beside = path.with_name("config.json")
        has_config = path.suffix == ".safetensors" and beside.exists()
        config = read_config(beside) if has_config else None
        return _Found(path, config, "config.json" if has_config else "assumed")
    return _from_card(str(path_or_id))


def _in_folder(folder: Path) -> _Found:
    weights = folder / "model.safetensors"
    if not weights.exists():
        found = sorted([*folder.glob("*.safetensors"), *folder.glob("*.ckpt")])
        if len(found) != 1:
            raise InputError(
                f"{folder} holds {len(found)} files of weights: name one of them."
            )
        weights = found[0]
    place = folder / "config.json"
    if not place.exists():
        return _Found(weights, None, "assumed")
    return _Found(weights, read_config(place), "config.json")


def _from_card(name: str) -> _Found:
    """Find a model card, and its file, downloading it if need be."""
    from striate.models import fetch, find_card

    card = find_card(name, TASK)
    architecture = card.details.get("architecture", "chadavit")
    if architecture != "chadavit":
        raise InputError(f"{name} is no ChAda-ViT: its card says {architecture}.")
    values = card.details.get("config", {})
    said = "card" if values else "assumed"
    return _Found(fetch(card), ChAdaViTConfig.model_validate(values), said)


def _tensors(path: Path) -> dict[str, Tensor]:
    content = load_weights(path)
    state = content.get("state_dict", content)
    return {k: v for k, v in state.items() if hasattr(v, "shape")}
