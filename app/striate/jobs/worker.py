"""The worker process: ``python -m striate.jobs.worker``.

It reads messages on the stdin and writes them to the stdout it was started with.
Jobs run on its main thread; whatever they print goes to their log. When stdin
closes the program that started it is gone, and so is the worker, at once.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import queue
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from striate import __version__
from striate.errors import Cancelled, StriateError, plain_sentence
from striate.jobs.context import JobContext
from striate.jobs.kind import load_object, make_params
from striate.jobs.memory import run_with_retry
from striate.jobs.protocol import (
    Cancel,
    CancelledJob,
    Done,
    Failed,
    Heartbeat,
    Log,
    Message,
    Partial,
    Progress,
    Ready,
    Run,
    Shutdown,
    Started,
    decode,
    encode,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

__all__ = ["main"]

PROGRESS_SECONDS = 0.1
HEARTBEAT_SECONDS = 5.0
IDLE_SECONDS = float(os.environ.get("STRIATE_WORKER_IDLE", "300"))


def main() -> int:
    """Serve until told to stop, or idle for so long that memory is better free."""
    orders, answers = _take_pipes()
    voice = _Voice(answers)
    inbox: queue.Queue[Run | None] = queue.Queue()
    cancelled: set[str] = set()
    voice.say(Ready(pid=os.getpid(), version=__version__))
    for task in (
        lambda: _listen(orders, inbox, cancelled),
        lambda: _beat(voice),
    ):
        threading.Thread(target=task, daemon=True).start()
    while True:
        try:
            order = inbox.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            return 0
        if order is None:
            return 0
        _serve(order, voice, cancelled)


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep both pipes for the protocol: jobs and their children get others.

    What they print goes where stderr goes, and what they read is empty.
    """
    orders = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    # A windowed program has no streams, and libraries print all the same.
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    return orders, answers


def _leave() -> NoReturn:
    """End at once, with all that jobs have started."""
    import psutil

    with contextlib.suppress(psutil.Error):
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
    os._exit(0)


class _Voice:
    """Writes messages; may be used from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._lock = stream, threading.Lock()

    def say(self, message: Message) -> None:
        with self._lock:
            try:
                self._stream.write(encode(message))
                self._stream.flush()
            except OSError:
                _leave()


class _PipeListener:
    """Passes a job's words on, progress at most ten times a second."""

    def __init__(self, job: str, voice: _Voice) -> None:
        self._job, self._voice = job, voice
        self._last, self._held = 0.0, None  # type: tuple[float, Progress | None]

    def on_progress(self, done: float, total: float, text: str) -> None:
        self._held = Progress(job=self._job, done=done, total=total, text=text)
        if time.monotonic() - self._last >= PROGRESS_SECONDS:
            self.flush()

    def on_partial(self, value: Any) -> None:
        self.flush()
        self._voice.say(Partial(job=self._job, value=value))

    def on_log(self, text: str, level: str) -> None:
        _note(f"{time.strftime('%H:%M:%S')} {level:7} {text}\n")
        self._voice.say(Log(job=self._job, text=text, level=level))

    def flush(self) -> None:
        """Say the last progress, so that the count at the end is right."""
        if self._held is not None:
            self._voice.say(self._held)
            self._held, self._last = None, time.monotonic()


def _listen(
    orders: BinaryIO, inbox: queue.Queue[Run | None], cancelled: set[str]
) -> None:
    for line in orders:
        message = decode(line)
        if isinstance(message, Run):
            inbox.put(message)
        elif isinstance(message, Cancel):
            cancelled.add(message.job)
        elif isinstance(message, Shutdown):
            inbox.put(None)
    _leave()


def _beat(voice: _Voice) -> None:
    import psutil

    process = psutil.Process()
    while True:
        voice.say(Heartbeat(rss=process.memory_info().rss, device_memory=_on_device()))
        time.sleep(HEARTBEAT_SECONDS)


def _on_device() -> int:
    torch: Any = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "cuda") or not torch.cuda.is_initialized():
        return 0
    return int(torch.cuda.memory_reserved())


def _serve(order: Run, voice: _Voice, cancelled: set[str]) -> None:
    listener = _PipeListener(order.job, voice)
    voice.say(Started(job=order.job))
    try:
        log = Path(order.log).open("ab", buffering=0)  # noqa: SIM115 - closed below
    except OSError as error:
        text = plain_sentence(error) or str(error)
        voice.say(Failed(job=order.job, message=text, user_error=True))
        return
    with log, _printing_to(log):
        answer = _answer(order, listener, lambda: order.job in cancelled)
    listener.flush()
    voice.say(answer)


def _note(text: str) -> None:
    """Write to the job's log; a full disk ends the job where it matters, not here."""
    with contextlib.suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


@contextlib.contextmanager
def _printing_to(log: BinaryIO) -> Iterator[None]:
    """Send all that is printed, and the trace of a crash, to the job's log."""
    keep = os.dup(2)
    for stream in (1, 2):
        os.dup2(log.fileno(), stream)
    faulthandler.enable(file=log, all_threads=True)
    try:
        yield
    finally:
        faulthandler.disable()
        for words in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                words.flush()
        for stream in (1, 2):
            os.dup2(keep, stream)
        os.close(keep)


def _answer(
    order: Run, listener: _PipeListener, is_cancelled: Callable[[], bool]
) -> Message:
    """Run the job; every way it can end becomes one message."""
    try:
        params = make_params(load_object(order.model), order.params)
        function = load_object(order.function)
        ctx = _context(order, listener, is_cancelled)
        outcome = run_with_retry(function, params, ctx)
        return Done(job=order.job, outcome=outcome.model_dump(mode="json"))
    except (Cancelled, KeyboardInterrupt):
        return CancelledJob(job=order.job)
    except StriateError as error:
        _note(f"{error}\n")
        return Failed(job=order.job, message=str(error), user_error=True)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the window hears of it
        text = traceback.format_exc()
        _note(text)
        known = plain_sentence(error) if isinstance(error, OSError) else ""
        bug = f"{type(error).__name__}: {error}. The job's log has the details."
        return Failed(job=order.job, message=known or bug, traceback=text)


def _context(
    order: Run, listener: _PipeListener, is_cancelled: Callable[[], bool]
) -> JobContext:
    from striate.models.devices import choose_device

    return JobContext(
        listener,
        device=choose_device(order.device),
        scheduler=order.scheduler or None,
        seed=order.seed,
        folder=Path(order.folder),
        is_cancelled=is_cancelled,
        workers=order.workers,
        keep=Path(order.folder).parent / "unfinished",
    )


if __name__ == "__main__":
    sys.exit(main())
