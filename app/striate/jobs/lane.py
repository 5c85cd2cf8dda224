"""One worker process and the one job it runs: start, watch, stop, kill."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import psutil

from striate.jobs.protocol import Message, Shutdown, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOG = logging.getLogger(__name__)

__all__ = ["Lane", "ending", "worker_command"]


def worker_command() -> list[str]:
    """Return the command of a worker: ``--worker`` of the same program when frozen."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--worker"]
    return [sys.executable, "-m", "striate.jobs.worker"]


class Lane:
    """A worker process of its own group, spawned when first needed.

    Parameters
    ----------
    log
        File for what the process says when it is not running a job.
    on_message
        Called from the reader thread with each message.
    on_end
        Called from the reader thread with the exit code when the process is gone.
    """

    def __init__(
        self,
        log: Path,
        on_message: Callable[[Lane, Message], None],
        on_end: Callable[[Lane, int], None],
    ) -> None:
        self.job: str | None = None
        self.version = ""
        self._log = log
        self._on_message, self._on_end = on_message, on_end
        # A group of its own, so that Ctrl-C in a terminal reaches only us.
        grouping: dict[str, Any] = (
            {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
            if os.name == "nt"
            else {"start_new_session": True}
        )
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                worker_command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                **grouping,
            )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def send(self, message: Message) -> None:
        """Send a message; a worker that is gone is noticed by its reader."""
        stdin = self.process.stdin
        with contextlib.suppress(OSError, ValueError):
            if stdin is not None:
                stdin.write(encode(message))
                stdin.flush()

    def terminate(self) -> None:
        """Ask the operating system to end it and everything it started."""
        if os.name == "nt":
            # There is no asking there.
            self.kill()
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End it and everything it started, at once."""
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(self.process.pid)
            for child in [*root.children(recursive=True), root]:
                with contextlib.suppress(psutil.Error):
                    child.kill()

    def close(self, seconds: float = 2.0) -> None:
        """Let it leave, or make it after `seconds`."""
        self.send(Shutdown())
        with contextlib.suppress(OSError, ValueError):
            if self.process.stdin is not None:
                self.process.stdin.close()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.wait()
        if threading.current_thread() is not self._thread:
            self._thread.join(seconds)

    def _read(self) -> None:
        stdout = self.process.stdout
        for line in stdout or ():
            message = decode(line)
            if message is not None:
                self._hand_over(message)
        code = self.process.wait()
        self._end_group()
        for stream in (stdout, self.process.stdin):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
        self._on_end(self, code)

    def _hand_over(self, message: Message) -> None:
        # A listener's bug or a full disk must not stop us hearing the worker.
        try:
            self._on_message(self, message)
        except Exception:
            LOG.exception("A message of a job could not be dealt with.")

    def _end_group(self) -> None:
        """End what a dead worker leaves behind."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def last_words(self) -> str:
        """Return the end of what the process said outside of jobs."""
        with contextlib.suppress(OSError):
            return self._log.read_text("utf-8", "replace")[-4000:]
        return ""


def ending(code: int) -> str:
    """Say in words how a worker ended."""
    if code >= 0x80000000:
        # Windows tells of a crash by the number of the exception.
        return (
            f"The worker process crashed ({code:#x}). The window is unharmed; the "
            "job's log has the details."
        )
    if code >= 0:
        return f"The worker process ended by itself (exit code {code})."
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    if -code == getattr(signal, "SIGKILL", 9):
        return (
            "The worker process was killed by the system, most likely for lack of "
            f"memory ({name}, signal {-code}). Close other programs, or choose a "
            "smaller block or region, and run it again."
        )
    return (
        f"The worker process crashed ({name}, signal {-code}). The window is unharmed; "
        "the job's log has the details."
    )
