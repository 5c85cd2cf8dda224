"""From a card to a verified file: here already, in a cache, or downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from striate.errors import InputError, OfflineError
from striate.jobs.context import JobContext
from striate.models.cards import HubSource, PathSource, UrlSource
from striate.models.download import download
from striate.models.verify import Expected, is_right
from striate.settings import data_dir

if TYPE_CHECKING:
    from striate.models.cards import ModelCard

__all__ = ["fetch", "find_here", "place_of"]


def fetch(card: ModelCard, ctx: JobContext | None = None) -> Path:
    """Return the path of a card's file, downloaded and verified if need be.

    Looked for in this order: the path the card names; :func:`place_of`; the hub's
    cache, which other programs share; the hub or the URL. From the hub we take the
    address, the login and the checksum, and transfer it ourselves: its own download
    starts anew after a cut and cannot be cancelled.

    Raises
    ------
    OfflineError
        When it must be downloaded and cannot be: says which file to place where.
    InputError
        When the file is not the one that the card describes.
    OutputError
        When the folder cannot be written to or the disk is full.
    Cancelled
        When the user asked to stop; a later call goes on from there.
    """
    ctx = ctx or JobContext()
    if isinstance(card.source, PathSource):
        return _local(card, card.source, ctx)
    path = find_here(card, ctx)
    if path is not None:
        return path
    if place_of(card).exists():
        ctx.log(f"{place_of(card)} is not the file of {card.id}; replaced.", "warning")
    if isinstance(card.source, HubSource):
        return _from_hub(card, card.source, ctx)
    return _from_url(card, card.source, ctx)


def find_here(card: ModelCard, ctx: JobContext | None = None) -> Path | None:
    """Return the card's verified file if it is on this machine; never downloads."""
    expected = Expected(sha256=card.sha256, size=card.size)
    for path in _candidates(card):
        if path.is_file() and is_right(path, expected, ctx):
            return path
    return None


def place_of(card: ModelCard) -> Path:
    """Return where a downloaded file lies, and where to place one by hand."""
    if isinstance(card.source, PathSource):
        return card.source.path
    return data_dir() / "models" / card.id / card.file_name


def _candidates(card: ModelCard) -> list[Path]:
    found = [place_of(card)]
    if isinstance(card.source, HubSource):
        from huggingface_hub import try_to_load_from_cache

        source = card.source
        hit = try_to_load_from_cache(source.repo, source.file, revision=source.revision)
        if isinstance(hit, str):
            found.append(Path(hit))
    return found


def _local(card: ModelCard, source: PathSource, ctx: JobContext) -> Path:
    path = source.path
    if not path.is_file():
        raise InputError(
            f"The model {card.id} should lie in {path} and does not: place its file "
            "there, or choose another model."
        )
    wrong = Expected(sha256=card.sha256, size=card.size).mismatch(path, ctx)
    if wrong:
        raise InputError(
            f"{path} is not the file that the card of {card.id} describes ({wrong}): "
            "place the right one there."
        )
    return path


def _from_url(card: ModelCard, source: UrlSource, ctx: JobContext) -> Path:
    target = place_of(card)
    return download(source.url, target, sha256=card.sha256, size=card.size, ctx=ctx)


# ---- Hub


def _from_hub(card: ModelCard, source: HubSource, ctx: JobContext) -> Path:
    from huggingface_hub import get_token, hf_hub_url

    url = hf_hub_url(source.repo, source.file, revision=source.revision)
    facts = _hub_facts(card, source, url)
    token = get_token()
    return download(
        url,
        place_of(card),
        sha256=card.sha256 or _sha256(facts.etag),
        size=card.size or facts.size or 0,
        headers={"Authorization": f"Bearer {token}"} if token else {},
        ctx=ctx,
    )


def _hub_facts(card: ModelCard, source: HubSource, url: str) -> Any:
    """Ask the hub for size and checksum; its refusals become sentences."""
    from huggingface_hub import errors, get_hf_file_metadata

    try:
        return get_hf_file_metadata(url)
    except errors.GatedRepoError as error:
        raise OfflineError(
            f"The model {card.id} is only given to those who accept its terms: do so "
            f"at https://huggingface.co/{source.repo}, log in with `hf auth login`, "
            f"and try again; or place {url} as {place_of(card)}."
        ) from error
    # HTTPError is that of the hub's own HTTP library, whichever it is.
    except (errors.HTTPError, OSError) as error:  # type: ignore[attr-defined]
        raise OfflineError(
            f"The model {card.id} is not on this machine and {url} cannot be "
            f"downloaded ({_reason(error)}): fetch that file where there is a "
            f"connection and place it as {place_of(card)}."
        ) from error


def _reason(error: Any) -> str:
    from huggingface_hub import errors

    if isinstance(error, errors.OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set"
    if isinstance(error, errors.HfHubHTTPError):
        return f"the hub answers {error.response.status_code}"
    return "no connection"


def _sha256(etag: str | None) -> str:
    """Large files on the hub carry their sha256 as etag; small ones a git hash."""
    return etag if etag and len(etag) == 64 else ""
