"""k-NN on real labelled pictures: a model, a random one, and plain intensities.

    python tests/bench/channels_labelled.py [MODEL ...] [--data DIR]

The pictures are 64 x 64 tiles of real stacks (DIR, or STRIATE_TEST_DATA) that no
shipped model was trained on; the label is the specimen and its stain. Tiles are single
channels, and each is turned, mirrored, and given another gain and offset, so that
neither the camera nor the exposure gives the answer away. Groups are blocks of space:
a tile is never judged by tiles from its own block.

These specimens can be told by their histograms alone (one is black with a few bright
lines, another grey all over), which flatters any method. So everything is done twice:
on the tiles as they are, and on tiles whose pixels were replaced by their ranks, where
every histogram is the same and only structure is left. Prints a table; never a test.
"""
# ruff: noqa: E402

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np
import torch

from striate import open_volume
from striate_channels.chadavit import ChAdaViT, load_chadavit
from striate_channels.preprocessing import normalise_channels

SIZE, TILES, SEED = 64, 90, 0
SOURCES = {  # label: (file, options, channel)
    "neurons, light sheet": (
        "cellfinder_lightsheet_2ch/cellfinder_crop_zcyx.tif",
        {},
        0,
    ),
    "autofluorescence": ("cellfinder_lightsheet_2ch/cellfinder_crop_zcyx.tif", {}, 1),
    "nuclei, culture": ("nuclei3d_bio_sample/nuclei.tif", {}, 0),
    "membranes, ovule": ("plantseg_ovule/sample_ovule.h5", {"dataset": "raw"}, 0),
    "one neuron": ("rivulet_neuron_stack/test.tif.zip", {}, 0),
    "neurites, MCFO": (
        "fisbe_crop/JRC_SS05008-20160318_24_B2_crop.zarr",
        {"dataset": "volumes/raw"},
        2,
    ),
    "nuclei, embryo": ("stardist_3d/img3d.tif", {}, 0),
}


def labelled_tiles(folder):
    """(n, 64, 64) float32 counts, labels and groups."""
    rng = np.random.default_rng(SEED)
    tiles, labels, groups = [], [], []
    for label, (name, options, channel) in SOURCES.items():
        stack = np.asarray(open_volume(folder / name, **options).czyx()[channel])
        for tile, block in _tiles(stack.astype(np.float32), rng):
            tiles.append(tile)
            labels.append(label)
            groups.append(f"{label} {block}")
    # In the order of the list, a tie between neighbours would be decided by label.
    order = rng.permutation(len(tiles))
    return np.stack(tiles)[order], np.array(labels)[order], np.array(groups)[order]


def _tiles(stack, rng):
    """Tiles of thin projections that show something, and the block each lies in."""
    depth, height, width = stack.shape
    bright = np.percentile(stack, 99)
    edge, found, tries = min(SIZE, height, width), 0, 0
    while found < TILES and tries < 50 * TILES:
        tries += 1
        z = rng.integers(0, max(1, depth - 3))
        y, x = rng.integers(0, height - edge + 1), rng.integers(0, width - edge + 1)
        tile = stack[z : z + 3, y : y + edge, x : x + edge].max(0)
        if tile.max() < bright:
            continue
        found += 1
        # Thirds of the depth: neighbours in z are too alike to judge one another.
        yield _disguised(_fitted(tile), rng), min(2, 3 * z // depth)


def equalised(tiles):
    """Replace pixels by ranks, ties broken at random: one histogram for all."""
    rng = np.random.default_rng(SEED)
    flat = tiles.reshape(len(tiles), -1).astype(np.float64)
    flat = flat + rng.uniform(0, 1e-3, flat.shape) * np.ptp(flat, axis=1)[:, None]
    ranks = flat.argsort(1).argsort(1) / flat.shape[1]
    return ranks.astype(np.float32).reshape(tiles.shape)


def _fitted(tile):
    pad = SIZE - tile.shape[0]
    return np.pad(tile, (pad // 2, pad - pad // 2), "reflect") if pad else tile


def _disguised(tile, rng):
    tile = np.rot90(tile, rng.integers(4))
    tile = tile[:, ::-1] if rng.random() < 0.5 else tile
    scale = tile.std() + 1e-6
    return (tile / scale * rng.uniform(0.5, 2) + rng.uniform(0, 3)).astype(np.float32)


def intensity_features(tiles):
    """What a person computes without a network: mean, spread, percentiles, shape."""
    flat = tiles.reshape(len(tiles), -1)
    spread = flat.std(1, keepdims=True) + 1e-9
    z = (flat - flat.mean(1, keepdims=True)) / spread
    shape = [(z**3).mean(1), (z**4).mean(1)]
    quantiles = np.percentile(z, [1, 5, 25, 50, 75, 95, 99], axis=1)
    return np.stack([*shape, *quantiles], 1)


def knn(features, labels, groups, k=10, cosine=True):
    """Balanced accuracy across groups; few numbers need distance, not cosine."""
    features = (features - features.mean(0)) / (features.std(0) + 1e-9)
    if cosine:
        features /= np.linalg.norm(features, axis=1, keepdims=True) + 1e-9
    square = (features**2).sum(1)
    alike = 2 * features @ features.T - square[:, None] - square
    alike[groups[:, None] == groups] = -np.inf
    near = np.argsort(-alike, axis=1)[:, :k]
    names, codes = np.unique(labels, return_inverse=True)
    votes = np.stack([(codes[near] == c).sum(1) for c in range(len(names))], 1)
    right = votes.argmax(1) == codes
    return np.mean([right[codes == c].mean() for c in range(len(names))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*")
    default = os.environ.get("STRIATE_TEST_DATA", ROOT.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default))
    options = parser.parse_args()
    torch.set_num_threads(2)
    tiles, labels, groups = labelled_tiles(options.data)
    n_classes = len(set(labels))
    print(f"{len(tiles)} tiles, {n_classes} classes, {len(set(groups))} blocks")
    print("balanced accuracy of 10-NN: as they are, equalised")
    columns = [_scores(t, labels, groups, options.models) for t in
               (tiles, equalised(tiles))]  # fmt: skip
    print(f"{1 / n_classes:6.3f} {1 / n_classes:6.3f}  chance")
    for name in columns[0]:
        print(f"{columns[0][name]:6.3f} {columns[1][name]:6.3f}  {name}")


def _scores(tiles, labels, groups, models):
    mean = tiles.mean((1, 2))[:, None]
    plain = intensity_features(tiles)
    rows = {
        "mean intensity": knn(mean, labels, groups, cosine=False),
        "intensity features (9)": knn(plain, labels, groups, cosine=False),
    }
    pictures = [normalise_channels(t[None]) for t in tiles]
    for name in models:
        model = load_chadavit(name)
        torch.manual_seed(1)
        random = ChAdaViT(model.config).eval()
        for what, own in ((f"random, shape of {name}", random), (name, model)):
            rows[f"{what}: summary"] = knn(own.embed(pictures), labels, groups)
            patches = own.embed(pictures, tokens=True)
            pooled = np.stack([p.mean(0) for p in patches])
            rows[f"{what}: mean patch"] = knn(pooled, labels, groups)
    return rows


if __name__ == "__main__":
    main()
