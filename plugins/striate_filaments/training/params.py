"""What may be chosen about a training, and what comes of it; stored in the card."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from striate.errors import InputError
from striate_filaments.segmentation.params import Roi, read_roi

__all__ = ["CurvePoint", "TrainOutcome", "TrainParams", "TrainSource"]

SIMULATED = "simulated"
FROM_NOTHING = "none"


class TrainSource(BaseModel):
    """One volume with true neurons, or simulated ones without end.

    As text: ``simulated``, the path of a FISBe zarr, or ``VOLUME=NEURONS`` where
    NEURONS is anything that ``score`` reads; ``@z0:z1,y0:y1,x0:x1`` after it keeps
    to a region.

    Parameters
    ----------
    volume
        The picture; None for simulated volumes.
    neurons
        The truth; None where it lies in the volume's own folder (FISBe).
    partly
        Whether only some neurons of the region are labelled. Then only labelled
        voxels, and what is surely dark, are learned from.
    roi
        The part that is labelled: z, y and x ranges in voxels; None: all of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    volume: Path | None = None
    neurons: Path | None = None
    partly: bool = False
    roi: Roi | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return _read(str(value)) if isinstance(value, (str, Path)) else value

    @property
    def simulated(self) -> bool:
        """Whether volumes are painted for the training."""
        return self.volume is None

    @property
    def name(self) -> str:
        """What the card calls it."""
        return SIMULATED if self.volume is None else self.volume.name


class TrainParams(BaseModel):
    """How to train. The defaults fine-tune the shipped model in minutes."""

    model_config = ConfigDict(extra="forbid")

    data: tuple[TrainSource, ...] = Field(
        (TrainSource(),),
        min_length=1,
        title="Trained on",
        description="Volumes with their neurons, or simulated ones, or both.",
    )
    validation: tuple[TrainSource, ...] = Field(
        (),
        title="Judged on",
        description="Volumes kept apart, on which S is measured. None: a simulated "
        "volume, or the last of several volumes trained on.",
    )
    out: Path | None = Field(None, title="Model folder")
    overwrite: bool = False
    name: str = Field(
        "my-segmenter", title="Name", pattern=r"^[a-z0-9][a-z0-9._-]*$"
    )  # fmt: skip
    start: str = Field(
        "",
        title="Begin with",
        description="A model to train further. Empty: the one that ships with "
        "Striate; none: from nothing.",
    )
    steps: int = Field(400, ge=1, le=1_000_000, title="Steps")
    batch: int = Field(2, ge=1, le=256, title="Crops per step")
    crop: int = Field(
        48,
        ge=32,
        le=192,
        multiple_of=4,
        title="Crop",
        description="Edge of the cubes trained on.",
        json_schema_extra={"unit": "voxels"},
    )
    rate: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Learning rate",
        description="0: 0.002 from nothing, and 0.0005 to train a model further.",
    )
    simulated: float = Field(
        0.25,
        ge=0,
        le=1,
        title="Simulated share",
        description="Share of crops from simulated volumes where there are both.",
    )
    volumes: int = Field(
        8,
        ge=1,
        le=1000,
        title="Simulated volumes",
        description="How many are painted; crops come from all of them.",
    )
    like: Path | None = Field(
        None,
        title="Paint them like",
        description="A raw volume: what is painted looks like it. Empty: pictures of "
        "many kinds.",
    )
    check_every: int = Field(
        50, ge=1, title="Measure S every", json_schema_extra={"unit": "steps"}
    )
    patience: int = Field(
        4,
        ge=0,
        title="Patience",
        description="Measurements without a better S after which it stops; 0: never.",
    )
    keep: Literal["best", "last"] = Field(
        "best",
        title="Keep",
        description="The network whose S was highest, or the last: after a long "
        "training S of a few volumes is a poorer judge than the loss of many.",
    )
    threads: int = Field(
        0, ge=0, le=256, title="Threads", description="0 leaves it to torch."
    )

    @property
    def settled_rate(self) -> float:
        """The learning rate, chosen where nobody did."""
        return self.rate or (2e-3 if self.start == FROM_NOTHING else 5e-4)

    def smaller(self) -> TrainParams | None:
        """Return the same request with half the batch, for tight memory."""
        if self.batch == 1:
            return None
        return self.model_copy(update={"batch": self.batch // 2})


class CurvePoint(BaseModel):
    """One point of the curves; handed over live as ``ctx.partial(point as dict)``.

    Parameters
    ----------
    loss
        Mean over the steps since the last point.
    S, avF1, C
        Of the validation volumes; None between measurements.
    best
        Highest S so far; None before the first measurement.
    """

    step: int
    steps: int
    seconds: float
    loss: float | None = None
    S: float | None = None
    avF1: float | None = None  # noqa: N815 - FISBe's own name
    C: float | None = None
    best: float | None = None


class TrainOutcome(BaseModel):
    """The model's folder and card, and how the training went.

    Parameters
    ----------
    start_S, best_S
        On the validation volumes: before the first step, and of what was kept.
    stopped
        Why it ended: ``steps`` or ``patience``.
    """

    folder: Path
    card: Path
    steps: int
    best_step: int
    start_S: float  # noqa: N815 - FISBe's own name
    best_S: float  # noqa: N815 - as above
    minutes: float
    stopped: str
    curve: list[CurvePoint]


def _read(text: str) -> dict[str, Any]:
    """Take a source's text apart."""
    place, _, region = text.partition("@")
    volume, _, neurons = place.partition("=")
    roi = read_roi(region) if region else None
    if region and roi is None:
        raise InputError(
            f"{text!r}: the region after @ is three ranges of voxels, z0:z1,y0:y1,"
            "x0:x1."
        )
    if volume == SIMULATED and not neurons and not region:
        return {}
    if not volume:
        raise InputError(f"{text!r} names no volume: say VOLUME or VOLUME=NEURONS.")
    return {"volume": volume, "neurons": neurons or None, "roi": roi}
