"""Model cards: what a checkpoint is, where it comes from, what it may be used for."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from striate.errors import InputError

__all__ = ["HubSource", "ModelCard", "PathSource", "UrlSource"]


class _Source(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HubSource(_Source):
    """A file of a Hugging Face repository, at one commit: branches and tags move."""

    repo: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    file: str = Field(min_length=1)

    @property
    def file_name(self) -> str:
        return PurePosixPath(self.file).name


class UrlSource(_Source):
    """A file anywhere on the web; its card must state the sha256."""

    url: str = Field(pattern=r"^https?://.+/.+")

    @property
    def file_name(self) -> str:
        return PurePosixPath(unquote(urlsplit(self.url).path)).name


class PathSource(_Source):
    """A file on this machine; in a card, a relative path starts at the card."""

    path: Path

    @property
    def file_name(self) -> str:
        return self.path.name


class ModelCard(BaseModel):
    """The facts about one model file.

    Parameters
    ----------
    id
        Its name on the command line and of its folder: lower case, no spaces.
    task
        What it can be chosen for, such as ``"channels.embed"``: the workspace and
        the place in it.
    source
        ``{"repo", "revision", "file"}``, ``{"url"}`` or ``{"path"}``.
    licence
        SPDX identifier, or the name of the licence; shown before a download.
    sha256, size
        Of the file; empty and 0 where the hub states them.
    recommended_use
        For whom it is the right choice, and for whom not: one or two sentences.
    default
        Whether it is taken for its task when nobody chose.
    extra
        Our extra (``pip install "striate[extra]"``) that brings the code it needs.
    details
        Whatever the code that runs it, or its reader, has to know: training set,
        seed, command, scores, number of heads.

    Examples
    --------
    >>> card = ModelCard(
    ...     id="mine", title="Mine", task="channels.embed", licence="MIT",
    ...     source={"path": "/data/mine.safetensors"},
    ... )
    >>> card.file_name
    'mine.safetensors'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    title: str = Field(min_length=1)
    task: str = Field(min_length=1)
    source: HubSource | UrlSource | PathSource
    licence: str = Field(min_length=1)
    sha256: str = Field("", pattern=r"^([0-9a-f]{64})?$")
    size: int = Field(0, ge=0)
    description: str = ""
    recommended_use: str = ""
    default: bool = False
    extra: str = ""
    citation: str = ""
    details: dict[str, Any] = Field(default_factory=dict)
    format: Literal["striate-model-card-1"] = "striate-model-card-1"

    @model_validator(mode="after")
    def _is_pinned(self) -> ModelCard:
        if isinstance(self.source, UrlSource) and not self.sha256:
            raise ValueError("a model at a URL must state its sha256")
        return self

    @property
    def file_name(self) -> str:
        """Name of the model file, without a folder."""
        return self.source.file_name

    @classmethod
    def read(cls, path: Path) -> ModelCard:
        """Read a card from JSON; paths in it are made absolute.

        Raises
        ------
        InputError
            When it cannot be read, or does not say what a card must.
        """
        try:
            card = cls.model_validate(json.loads(path.read_text("utf-8")))
        except ValidationError as error:
            raise InputError(f"{path} is no model card: {_first(error)}.") from error
        except (OSError, ValueError) as error:
            raise InputError(f"{path} is no readable model card ({error}).") from error
        if isinstance(card.source, PathSource):
            place = path.parent / card.source.path.expanduser()
            return card.model_copy(update={"source": PathSource(path=place)})
        return card

    @classmethod
    def of_file(cls, path: Path, task: str) -> ModelCard:
        """Make a card for a file that a person names instead of a model."""
        name = "".join(c if c.isalnum() else "-" for c in path.stem.lower())
        return cls(
            id=name.strip("-") or "file",
            title=path.name,
            task=task,
            source=PathSource(path=path.absolute()),
            licence="not stated",
        )


def _first(error: ValidationError) -> str:
    """Say the first thing that is wrong, and where."""
    fault = error.errors()[0]
    place = ".".join(str(part) for part in fault["loc"])
    reason = fault["msg"].removeprefix("Value error, ")
    return f"{place}: {reason[:1].lower()}{reason[1:]}" if place else reason
