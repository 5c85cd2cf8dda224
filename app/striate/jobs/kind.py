"""What a kind of job is, and the request that asks for one run of it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["JobKind", "JobRequest", "load_object", "make_params"]


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of background work a workspace offers.

    Function and params model are named, not imported, so that the window knows
    what exists without paying for torch.

    Parameters
    ----------
    name
        Workspace and verb, such as ``"filaments.segment"``.
    title
        What the Jobs table shows, such as ``"Segment neurons"``.
    function
        ``"module:function"``; called as ``function(params, ctx)`` and returning
        a pydantic model, the outcome, whose paths name the files it wrote.
    params
        ``"module:Model"``; the pydantic model of its params, paths included.
    uses_device
        Whether it runs a model; other jobs never pay for finding a GPU.
    lane
        Name of a worker apart from those of the devices, for work that others must
        not wait behind, such as a download; jobs of one lane run one at a time.
    """

    name: str
    title: str
    function: str
    params: str
    uses_device: bool = False
    lane: str = ""

    def load_function(self) -> Callable[[Any, Any], BaseModel]:
        return load_object(self.function)

    def load_params(self) -> type[BaseModel]:
        return load_object(self.params)


class JobRequest(BaseModel):
    """Ask for one run of one kind of job.

    `params` is the params model dumped in JSON mode. `title` is what the person
    sees in the Jobs table; `device` and `scheduler` are those of the command line,
    and left out they are the person's preference. `lane` is that of the kind unless
    it is given: a preview with a lane of its own need not wait for a long run.
    """

    model_config = ConfigDict(extra="forbid")

    kind: str
    params: dict[str, Any] = Field(default_factory=dict)
    title: str = ""
    device: str = ""
    scheduler: str | None = None
    seed: int = 0
    lane: str = Field("", pattern=r"^[\w-]*$")


def make_params(model: type[BaseModel], values: dict[str, Any]) -> BaseModel:
    """Make a params model.

    Raises
    ------
    InputError
        Naming the first value that is not what it should be.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"]) or "the parameters"
        raise InputError(f"{place}: {first['msg']}.") from None


def load_object(name: str) -> Any:
    """Import ``"package.module:attribute"``."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
