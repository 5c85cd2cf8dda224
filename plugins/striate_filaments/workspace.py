"""What Filaments adds to the platform, by name: nothing heavy is imported here."""

from __future__ import annotations

from striate.jobs import JobKind
from striate.workspace import PanelSpec, RemoteFile, Sample, Workspace

__all__ = [
    "EXPORT",
    "MEASURE",
    "SCORE",
    "SEGMENT",
    "SEGMENT_LEARNED",
    "SIMULATE",
    "TRAIN",
    "workspace",
]

_JOBS = "striate_filaments.jobs"
_PANELS = "striate_filaments.panels"

SEGMENT = JobKind(
    "filaments.segment",
    "Segment neurons",
    f"{_JOBS}:run_segment",
    f"{_JOBS}:SegmentJob",
)
# A kind of its own: the colour method must not pay for finding a GPU.
SEGMENT_LEARNED = JobKind(
    "filaments.segment-learned",
    "Segment neurons with a model",
    f"{_JOBS}:run_segment",
    f"{_JOBS}:SegmentJob",
    uses_device=True,
)
EXPORT = JobKind(
    "filaments.export",
    "Export neurons",
    f"{_JOBS}:run_export",
    f"{_JOBS}:ExportJob",
)
MEASURE = JobKind(
    "filaments.measure",
    "Measure neurons",
    f"{_JOBS}:run_measure",
    f"{_JOBS}:MeasureJob",
)
SIMULATE = JobKind(
    "filaments.simulate",
    "Paint semi-synthetic volumes",
    f"{_JOBS}:run_simulate",
    f"{_JOBS}:SimulateJob",
)
SCORE = JobKind(
    "filaments.score",
    "Score neurons",
    f"{_JOBS}:run_score",
    f"{_JOBS}:ScoreJob",
)
TRAIN = JobKind(
    "filaments.train",
    "Train the segmenter",
    "striate_filaments.training.run:train",
    "striate_filaments.training.params:TrainParams",
    uses_device=True,
)

_PANEL_SPECS = (
    PanelSpec(
        "segment",
        "Segment",
        f"{_PANELS}.segment:SegmentPanel",
        help="Find the neurons in the volume.",
    ),
    PanelSpec(
        "neurons",
        "Neurons",
        f"{_PANELS}.neurons:NeuronsPanel",
        help="The neurons found: show, hide, colour, export.",
    ),
    PanelSpec(
        "proofread",
        "Proofread",
        f"{_PANELS}.proofread:ProofreadPanel",
        help="Correct neurons: what to look at next, tools, undo.",
    ),
    PanelSpec(
        "measurements",
        "Measurements",
        f"{_PANELS}.measurements:MeasurementsPanel",
        help="One row of numbers per neuron.",
    ),
    PanelSpec(
        "train",
        "Train",
        f"{_PANELS}.train:TrainPanel",
        help="A segmenter of your own, from neurons that are known.",
    ),
)

_FISBE = "https://zenodo.org/records/10875063/files/fisbe_v1.0_completely.zip"
_SAMPLES = (
    Sample(
        name="semi-synthetic",
        title="MCFO neurons",
        description="Six neurons of real shape, painted with simulated colours, "
        "optics and noise, with the exact truth beside them.",
        licence="CC BY 4.0",
        origin="Shapes: Allen Institute for Neural Dynamics, exaSPIM (MIT). Image "
        "statistics: FISBe, Mais, Hirsch et al. 2024 (CC BY 4.0)",
        maker="striate_filaments.simulation.sample:make_sample",
        simulated=True,
    ),
    Sample(
        name="brainbow-cortex",
        title="Brainbow cortex",
        description="A real three-colour Brainbow stack of mouse cortex.",
        licence="BSD-3-Clause",
        origin="napari-brainbow-diagnose 0.2.0 (ChroMS microscopy)",
        path="brainbow_cortex/chroms_cortex_sample.tif",
        bytes=7_723_788,
    ),
    Sample(
        name="fisbe",
        title="FISBe, completely labelled",
        description="30 real MCFO stacks of the fly brain, every neuron annotated; "
        "downloaded from Zenodo, and unpacked it takes as much again.",
        licence="CC BY 4.0",
        origin="Mais, Hirsch et al. 2024, doi 10.5281/zenodo.10875063",
        bytes=7_100_000_000,
        # Size and md5 are those that the record states when it is downloaded.
        files=(
            RemoteFile(
                _FISBE,
                record="https://zenodo.org/api/records/10875063",
                unpack=True,
            ),
        ),
        opens="completely/train/R38F04-20181005_63_G3.zarr",
    ),
)


def workspace() -> Workspace:
    """Entry point ``striate.workspaces``."""
    return Workspace(
        name="filaments",
        title="Filaments",
        description="From a multi-colour stack to neurons: segment, look, measure, "
        "export.",
        icon="filaments",
        panels=_PANEL_SPECS,
        job_kinds=(
            SEGMENT,
            SEGMENT_LEARNED,
            EXPORT,
            MEASURE,
            SIMULATE,
            SCORE,
            TRAIN,
        ),
        samples=_SAMPLES,
        cli="striate_filaments.cli:app",
        demo="striate_filaments.demo:demo",
        opener=f"{_PANELS}.opener:open_path",
        claims="striate_filaments.storage:is_neurons",
        order=10,
    )
