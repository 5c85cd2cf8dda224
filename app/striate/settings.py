"""What a person prefers, kept between starts; damage never blocks a start."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from pathlib import Path
from typing import Any, ClassVar, Literal

from platformdirs import user_cache_path, user_data_path
from psygnal import SignalGroupDescriptor
from pydantic import BaseModel, ConfigDict, Field, ValidationError

__all__ = ["Settings", "cache_dir", "data_dir", "home"]

LOG = logging.getLogger(__name__)
MAX_RECENT = 12


def home() -> Path:
    """Return our folder: ``$STRIATE_HOME``, else the user's data folder."""
    chosen = os.environ.get("STRIATE_HOME")
    folder = Path(chosen) if chosen else user_data_path("striate", appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def data_dir() -> Path:
    """Return the folder of samples and models that were made or downloaded."""
    return _made(home() / "data")


def cache_dir() -> Path:
    """Return the folder whose content can be made again at any time."""
    if os.environ.get("STRIATE_HOME"):
        return _made(home() / "cache")
    return _made(user_cache_path("striate", appauthor=False))


class Settings(BaseModel):
    """Preferences; assigning a field emits ``events.<field>``."""

    model_config = ConfigDict(validate_assignment=True, extra="ignore")
    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    version: int = 1
    theme: Literal["system", "dark", "light"] = Field("system", title="Theme")
    device: str = Field(
        "auto",
        title="Device",
        description="Where models run: auto, cpu, cuda, cuda:1 or mps.",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
    )
    scheduler: str = Field(
        "",
        title="Dask scheduler",
        description="Address such as tcp://host:8786; empty means this machine.",
    )
    workers: int = Field(
        0, title="Threads", description="0 means one for each core.", ge=0, le=1024
    )
    autosave_seconds: int = Field(
        60, title="Autosave every", ge=5, le=3600, json_schema_extra={"unit": "s"}
    )
    jobs_folder: str = Field(
        "", title="Jobs folder", description="Empty means Striate's own folder."
    )
    recent_files: list[str] = Field(default_factory=list, title="Recent files")
    window: dict[str, Any] = Field(default_factory=dict, title="Window state")

    @classmethod
    def load(cls) -> Settings:
        """Read them; what is damaged falls back to its default, and is kept aside."""
        path = _path()
        if not path.exists():
            return cls()
        try:
            stored = json.loads(path.read_text("utf-8"))
            assert isinstance(stored, dict)
        except (OSError, ValueError, AssertionError):
            _keep_aside(path)
            return cls()
        return _good_fields(stored, path)

    def save(self) -> None:
        """Write them; a folder that cannot be written to is not worth a crash."""
        path = _path()
        temporary = path.with_suffix(".part")
        try:
            temporary.write_text(self.model_dump_json(indent=1), "utf-8")
            temporary.replace(path)
        except OSError as error:
            LOG.warning("The preferences could not be saved: %s", error)
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)

    def add_recent(self, path: str | Path) -> None:
        """Put a file on top of the recent ones."""
        text = str(Path(path).absolute())
        rest = [p for p in self.recent_files if p != text]
        self.recent_files = [text, *rest][:MAX_RECENT]

    def existing_recent(self) -> list[str]:
        """Return the recent files that are still there."""
        return [p for p in self.recent_files if Path(p).exists()]

    def jobs_dir(self) -> Path:
        """Return the folder of the job queue, logs and results.

        Our own where the chosen one cannot be made: its disk may be unplugged.
        """
        if self.jobs_folder:
            try:
                return _made(Path(self.jobs_folder))
            except OSError as error:
                LOG.warning("The jobs folder cannot be used: %s", error)
        return _made(home() / "jobs")


def _path() -> Path:
    return home() / "settings.json"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _keep_aside(path: Path) -> None:
    try:
        path.replace(path.with_suffix(".damaged.json"))
    except OSError:
        return


def _good_fields(stored: dict[str, Any], path: Path) -> Settings:
    try:
        return Settings(**stored)
    except ValidationError as error:
        bad = {str(e["loc"][0]) for e in error.errors()}
        _keep_aside(path)
        return Settings(**{k: v for k, v in stored.items() if k not in bad})
