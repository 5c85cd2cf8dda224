"""The parts of segmentation, each on something a person can check."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from striate.data.volume import Volume
from striate.jobs.context import JobContext
from striate_filaments.segmentation.agglomerate import Regions, join
from striate_filaments.segmentation.blocks import blocks_of, make_detector
from striate_filaments.segmentation.crossings import (
    find_crossings,
    part_crossings,
    spanning_tree,
)
from striate_filaments.segmentation.params import SegmentParams
from striate_filaments.segmentation.resolving import resolve
from striate_filaments.segmentation.ridges import blur, ridge
from striate_filaments.segmentation.sparse import (
    Grid,
    label_components,
    touching_voxels,
)

# ---- Background and noise


def test_background_and_noise_are_measured_where_they_change_in_space():
    rng = np.random.default_rng(0)
    level = np.linspace(50, 150, 200)
    raw = level + rng.normal(0, 5, (60, 120, 200))
    volume = Volume.from_array(raw, "ZYX")
    request = resolve(volume, SegmentParams())

    noise = make_detector(request.array, request.optics, 5.0, JobContext()).noise

    background = noise.at(noise.background[0, 0], (0, 0, 0), (60, 120, 200))
    assert background[30, 60, 40] == pytest.approx(level[40], abs=6)
    assert background[30, 60, 160] == pytest.approx(level[160], abs=6)


def test_counts_in_steps_are_not_taken_for_a_volume_without_noise():
    raw = np.zeros((40, 100, 100), np.uint8)
    raw[20, 50, 10:90] = 200
    request = resolve(Volume.from_array(raw, "ZYX"), SegmentParams())

    noise = make_detector(request.array, request.optics, 5.0, JobContext()).noise

    assert noise.spread.min() >= 0.3


# ---- Ridges


def test_a_tube_is_a_ridge_and_a_sheet_is_not():
    z, y, _ = np.indices((21, 21, 21)) - 10.0
    tube = np.exp(-(z**2 + y**2) / 8).astype(np.float32)
    sheet = np.exp(-(z**2) / 8).astype(np.float32)
    width = np.ones(3, np.float32)

    assert ridge(tube, width, 0.0)[10, 10, 10] == pytest.approx(0.235, abs=0.02)
    assert ridge(sheet, width, 0.0)[10, 10, 10] == pytest.approx(0.0, abs=1e-3)


def test_the_ridge_is_the_middle_eigenvalue_of_the_hessian():
    image = blur(
        np.random.default_rng(2).normal(size=(9, 9, 9)).astype(np.float32), (1, 1, 1)
    )
    second = np.array(
        [
            [np.gradient(np.gradient(image, axis=i), axis=j) for j in range(3)]
            for i in range(3)
        ]
    )
    # np.gradient twice steps two voxels; along one axis we step one.
    for i in range(3):
        second[i, i] = ndimage.convolve1d(image, [1, -2, 1], axis=i)
    middle = np.linalg.eigvalsh(np.moveaxis(second, (0, 1), (-2, -1)))[..., 1]

    found = ridge(image, np.ones(3, np.float32), -1e9)

    assert found[3:6, 3:6, 3:6] == pytest.approx(-middle[3:6, 3:6, 3:6], abs=1e-4)


# ---- Neighbourhoods of listed voxels


def test_components_of_listed_voxels_are_those_of_the_volume():
    mask = np.random.default_rng(3).random((12, 13, 14)) > 0.9
    index = np.flatnonzero(mask)
    grid = Grid.of(index, mask.shape)

    ours = label_components(grid.index, grid.rows, grid.shape)

    expected = ndimage.label(mask, np.ones((3, 3, 3)))[0].ravel()[index]
    pairs = np.unique(np.stack([ours, expected]), axis=1)
    assert len(pairs.T) == len(np.unique(ours)) == len(np.unique(expected))


def test_touching_voxels_are_found_around_corners_but_not_around_the_edge():
    mask = np.zeros((3, 3, 3), bool)
    mask[0, 0, 0] = mask[1, 1, 1] = mask[0, 0, 2] = mask[0, 1, 0] = True
    grid = Grid.of(np.flatnonzero(mask), mask.shape)

    pairs = touching_voxels(grid, np.arange(4))

    points = grid.coordinates()
    found = {frozenset(map(tuple, points[p].tolist())) for p in pairs}
    assert found == {
        frozenset({(0, 0, 0), (0, 1, 0)}),
        frozenset({(0, 0, 0), (1, 1, 1)}),
        frozenset({(0, 1, 0), (1, 1, 1)}),
        frozenset({(0, 0, 2), (1, 1, 1)}),
    }


# ---- Joining


def chain_of_hues(degrees, size=500.0):
    angle = np.radians(np.asarray(degrees, float))
    total = size * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    regions = Regions.of(total, np.full_like(total, 1.0), np.full(len(angle), size))
    pairs = np.stack([np.arange(len(angle) - 1), np.arange(1, len(angle))], axis=1)
    nothing, limit = np.zeros(len(pairs)), np.full(len(pairs), 4.0)
    join(regions, pairs, nothing, limit, np.radians(3.0), np.radians(3.0))
    return regions.labels


def test_pieces_of_one_hue_are_joined():
    assert len(set(chain_of_hues([40, 41, 40, 39, 40]).tolist())) == 1


def test_a_chain_of_small_steps_does_not_lead_from_red_to_green():
    labels = chain_of_hues(np.arange(0, 91, 5))

    assert labels[0] != labels[-1]


def test_a_dim_piece_of_unsure_hue_joins_but_does_not_join_its_neighbours():
    total = np.array([[500.0, 0.0], [1.0, 1.0], [0.0, 500.0]])
    regions = Regions.of(total, np.ones((3, 2)), np.full(3, 500.0))
    pairs = np.array([[0, 1], [1, 2]])

    used = join(regions, pairs, np.zeros(2), np.full(2, 4.0), 0.05, 0.05)

    assert used.sum() == 1
    assert regions.labels[0] != regions.labels[2]


# ---- Crossings


def star(*ends, step=5.0):
    """Pieces on straight arms from the origin, and the edges along them."""
    place, edges = [np.zeros(3)], []
    for end in np.asarray(ends, float):
        count = int(np.linalg.norm(end) // step)
        for k in range(1, count + 1):
            edges.append((0 if k == 1 else len(place) - 1, len(place)))
            place.append(end * k / count)
    return np.array(place), np.array(edges)


def parts(place, edges):
    tree, _ = spanning_tree(place, edges)
    name, _ = part_crossings(place, edges, find_crossings(place, tree, 0.85))
    return name


def test_two_straight_ways_through_one_place_are_two():
    place, edges = star((0, 40, 0), (0, -40, 0), (0, 20, 35), (0, -20, -35))

    name = parts(place, edges)

    assert name[8] == name[16]
    assert name[24] == name[32]
    assert name[8] != name[24]


@pytest.mark.parametrize(
    "ends",
    [
        ((0, 40, 0), (0, -40, 0), (0, 0, 40)),
        ((0, 40, 0), (0, -40, 0), (0, 30, 30), (0, 30, -30)),
        ((0, 40, 0), (0, -40, 0), (0, 0, 40), (0, 0, -8)),
    ],
    ids=["three arms", "arms to one side", "a short arm"],
)
def test_a_branch_point_stays_one(ends):
    assert len(set(parts(*star(*ends)).tolist())) == 1


# ---- Blocks


def test_blocks_cover_every_voxel_once_and_see_their_halo():
    seen = np.zeros((50, 70, 33), int)
    for block in blocks_of(seen.shape, 32, (4, 5, 6)):
        part = seen[tuple(map(slice, block.start, block.stop))]
        part[block.core] += 1

    assert (seen == 1).all()
    middle = blocks_of((96, 96, 96), 32, (4, 5, 6))[13]
    assert middle.start == (28, 27, 26)
    assert middle.stop == (68, 69, 70)
