"""What supervisor and worker say to each other: one JSON object per line.

Each message has a ``type`` and, but for ``ready`` and ``heartbeat``, the id of its
job. Lines that cannot be read are dropped: neither side dies of the other's noise.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

__all__ = [
    "PROTOCOL",
    "Cancel",
    "CancelledJob",
    "Done",
    "Failed",
    "Heartbeat",
    "Log",
    "Message",
    "Partial",
    "Progress",
    "Ready",
    "Run",
    "Shutdown",
    "Started",
    "decode",
    "encode",
]

PROTOCOL = 1


class Run(BaseModel):
    """Run a job: `function` and `model` are ``"module:attribute"``."""

    type: Literal["run"] = "run"
    job: str
    function: str
    model: str
    params: dict[str, Any]
    device: str = "auto"
    scheduler: str | None = None
    seed: int = 0
    workers: int | None = None
    folder: str
    log: str


class Cancel(BaseModel):
    """Ask the job to stop at its next check."""

    type: Literal["cancel"] = "cancel"
    job: str


class Shutdown(BaseModel):
    """Leave when idle."""

    type: Literal["shutdown"] = "shutdown"


class Ready(BaseModel):
    """The worker is up."""

    type: Literal["ready"] = "ready"
    protocol: int = PROTOCOL
    pid: int
    version: str


class Started(BaseModel):
    """The worker has taken the job up."""

    type: Literal["started"] = "started"
    job: str


class Heartbeat(BaseModel):
    """Signs of life: resident memory and, on CUDA, device memory in bytes."""

    type: Literal["heartbeat"] = "heartbeat"
    rss: int
    device_memory: int = 0


class Progress(BaseModel):
    """How far the job is."""

    type: Literal["progress"] = "progress"
    job: str
    done: float
    total: float
    text: str = ""


class Partial(BaseModel):
    """A partial result."""

    type: Literal["partial"] = "partial"
    job: str
    value: Any = None


class Log(BaseModel):
    """A line of the job's log."""

    type: Literal["log"] = "log"
    job: str
    text: str
    level: str = "info"


class Done(BaseModel):
    """It succeeded; `outcome` is its result model as JSON."""

    type: Literal["done"] = "done"
    job: str
    outcome: dict[str, Any] = Field(default_factory=dict)


class Failed(BaseModel):
    """It failed; `message` is for the person, `traceback` for the log."""

    type: Literal["failed"] = "failed"
    job: str
    message: str
    traceback: str = ""
    user_error: bool = False


class CancelledJob(BaseModel):
    """It stopped because it was asked to."""

    type: Literal["cancelled"] = "cancelled"
    job: str


Message = (
    Run
    | Cancel
    | Shutdown
    | Ready
    | Started
    | Heartbeat
    | Progress
    | Partial
    | Log
    | Done
    | Failed
    | CancelledJob
)
_READER: TypeAdapter[Message] = TypeAdapter(
    Annotated[Message, Field(discriminator="type")]
)


def encode(message: Message) -> bytes:
    """Write a message as one line."""
    try:
        return message.model_dump_json().encode() + b"\n"
    except ValueError:
        # File names that are no valid Unicode are shown with question marks.
        text = json.dumps(message.model_dump(), ensure_ascii=False)
        return text.encode("utf-8", "replace") + b"\n"


def decode(line: bytes) -> Message | None:
    """Read a line, or return None when it is none of ours."""
    try:
        return _READER.validate_json(line)
    except ValidationError:
        return None
