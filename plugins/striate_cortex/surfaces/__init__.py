"""Cortical surfaces as arrays: morphing, mapping, folding, outlines, painted regions.

Here live hemispheres and what is computed on their meshes; no files are read, nothing
is drawn, and no Qt or napari is known. Public entries: `Brain`, `Hemisphere`, `Morph`,
`VoxelMapper`, `sample_to_vertices`, `Outlines`, `GeodesicBrush`, `RoiPainting`.
"""

from striate_cortex.surfaces.adjacency import Neighbours
from striate_cortex.surfaces.brain import KINDS, Brain, Hemisphere, Side
from striate_cortex.surfaces.curvature import curvature_greys, mean_curvature
from striate_cortex.surfaces.mapping import VoxelMapper, sample_to_vertices
from striate_cortex.surfaces.morph import Morph
from striate_cortex.surfaces.outlines import Outlines
from striate_cortex.surfaces.rois import (
    GeodesicBrush,
    RoiPainting,
    write_annot,
    write_label,
)

__all__ = [
    "KINDS",
    "Brain",
    "GeodesicBrush",
    "Hemisphere",
    "Morph",
    "Neighbours",
    "Outlines",
    "RoiPainting",
    "Side",
    "VoxelMapper",
    "curvature_greys",
    "mean_curvature",
    "sample_to_vertices",
    "write_annot",
    "write_label",
]
