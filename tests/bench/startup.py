"""How long it takes to start: ``striate --help`` and the imports, against typer alone.

Run it on an idle machine: ``python tests/bench/startup.py``. Each line is a process
of its own, started several times in turn with the others; the least time is the one
to compare, as everything else on the machine only adds to it.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 10
CASES = {
    "python, nothing": ["-c", "pass"],
    "import typer (bare)": ["-c", "import typer"],
    "striate --help": ["-m", "striate", "--help"],
    "striate samples --help": ["-m", "striate", "samples", "--help"],
    "striate filaments --help": ["-m", "striate", "filaments", "--help"],
    "import striate": ["-c", "import striate"],
    "import striate.jobs": ["-c", "from striate.jobs import Supervisor"],
    "import striate.data": ["-c", "import striate.data"],
    "import striate_filaments": ["-c", "import striate_filaments"],
    "import torch (for comparison)": ["-c", "import torch"],
}


def seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    for arguments in CASES.values():
        seconds(arguments)  # files into the system's cache
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(ROUNDS):
        for name, arguments in CASES.items():
            times[name].append(seconds(arguments))
    print(f"{'':32} {'least':>8} {'median':>8}   (seconds, {ROUNDS} rounds)")
    for name, found in times.items():
        print(f"{name:32} {min(found):8.3f} {statistics.median(found):8.3f}")


if __name__ == "__main__":
    main()
