"""Fetch one file from a URL: resumed, verified, and moved into place when whole.

Why not pooch: it verifies, but it downloads to a random temporary name and from
the first byte, so that 17 GB cut off at 16 start anew; its hook for an own
downloader is given that random name too. What is left of it is a hash and a
rename, so requests alone carries this.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from striate.data.atomic import plain_error
from striate.errors import InputError, OfflineError, OutputError
from striate.jobs.context import JobContext
from striate.models.locking import only_one
from striate.models.verify import Expected, is_right

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["download"]

BLOCK = 1 << 16
"""Bytes; so many are lost at most when a connection ends."""
TIMEOUT = 30.0
"""Seconds without a byte after which a connection counts as lost."""
ATTEMPTS = 3
"""A download is given up after so many tries in a row that brought nothing."""
PAUSE = 1.0
"""Seconds before the second try; doubled before each further one."""
_EVERY = 0.2
_BUSY = (408, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class _Source:
    url: str
    headers: dict[str, str]


def download(
    url: str,
    target: Path,
    *,
    sha256: str = "",
    md5: str = "",
    size: int = 0,
    headers: dict[str, str] | None = None,
    ctx: JobContext | None = None,
) -> Path:
    """Download `url` to `target`, unless the right file is already there.

    A download that was cut off or cancelled leaves ``<target>.part`` and goes on
    from there the next time (HTTP ranges). `target` itself appears only when whole
    and verified. A target that is there and does not fit is replaced; without a
    digest or size, whatever is there counts as right.

    Parameters
    ----------
    sha256, md5
        Hex digest; sha256 is used where both are given. Zenodo states md5.
    size
        Bytes; checked before anything is transferred where the server states it.
    headers
        Sent along, a login for example; not passed on to another host.
    ctx
        Hears progress in MB, and may cancel.

    Raises
    ------
    OfflineError
        When the server cannot be reached or has no such file; the sentence names
        the URL and the file to place by hand.
    InputError
        When what came is not what was expected; nothing is kept of it.
    OutputError
        When the folder cannot be written to or the disk is full.
    Cancelled
        When the user asked to stop; the part is kept.
    """
    ctx = ctx or JobContext()
    source = _Source(url, headers or {})
    expected = Expected(sha256, md5, size)
    part = target.with_name(f"{target.name}.part")
    try:
        if not _is_there(target, expected, ctx):
            target.parent.mkdir(parents=True, exist_ok=True)
            with only_one(target, ctx):
                # Another process may have fetched it while we waited.
                if not _is_there(target, expected, ctx):
                    _fetch(source, part, target, expected, ctx)
                    part.replace(target)
    except OSError as error:
        raise plain_error(error, target) from error
    return target


def _is_there(target: Path, expected: Expected, ctx: JobContext) -> bool:
    return target.exists() and is_right(target, expected, ctx)


def _fetch(
    source: _Source, part: Path, target: Path, expected: Expected, ctx: JobContext
) -> None:
    """Fill `part` and verify it; a resumed part that does not fit starts anew."""
    resumed = part.exists()
    _transfer(source, part, target, expected, ctx)
    wrong = expected.mismatch(part, ctx)
    if wrong and resumed:
        # The old bytes may come from another version of the file.
        part.unlink()
        _transfer(source, part, target, expected, ctx)
        wrong = expected.mismatch(part, ctx)
    if wrong:
        part.unlink()
        raise InputError(
            f"What {source.url} sent is not the file expected ({wrong}), so nothing "
            f"was kept: try again, or place the right file as {target}."
        )


def _transfer(
    source: _Source, part: Path, target: Path, expected: Expected, ctx: JobContext
) -> None:
    """Try until it is whole; give up when no byte came `ATTEMPTS` times in a row."""
    import requests

    failures = 0
    while True:
        before = _size(part)
        try:
            _continue(source, part, target, expected, ctx)
            return
        except requests.RequestException as error:
            failures = 0 if _size(part) > before else failures + 1
            if failures >= ATTEMPTS or not _may_pass(error):
                raise _offline(source.url, target, error) from error
        _wait(PAUSE * 2**failures / 2, ctx)


def _continue(
    source: _Source, part: Path, target: Path, expected: Expected, ctx: JobContext
) -> None:
    """Append what is missing to `part`, or all of it where ranges are not served.

    Raises
    ------
    requests.RequestException
        When the connection fails or ends early; what came so far is in `part`.
    """
    have = _size(part)
    if have and have == expected.size:
        return
    with _get(source, have) as response:
        if response.status_code == 416:
            # The part is whole, or longer than the file has become.
            if _total(response, have) != have:
                part.unlink()
                raise _cut_off(response)
            return
        response.raise_for_status()
        start = have if response.status_code == 206 else 0
        total = _total(response, start) or expected.size
        if expected.size and total != expected.size:
            part.unlink(missing_ok=True)
            raise InputError(
                f"{source.url} holds {total:,} bytes and {expected.size:,} were "
                f"expected: the file has changed; place the right one as {target}."
            )
        _check_room(part, total - start)
        _append(response, part, start, total, target.name, ctx)
        if total and _size(part) < total:
            raise _cut_off(response)


def _append(
    response: Any, part: Path, start: int, total: int, name: str, ctx: JobContext
) -> None:
    said = 0.0
    with part.open("r+b" if start else "wb") as file:
        file.truncate(start)
        file.seek(start)
        for block in response.iter_content(BLOCK):
            file.write(block)
            ctx.check_cancelled()
            if time.monotonic() - said > _EVERY:
                said = time.monotonic()
                ctx.progress(file.tell() / 1e6, total / 1e6, f"Downloading {name} (MB)")
    ctx.progress(_size(part) / 1e6, total / 1e6, f"Downloading {name} (MB)")


# ---- The server's side


def _get(source: _Source, start: int) -> Any:
    import requests

    # Ranges count the bytes of the file, so it must not be compressed on the way.
    headers = {"User-Agent": "striate", **source.headers}
    headers["Accept-Encoding"] = "identity"
    if start:
        headers["Range"] = f"bytes={start}-"
    return requests.get(source.url, headers=headers, stream=True, timeout=TIMEOUT)


def _total(response: Any, start: int) -> int:
    """Bytes of the whole file, 0 where the server does not say."""
    _, _, stated = response.headers.get("Content-Range", "").partition("/")
    if stated.isdigit():
        return int(stated)
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isdigit() else 0


def _cut_off(response: Any) -> Exception:
    import requests

    return requests.ConnectionError("the connection ended early", response=response)


def _may_pass(error: Any) -> bool:
    """Whether trying again may help: not when the server says there is no such file."""
    import requests

    if isinstance(error, requests.HTTPError):
        return error.response is not None and error.response.status_code in _BUSY
    lost = requests.exceptions.ChunkedEncodingError
    return isinstance(error, requests.ConnectionError | requests.Timeout | lost)


def _offline(url: str, target: Path, error: Any) -> OfflineError:
    return OfflineError(
        f"{target.name} is not on this machine and {url} cannot be downloaded "
        f"({_reason(error)}): fetch that file where there is a connection and place "
        f"it as {target}."
    )


def _reason(error: Any) -> str:
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answers {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "the server does not answer"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error) or type(error).__name__


# ---- This machine's side


def _check_room(part: Path, missing: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if missing > free:
        raise OutputError(
            f"{part.parent} has {free / 1e9:.1f} GB free and the download needs "
            f"{missing / 1e9:.1f} GB: free some space, or choose another disk."
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _wait(seconds: float, ctx: JobContext) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ctx.check_cancelled()
        time.sleep(min(0.1, seconds))
