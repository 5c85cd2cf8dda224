"""What a project file holds: JSON, one version number, references and states."""

from __future__ import annotations

import copy
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["SCHEMA", "FileRef", "PageState", "ProjectState"]

SCHEMA = 1
"""Version of the project file that this program writes."""


class FileRef(BaseModel):
    """One file or folder that is open, and how to know it again.

    Parameters
    ----------
    path
        Absolute, on the machine that saved the project.
    relative
        From the project's folder, with ``/``; empty when there is no such way.
    bytes, sha256
        Fingerprint by :func:`striate.provenance.fingerprint`; empty when unknown.
    page
        Workspace in whose page it is shown.
    options
        What the person said about it, for :func:`striate.open_volume`.
    """

    model_config = ConfigDict(extra="allow")

    path: str
    relative: str = ""
    bytes: int = 0
    sha256: str = ""
    page: str = ""
    options: dict[str, Any] = Field(default_factory=dict)


class PageState(BaseModel):
    """How a page is looked at: camera, sliders and layers, and its docks."""

    model_config = ConfigDict(extra="allow")

    view: dict[str, Any] = Field(default_factory=dict)
    docks: str = ""


class ProjectState(BaseModel):
    """All of a project file. What a newer minor version added is kept as it is."""

    model_config = ConfigDict(extra="allow")

    striate_project: int = SCHEMA
    striate: str = ""
    saved: str = ""
    files: list[FileRef] = Field(default_factory=list)
    pages: dict[str, PageState] = Field(default_factory=dict)
    workspaces: dict[str, dict[str, Any]] = Field(default_factory=dict)
    layout: dict[str, str] = Field(default_factory=dict)
    page: str = ""

    def content(self) -> dict[str, Any]:
        """Return what counts as work: not where the window stood or the camera."""
        return {
            # By fingerprint: a project that moved with its data is not changed.
            "files": [(f.sha256 or f.path, f.page, f.options) for f in self.files],
            "workspaces": copy.deepcopy(self.workspaces),
            "layers": {
                n: found for n, p in self.pages.items() if (found := _layers(p))
            },
        }


def _layers(page: PageState) -> list[dict[str, Any]]:
    layers = page.view.get("layers", [])
    return [{k: v for k, v in layer.items() if k != "source"} for layer in layers]
