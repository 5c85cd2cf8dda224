"""Fragments: the pieces of a volume, and which of them touch, ready to be linked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.linking.affinities import Affinities, several
from striate_filaments.linking.contrast import Contrast
from striate_filaments.linking.links import (
    Links,
    contact_links,
    contacts_between,
    gap_links,
)
from striate_filaments.linking.regions import LinkRegions
from striate_filaments.linking.shapes import Axes
from striate_filaments.segmentation.bridges import find_bridges
from striate_filaments.segmentation.graph import Contacts, Pieces, contacts
from striate_filaments.segmentation.joining import hue_grain
from striate_filaments.segmentation.sparse import Grid
from striate_filaments.segmentation.supervoxels import grow_supervoxels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.segmentation.colour import Palette
    from striate_filaments.segmentation.foreground import Voxels
    from striate_filaments.segmentation.tuning import Tuning

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["Fragments"]


@dataclass(frozen=True)
class Fragments:
    """Everything about a volume's pieces that does not depend on the linking.

    Parameters
    ----------
    grid, palette, pieces
        As the colour method has them; places in half thicknesses.
    touching
        Contacts of pieces.
    axes, affinities
        Which way pieces go, and what a network says of two.
    contrast
        The colour of what rises in them.
    shine, inner
        (K,) sum of scores, and voxels that belong to several neurons by the finder.
    grain
        Hue angle in radians by which pieces of one neuron may differ.
    voxel
        (3,) size of a voxel in half thicknesses.
    """

    grid: Grid
    palette: Palette
    pieces: Pieces
    touching: Contacts
    axes: Axes
    affinities: Affinities
    contrast: Contrast
    shine: Doubles
    inner: Doubles
    grain: float
    voxel: Doubles

    @classmethod
    def of(
        cls,
        voxels: Voxels,
        palette: Palette,
        shape: tuple[int, ...],
        voxel: Doubles,
        tolerance: float,
        tuning: Tuning,
    ) -> Fragments:
        """Cut voxels into pieces; parameters as for ``joining.join_voxels``."""
        grid = Grid.of(voxels.index, shape)
        z, y, x = (float(max(tuning.piece / v, 1.0)) for v in voxel)
        hue = float(np.tan(np.radians(tuning.piece_hue)))
        label = grow_supervoxels(
            grid, voxels.score, palette.signal, palette.noise, (z, y, x), hue
        )
        places = grid.coordinates()
        points = places * voxel
        pieces = Pieces.of(label, palette, voxels.score, points)
        touching = contacts(grid, label, voxels.score)
        shine = np.bincount(label, voxels.score, minlength=len(pieces)).astype(
            np.float64
        )
        return cls(
            grid,
            palette,
            pieces,
            touching,
            Axes.of(pieces, points),
            Affinities.of(voxels, grid, label, len(pieces)),
            Contrast.of(label, len(pieces), palette, voxels.score, places),
            shine,
            several(voxels, label, len(pieces)),
            tolerance or hue_grain(touching.hue_scatter(pieces), tuning),
            voxel,
        )

    def regions(self) -> LinkRegions:
        """Every piece a region of its own."""
        return LinkRegions.of(self.pieces, self.contrast, self.shine, self.inner)

    def contacts(self) -> Links:
        """Links between touching pieces."""
        alone = self.regions().side_by_side(self.touching.pairs, self.grain)
        told = self.affinities.between(self.touching.pairs)
        return contact_links(self.touching, self.pieces, alone, self.axes, told)

    def gaps(
        self, regions: LinkRegions, touching: Links, gap: float, smallest: float
    ) -> Links:
        """Links over gaps between the regions there are now; `touching` in context."""
        region = regions.labels
        found = find_bridges(
            self.grid, self.palette, self.pieces, region, regions.sums[:, 0],
            self.voxel, gap, smallest,
        )  # fmt: skip
        alone = self.regions().side_by_side(found.pairs, self.grain)
        told = self.affinities.between(found.pairs)
        touch = contacts_between(touching, region, found.pairs)
        return gap_links(found, self.pieces, region, alone, self.axes, touch, told, gap)
