"""Make the segmenter that ships anew, from nothing: its network, then its links.

    python packaging/train_segmenter.py --out FOLDER [--workers 2]

Some four hours on two processor cores. A network that was cut off goes on where it
was; links begin anew. FOLDER is a model then, as `striate filaments segment --model
FOLDER` reads it. On the same kind of processor, with the packages of
`constraints.txt`, its numbers are those of `resources/models/filaments-small` to the
last bit; on another one sums are rounded otherwise, and they are only much alike.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

NAME = "filaments-small"
NETWORK = (
    "striate filaments train simulated --start none --steps 9000 --volumes 48 "
    "--check-every 9000 --patience 0 --keep last --threads 1 --rate 0.002 --seed 6 "
    f"--name {NAME}"
)
LINKS = "striate_filaments.linking.training --volumes 300 --seed 1100060"


def main() -> None:
    """Train one after the other; each says how far it is."""
    asked = _options()
    if not (asked.out / "model.safetensors").exists():
        _run([*NETWORK.split(), "--out", str(asked.out)])
    there = ["--network", str(asked.out), "--out", str(asked.out)]
    _run([*LINKS.split(), *there, "--workers", str(asked.workers)])


def _run(module: list[str]) -> None:
    ended = subprocess.run([sys.executable, "-m", *module], check=False)
    if ended.returncode:
        raise SystemExit(ended.returncode)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--workers", type=int, default=1, help="that paint volumes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
