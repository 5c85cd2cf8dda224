"""From a diffusion model's name to its folder here: found, or downloaded."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from striate.errors import InputError, OfflineError
from striate.jobs.context import JobContext
from striate.models.cards import HubSource, ModelCard, PathSource
from striate_cortex.synthesis.cards import DIFFUSION, INDEX

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["find_folder", "read_index"]

_HUB_NAME = re.compile(r"^([\w.-]+/[\w.-]+)(?:@([\w.-]+))?$")
_LEFT_OUT = ("safety_checker", "feature_extractor", "image_encoder")
_SMALL = (".json", ".txt", ".model")
_WEIGHTS = ".safetensors"


def find_folder(
    name: str, ctx: JobContext | None = None
) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """Find the folder of a diffusion model, and download it where it is not here.

    Its licence is told before anything is downloaded.

    Parameters
    ----------
    name
        A card's id or file; a folder in the layout of diffusers; ``owner/name`` of the
        hub, or ``owner/name@revision``. Empty: the default card.

    Returns
    -------
    tuple
        The folder, what its card says (as JSON), and the card's details.

    Raises
    ------
    InputError
        When there is no such model, or its weights are pickles.
    OfflineError
        When it must be downloaded and cannot be; says what to place where.
    """
    from striate.models import default_card, find_card

    ctx = ctx or JobContext()
    folder = Path(name).expanduser() if name else None
    if folder is not None and folder.is_dir():
        read_index(folder)
        return folder, _card_of_folder(folder), {}
    match = _HUB_NAME.match(name)
    if not name:
        card = default_card(DIFFUSION)
    elif match and not (folder and folder.exists()):
        card = _card_of_hub(match[1], match[2] or "main")
    else:
        card = find_card(name, DIFFUSION)
    if isinstance(card.source, PathSource):
        found = card.source.path.parent
        read_index(found)
    else:
        found = _here(card) or _download(card, ctx)
    told = card.model_dump(mode="json", exclude={"details", "format", "default"})
    return found, told, dict(card.details)


def read_index(folder: Path) -> dict[str, Any]:
    """Read which parts a model has.

    Raises
    ------
    InputError
        When the folder is none of a diffusion model.
    """
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
        return {str(k): v for k, v in index.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(
            f"{folder} is no diffusion model: it has no readable {INDEX} beside the "
            "folders unet, vae, scheduler and so on."
        ) from error


def parts_of(index: dict[str, Any]) -> list[str]:
    """Return the names of the parts that are loaded."""
    return [
        k
        for k, v in index.items()
        if isinstance(v, list) and v[0] is not None and k not in _LEFT_OUT
    ]


def _is_whole(folder: Path) -> bool:
    if not (folder / INDEX).is_file():
        return False
    return all((folder / p).is_dir() for p in parts_of(read_index(folder))) and not any(
        folder.rglob("*.part")
    )


def _here(card: ModelCard) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    from striate.models import place_of

    places = [place_of(card).parent]
    if isinstance(card.source, HubSource):
        s = card.source
        hit = try_to_load_from_cache(s.repo, s.file, revision=s.revision)
        if isinstance(hit, str):
            places.append(Path(hit).parent)
    return next((p for p in places if _is_whole(p)), None)


def _card_of_folder(folder: Path) -> dict[str, Any]:
    licence = "not stated"
    readme = folder / "README.md"
    if readme.is_file():
        said = re.search(r"^license:\s*(\S+)", readme.read_text("utf-8"), re.M)
        licence = said[1] if said else licence
    return {"id": folder.name, "title": folder.name, "licence": licence,
            "source": {"path": str(folder)}}  # fmt: skip


# ---- Hub


def _card_of_hub(repo: str, revision: str) -> ModelCard:
    """Make a card for a model of the hub, at the commit it is at now."""
    from huggingface_hub import HfApi, errors, try_to_load_from_cache

    name = repo.lower().replace("/", "--")
    facts: dict[str, Any] = {"id": name, "title": repo, "task": DIFFUSION}
    try:
        info = HfApi().model_info(repo, revision=revision)
        data: Any = info.card_data or {}
        licence = str(data.get("license_name") or data.get("license") or "not stated")
        commit = str(info.sha)
    except (errors.HTTPError, OSError) as error:  # type: ignore[attr-defined]
        hit = try_to_load_from_cache(repo, INDEX, revision=revision)
        if not isinstance(hit, str):
            raise OfflineError(
                f"{repo} is not on this machine and the hub cannot be asked for it: "
                "fetch it where there is a connection and name its folder instead."
            ) from error
        licence, commit = "not stated", Path(hit).parent.name
    source = HubSource(repo=repo, revision=commit, file=INDEX)
    return ModelCard(**facts, source=source, licence=licence)


def _download(card: ModelCard, ctx: JobContext) -> Path:
    from huggingface_hub import get_token, hf_hub_url

    from striate.models import place_of
    from striate.models.download import download

    source = card.source
    assert isinstance(source, HubSource)
    folder = place_of(card).parent
    files = _listed(card, source, folder)
    size = sum(f.size or 0 for f in files) / 1e9
    ctx.log(
        f"Downloading {card.title}, {size:.1f} GB. Its licence: {card.licence} "
        f"(https://huggingface.co/{source.repo}).",
        "warning",
    )
    token = get_token()
    # The index last: without it a folder that was cut off counts as missing.
    for file in sorted(files, key=lambda f: f.rfilename == INDEX):
        lfs = getattr(file, "lfs", None)
        download(
            hf_hub_url(source.repo, file.rfilename, revision=source.revision),
            folder / file.rfilename,
            sha256=str(lfs.sha256) if lfs else "",
            size=int(file.size or 0),
            headers={"Authorization": f"Bearer {token}"} if token else {},
            ctx=ctx,
        )
    return folder


def _listed(card: ModelCard, source: HubSource, folder: Path) -> list[Any]:
    from huggingface_hub import HfApi, errors, hf_hub_download

    try:
        info = HfApi().model_info(
            source.repo, revision=source.revision, files_metadata=True
        )
        index = hf_hub_download(source.repo, INDEX, revision=source.revision)
    except (errors.HTTPError, OSError) as error:  # type: ignore[attr-defined]
        raise OfflineError(
            f"The model {card.id} is not on this machine and "
            f"https://huggingface.co/{source.repo} cannot be reached: fetch that "
            f"repository ({INDEX} and the folders beside it) where there is a "
            f"connection and place it as {folder}."
        ) from error
    wanted = parts_of(read_index(Path(index).parent))
    return choose_files(info.siblings or [], wanted, source.repo)


def choose_files(files: Iterable[Any], parts: list[str], repo: str) -> list[Any]:
    """Choose the index, and of each part its settings and safe weights.

    Raises
    ------
    InputError
        When a part has weights only as pickles.
    """
    chosen, given = [], list(files)
    for file in given:
        part, _, name = file.rfilename.rpartition("/")
        if file.rfilename == INDEX or (part in parts and name.endswith(_SMALL)):
            chosen.append(file)
    for part in parts:
        own = [f for f in given if f.rfilename.rpartition("/")[0] == part]
        safe = [f for f in own if f.rfilename.endswith(_WEIGHTS)]
        # diffusion_pytorch_model.fp16.safetensors and .non_ema. are variants.
        plain = [f for f in safe if not re.search(r"\.(fp16|non_ema)[.-]", f.rfilename)]
        chosen += plain or safe
        if not safe and any(f.rfilename.endswith((".bin", ".ckpt")) for f in own):
            raise InputError(
                f"{repo} holds its {part} as a pickle, which is never loaded: choose a "
                "copy with safetensors."
            )
    return chosen
