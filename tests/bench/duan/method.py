"""Denoise, threshold, supervoxels, colour affinity, mixture, components."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from striate_filaments.neurons import Neuron, NeuronSet


@dataclass(frozen=True)
class DuanParams:
    """What the method leaves to its user; lengths in voxels.

    Published: clip 1500, rgb2gray, threshold 0.2, peaks 5 apart, adjacency nearer
    than 3 or less than 8 apart in LUV, 2 to 10 clusters, parts joined up to 20.
    The voxels of the smallest neuron, `least`, are ours: FISBe drops 800 or fewer.
    """

    clip: float = 1500.0
    sigma: float = 1.0
    grey: str = "luminance"
    threshold: float = 0.2
    dust: int = 100
    peak_distance: int = 5
    near: float = 3.0
    alike: float = 8.0
    clusters: tuple[int, int] = (2, 12)
    join: float = 20.0
    least: int = 800


@dataclass(frozen=True)
class Supervoxels:
    """Labels of the foreground voxels and the mean colour of each label."""

    shape: tuple[int, ...]
    points: np.ndarray
    label: np.ndarray
    colours: np.ndarray


def cluster_colours(raw: np.ndarray, params: DuanParams) -> NeuronSet:
    """(3, Z, Y, X) raw counts to neurons; no voxel belongs to two."""
    pieces = supervoxels(raw, params)
    return neurons(pieces, cluster(pieces, params), params)


def supervoxels(raw: np.ndarray, params: DuanParams) -> Supervoxels:
    from skimage.feature import peak_local_max
    from skimage.segmentation import watershed

    image = denoise(raw, params)
    mask = _foreground(image, params)
    depth = ndimage.distance_transform_edt(mask)
    # Plateaus of the distance have several maxima: a little blur parts them.
    peaks = peak_local_max(
        ndimage.gaussian_filter(depth, 0.5),
        min_distance=params.peak_distance,
        labels=mask.astype(np.int32),
        exclude_border=False,
    )
    seeds = np.zeros(mask.shape, np.int32)
    seeds[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    label = watershed(-depth, seeds, mask=mask, connectivity=np.ones((3, 3, 3)))
    points = np.argwhere(label)
    own = label[tuple(points.T)]
    _, own = np.unique(own, return_inverse=True)
    size = np.maximum(np.bincount(own), 1)
    values = image[(slice(None), *points.T)]
    colours = np.stack([np.bincount(own, v) / size for v in values], axis=1)
    return Supervoxels(mask.shape, points, own, colours)


def denoise(raw: np.ndarray, params: DuanParams) -> np.ndarray:
    """Clip, scale every channel by its maximum, smooth."""
    image = np.minimum(raw, params.clip).astype(np.float32)
    image /= np.maximum(image.max(axis=(1, 2, 3), keepdims=True), 1)
    return np.stack([ndimage.gaussian_filter(c, params.sigma) for c in image])


def _foreground(image: np.ndarray, params: DuanParams) -> np.ndarray:
    import cc3d

    if params.grey == "luminance":
        weights = np.array([0.2125, 0.7154, 0.0721], np.float32)
        grey = np.tensordot(weights, image, axes=1)
    else:
        grey = image.max(axis=0)
    mask = grey > params.threshold
    return cc3d.dust(mask, threshold=params.dust, connectivity=26).astype(bool)


def cluster(pieces: Supervoxels, params: DuanParams) -> np.ndarray:
    """Colour cluster of each supervoxel: mixture of Gaussians, number by BIC."""
    from sklearn.decomposition import PCA
    from sklearn.mixture import GaussianMixture

    count = len(pieces.colours)
    low, high = params.clusters
    if count <= high:
        return np.zeros(count, int)
    rows = _affinity(pieces, params)
    # A mixture over as many features as samples cannot be fitted: ten components
    # hold nearly all there is.
    rows = PCA(min(10, count - 1), random_state=0).fit_transform(rows)
    fits = [
        GaussianMixture(n, random_state=0, reg_covar=1e-5).fit(rows)
        for n in range(low, min(high, count - 1) + 1)
    ]
    return min(fits, key=lambda f: f.bic(rows)).predict(rows)


def _affinity(pieces: Supervoxels, params: DuanParams) -> np.ndarray:
    from skimage.color import rgb2luv

    luv = rgb2luv(np.clip(pieces.colours, 0, 1)[None])[0]
    apart = np.linalg.norm(luv[:, None] - luv[None], axis=2)
    adjacent = apart < params.alike
    _mark_neighbours(adjacent, pieces, params.near)
    return np.where(adjacent, np.exp(-1e-4 * apart**2), 0.0)


def _mark_neighbours(adjacent: np.ndarray, pieces: Supervoxels, near: float) -> None:
    """Set pairs of supervoxels with voxels nearer than `near`."""
    reach = int(np.ceil(near)) - 1
    padded = np.full(tuple(n + 2 * reach for n in pieces.shape), -1, np.int32)
    at = pieces.points + reach
    padded[tuple(at.T)] = pieces.label
    for offset in product(range(-reach, reach + 1), repeat=3):
        if offset <= (0, 0, 0) or np.linalg.norm(offset) >= near:
            continue
        other = padded[tuple((at + offset).T)]
        a, b = pieces.label[other >= 0], other[other >= 0]
        adjacent[a, b] = adjacent[b, a] = True


def neurons(pieces: Supervoxels, group: np.ndarray, params: DuanParams) -> NeuronSet:
    """Per cluster, components joined where they come within ``params.join``."""
    found: list[Neuron] = []
    for g in np.unique(group):
        points = pieces.points[group[pieces.label] == g]
        for part in _near_parts(points, pieces.shape, params.join):
            if len(part) > params.least:
                found.append(Neuron.from_coordinates(len(found) + 1, part))
    return NeuronSet(pieces.shape, neurons=found)


def _near_parts(
    points: np.ndarray, shape: tuple[int, ...], far: float
) -> list[np.ndarray]:
    import cc3d
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    mask = np.zeros(shape, bool)
    mask[tuple(points.T)] = True
    part = cc3d.connected_components(mask, connectivity=26)[tuple(points.T)]
    # The surface is enough to find the least distance between two parts.
    inside = ndimage.binary_erosion(mask)[tuple(points.T)]
    surface, names = points[~inside], part[~inside]
    pairs = _part_pairs(surface, names, far)
    count = int(part.max()) + 1
    graph = coo_array((np.ones(len(pairs)), pairs.T), (count, count))
    _, joined = connected_components(graph, directed=False)
    group = joined[part]
    return [points[group == g] for g in np.unique(group)]


def _part_pairs(surface: np.ndarray, names: np.ndarray, far: float) -> np.ndarray:
    """(m, 2) parts with surface points within `far` of one another."""
    trees = {n: cKDTree(surface[names == n]) for n in np.unique(names)}
    listed = sorted(trees)
    low = {n: t.mins - far for n, t in trees.items()}
    pairs = []
    for i, a in enumerate(listed):
        for b in listed[i + 1 :]:
            if np.any(low[a] > trees[b].maxes) or np.any(low[b] > trees[a].maxes):
                continue
            small, large = sorted((trees[a], trees[b]), key=lambda t: t.n)
            nearest, _ = large.query(small.data, distance_upper_bound=far + 1e-6)
            if np.isfinite(nearest).any():
                pairs.append((a, b))
    return np.array(pairs, int).reshape(-1, 2)
