"""Whether captions name what is known to be there, and how fast they come.

    python tests/bench/cortex_captions.py [--subject FOLDER] [--vertices 304380]
        [--items 100000] [--units 20000] [--only accuracy click sample project]

Prints tables; never a test. *Accuracy* is on the simulated subject, whose truth is
known: of each region's units with a noise ceiling of 5 % or more (the floor below which
the panel warns), the share whose first keyword is among the words listed here. The
words are those of the phrases that a region's category is simulated from, and their
plain synonyms, written down before anything was measured; none is for a single unit.
*Speed* is on made-up vectors with the spread of CLIP's (a common direction and
clusters): a click with nothing stored, and the projection of many units. Each is
measured in a process of its own; wall seconds on a busy machine are more than on a
quiet one, CPU seconds say how much.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np

FEATURES = 512
FLOOR = 5.0
WORDS = {
    "faces": "face faces eyes eye nose mouth smile portrait head",
    "places": "house kitchen room street landscape mountains mountain beach office "
    "building bedroom home place",
    "bodies": "body arm arms hand hands leg legs person runner dancer dancing human "
    "people man woman",
    "words": "word words letter letters alphabet text line page book handwriting "
    "writing sign",
    "food": "pizza sandwich bowl fruit cake coffee cup plate vegetables food meal",
}
LIMITS = {"sample": 0.2, "click": 0.5, "project": 90.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subject", type=Path, help="Default: simulated anew.")
    parser.add_argument("--vertices", type=int, default=304_380)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--units", type=int, default=20_000)
    parser.add_argument(
        "--only", nargs="+", default=["accuracy", "sample", "click", "project"]
    )
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(globals()[f"measure_{asked.measure}"](asked)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        if asked.subject is None and {"accuracy", "sample"} & set(asked.only):
            asked.subject = Path(scratch) / "simulated"
            make_subject(asked.subject)
        for name in asked.only:
            show(name, alone(name, asked))
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def alone(name: str, asked: argparse.Namespace) -> dict[str, Any]:
    command = [
        sys.executable, __file__, "--measure", name, "--vertices", str(asked.vertices),
        "--items", str(asked.items), "--units", str(asked.units),
    ]  # fmt: skip
    if asked.subject is not None:
        command += ["--subject", str(asked.subject)]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def show(name: str, found: dict[str, Any]) -> None:
    if name == "accuracy":
        print(
            f"{'first keyword in the words of its region':42} {'units':>6} {'right':>7}"
        )
        for row in found["rows"]:
            print(f"{row['region']:42} {row['units']:6} {row['right']:7.1%}")
            print(f"    {row['words']}")
        print(f"{'all':42} {found['units']:6} {found['right']:7.1%}  (at least 90 %)")
        return
    seconds = ", ".join(f"{k} {v:.3f} s" for k, v in found["seconds"].items())
    limit = f"  (at most {LIMITS[name]:g} s)"
    print(f"{found['title']}: {seconds}{limit}")
    print(f"    CPU {found['cpu']:.1f} s, peak memory {found['peak']:,} MB")


def usage() -> dict[str, Any]:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu": own.ru_utime + own.ru_stime, "peak": own.ru_maxrss // 1024}


# ---- What is measured


def measure_accuracy(asked: argparse.Namespace) -> dict[str, Any]:
    from striate_cortex.captions import open_answers
    from striate_cortex.subjects import read_subject
    from striate_cortex.subjects.simulation import REGIONS

    subject = read_subject(asked.subject)
    model = subject.model()
    answers = open_answers(subject, model, name="fitted")
    answers.prepare()
    rows, right, units = [], 0, 0
    for region in REGIONS:
        inside = subject.units.rois[region.name] & (subject.ceiling >= FLOOR)
        chosen = np.flatnonzero(inside)
        told = answers.answer_many(chosen.tolist())
        first = [a.keywords[0].word if a.keywords else "" for a in told]
        hits = sum(w in WORDS[region.category].split() for w in first)
        names, counts = np.unique(first, return_counts=True)
        most = [f"{names[i]} {counts[i]}" for i in np.argsort(-counts)[:8]]
        rows.append(
            {
                "region": region.name,
                "units": len(chosen),
                "right": hits / max(1, len(chosen)),
                "words": ", ".join(most),
            }
        )
        right, units = right + hits, units + len(chosen)
    return {"rows": rows, "right": right / units, "units": units}


def measure_sample(asked: argparse.Namespace) -> dict[str, Any]:
    from striate_cortex.captions import open_answers
    from striate_cortex.captions.store import AnswerStore
    from striate_cortex.subjects import read_subject

    subject = read_subject(asked.subject)
    answers = open_answers(subject, subject.model(), name="fitted")
    with tempfile.TemporaryDirectory() as scratch:
        answers.store = AnswerStore(Path(scratch) / "answers.sqlite")
        before = usage()["cpu"]
        seconds = clicks(answers, range(4000, 4040))
        return {"title": "click on the sample subject", "seconds": seconds, **usage(),
                "cpu": usage()["cpu"] - before}  # fmt: skip


def measure_click(asked: argparse.Namespace) -> dict[str, Any]:
    from striate_cortex.captions import Answers
    from striate_cortex.encoding import EncodingModel
    from striate_cortex.library import open_library
    from striate_cortex.subjects import Subject, SubjectManifest
    from striate_cortex.units import UnitTable

    with tempfile.TemporaryDirectory() as scratch:
        make_library(Path(scratch) / "library", asked.items)
        library = open_library(Path(scratch) / "library")
        n = asked.vertices
        weights = made_up_weights(n)
        model = EncodingModel(weights, np.zeros(n), np.ones(n), "clip")
        table = UnitTable.of_vertices(n // 2, n - n // 2)
        subject = Subject(Path(scratch), SubjectManifest(name="made up"), table)
        before = usage()["cpu"]
        answers = Answers(subject, model, library, name="made up")
        units = np.linspace(0, n - 1, 40).astype(int).tolist()
        seconds = clicks(answers, units)
        title = f"click, {n:,} vertices x {len(library):,} items"
        return {"title": title, "seconds": seconds, **usage(),
                "cpu": usage()["cpu"] - before}  # fmt: skip


def clicks(answers: Any, units: Any) -> dict[str, float]:
    """Seconds of answers that were not stored, and of those that were."""
    fresh, stored = [], []
    for unit in units:
        start = time.perf_counter()
        answers.answer(unit)
        middle = time.perf_counter()
        answers.answer(unit)
        fresh.append(middle - start)
        stored.append(time.perf_counter() - middle)
    return {"first": fresh[0], "median": float(np.median(fresh[1:])),
            "slowest": max(fresh[1:]), "again": float(np.median(stored))}  # fmt: skip


def measure_project(asked: argparse.Namespace) -> dict[str, Any]:
    from striate_cortex.captions import project
    from striate_cortex.library import open_library

    with tempfile.TemporaryDirectory() as scratch:
        make_library(Path(scratch) / "library", asked.items)
        library = open_library(Path(scratch) / "library")
        weights = made_up_weights(asked.units)
        before = usage()["cpu"]
        start = time.perf_counter()
        found = project(weights, library.vectors, top=50, lengths=library.lengths)
        seconds = {"all": time.perf_counter() - start}
        title = (
            f"projection of {len(weights):,} units onto {len(library):,} items "
            f"({np.median(found.effective_n):.0f} share)"
        )
        return {"title": title, "seconds": seconds, **usage(),
                "cpu": usage()["cpu"] - before}  # fmt: skip


# ---- What it is measured on


def make_subject(folder: Path) -> None:
    from striate_cortex.subjects.simulation import simulate_subject

    simulate_subject(folder)


def directions(n: int, seed: int, common: float) -> np.ndarray:
    """Made-up unit vectors: one direction all share, one of 200 clusters, noise."""
    rng = np.random.default_rng(seed)
    clusters = np.random.default_rng(7).standard_normal((201, FEATURES), np.float32)
    clusters /= np.linalg.norm(clusters, axis=1, keepdims=True)
    found = rng.standard_normal((n, FEATURES), np.float32)
    found *= np.float32(0.5 / np.sqrt(FEATURES))
    found += np.float32(0.6) * clusters[rng.integers(1, 201, n)]
    found += np.float32(common) * clusters[0]
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def made_up_weights(n: int) -> np.ndarray:
    found = np.empty((n, FEATURES), np.float32)
    for first in range(0, n, 16_384):
        last = min(n, first + 16_384)
        found[first:last] = directions(last - first, first + 1, 0.0)
    return found


def make_library(path: Path, items: int) -> None:
    from striate_cortex.library import Item
    from striate_cortex.library.writing import write_library

    def batches() -> Any:
        for first in range(0, items, 16_384):
            n = min(16_384, items - first)
            rows = range(first, first + n)
            named = [
                Item(f"{i}.jpg", f"made up, {i}", "", (f"a thing of kind {i % 200}",))
                for i in rows
            ]
            yield 10 * directions(n, first + 2, 0.6), named

    write_library(path, batches(), space="clip", facts={"simulated": True})


if __name__ == "__main__":
    main()
