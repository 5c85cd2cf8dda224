"""What Cortex adds to the platform, by name: nothing heavy is imported here."""

from __future__ import annotations

from striate.jobs import JobKind
from striate.workspace import PanelSpec, Sample, Workspace

__all__ = [
    "ATLAS",
    "CAPTION",
    "EMBED",
    "FIT",
    "LIBRARY",
    "LIBRARY_ADD",
    "MAP",
    "SYNTHESIZE",
    "workspace",
]

_JOBS = "striate_cortex.jobs"
_PANELS = "striate_cortex.panels"

FIT = JobKind(
    "cortex.fit",
    "Fit an encoding model",
    f"{_JOBS}:run_fit",
    f"{_JOBS}:FitJob",
)
MAP = JobKind(
    "cortex.map",
    "Map an encoding model",
    f"{_JOBS}:run_map",
    f"{_JOBS}:MapJob",
    uses_device=True,
)
EMBED = JobKind(
    "cortex.embed",
    "Embed images or texts",
    f"{_JOBS}:run_embed",
    f"{_JOBS}:EmbedJob",
    uses_device=True,
)

_SELECTIVITY = "striate_cortex.selectivity"
_LIBRARY = "striate_cortex.library.jobs"
CAPTION = JobKind(
    "cortex.caption",
    "Caption units",
    f"{_SELECTIVITY}:run_caption",
    f"{_SELECTIVITY}:CaptionJob",
    uses_device=True,
)
LIBRARY = JobKind(
    "cortex.library",
    "Make a library",
    f"{_LIBRARY}:run_library",
    f"{_LIBRARY}:LibraryJob",
    uses_device=True,
)
LIBRARY_ADD = JobKind(
    "cortex.library.add",
    "Add to a library",
    f"{_LIBRARY}:run_library_add",
    f"{_LIBRARY}:LibraryAddJob",
    uses_device=True,
)
ATLAS = JobKind(
    "cortex.atlas",
    "Lay units out by their captions",
    "striate_cortex.atlas_job:run_atlas",
    "striate_cortex.atlas_job:AtlasJob",
    uses_device=True,
)
SYNTHESIZE = JobKind(
    "cortex.synthesize",
    "Make images for units",
    "striate_cortex.synthesis_job:run_synthesize",
    "striate_cortex.synthesis_job:SynthesizeJob",
    uses_device=True,
)

_PANEL_SPECS = (
    PanelSpec(
        "subject",
        "Subject",
        f"{_PANELS}.subject:SubjectPanel",
        help="Open a subject, choose surfaces, fit a model.",
    ),
    PanelSpec(
        "map",
        "Map",
        f"{_PANELS}.map:MapPanel",
        help="What the cortex shows: quality, tuning, regions, any phrase.",
    ),
    PanelSpec(
        "unit",
        "Unit",
        f"{_PANELS}.unit:UnitPanel",
        help="The unit that was clicked: where it is, how good, what it is like.",
    ),
    PanelSpec(
        "captions",
        "Captions",
        f"{_PANELS}.captions:CaptionsPanel",
        help="All units by what they are selective for: search, hover, select.",
    ),
    PanelSpec(
        "library",
        "Library",
        f"{_PANELS}.library:LibraryPanel",
        help="The pictures and captions that units are told by.",
    ),
    PanelSpec(
        "regions",
        "Regions",
        f"{_PANELS}.regions:RegionsPanel",
        help="Paint regions along the folded surface and save them.",
    ),
)

_BOLD5000 = "PyPI img2fmri 1.0 (M. Bennett); BOLD5000, Chang et al. 2019 (CC0)"


def _bold5000(person: int, voxels: str) -> Sample:
    return Sample(
        name=f"bold5000-csi{person}",
        title=f"BOLD5000 CSI{person}",
        description=f"Real encoding weights of {voxels} voxels of visual cortex "
        "(ResNet-18 features), shown on fsaverage5.",
        licence="MIT",
        origin=_BOLD5000,
        path=f"bold5000_weights/csi{person}/subject.json",
    )


_SAMPLES = (
    Sample(
        name="simulated-cortex",
        title="Simulated subject",
        description="Regions for faces, places, bodies, words and food at published "
        "coordinates of the real fsaverage5, with simulated images, responses and a "
        "fitted model; the truth is beside them.",
        licence="CC0",
        origin="Simulated by Striate; surface: fsaverage5 in nilearn (BSD-3)",
        maker="striate_cortex.subjects.simulation:make_sample",
        simulated=True,
        simulation="simulated",
        bytes=85_000_000,
    ),
    _bold5000(1, "1,685"),
    _bold5000(2, "2,270"),
    _bold5000(3, "3,104"),
    Sample(
        name="haxby",
        title="Haxby 2001",
        description="Real responses of one person to eight categories in twelve runs; "
        "downloaded by nilearn.",
        licence="CC BY-SA 3.0",
        origin="Haxby et al. 2001, through nilearn",
        maker="striate_cortex.subjects.haxby:make_sample",
        downloads=True,
        bytes=310_000_000,
    ),
)


def workspace() -> Workspace:
    """Entry point ``striate.workspaces``."""
    return Workspace(
        name="cortex",
        title="Cortex",
        description="From responses to what a voxel means: fit an encoding model, see "
        "the map, click a voxel.",
        icon="cortex",
        panels=_PANEL_SPECS,
        job_kinds=(
            FIT,
            MAP,
            EMBED,
            CAPTION,
            SYNTHESIZE,
            LIBRARY,
            LIBRARY_ADD,
            ATLAS,
        ),
        samples=_SAMPLES,
        cli="striate_cortex.cli:app",
        demo="striate_cortex.demo:demo",
        opener=f"{_PANELS}.opener:open_path",
        claims=f"{_PANELS}.loading:is_subject",
        order=30,
        models="striate_cortex.model_cards:cards",
    )
