"""Small real jobs that the worker process runs in the tests."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from pydantic import BaseModel

from striate.errors import InputError


class Params(BaseModel):
    n: int = 3
    seconds: float = 0.0
    tile: int = 64

    def smaller(self) -> Params | None:
        return self.model_copy(update={"tile": self.tile // 2})


class Outcome(BaseModel):
    total: int = 0
    tile: int = 0
    path: str = ""


def count(params: Params, ctx):
    for i in range(params.n):
        time.sleep(params.seconds)
        ctx.progress(i + 1, params.n, f"Counting {i + 1}")
    ctx.partial({"so_far": params.n})
    ctx.log("counted")
    path = ctx.folder / "result.txt"
    path.write_text(str(params.n))
    return Outcome(total=sum(range(params.n + 1)), path=str(path))


def noisy(params: Params, ctx):
    print('{"type": "done", "job": "nonsense"}')
    os.write(1, b"\xff\xfe not a protocol line\n")
    subprocess.run([sys.executable, "-c", "print('child speaks')"], check=True)
    return Outcome(total=1)


def refuses(params: Params, ctx):
    raise InputError("scan.tif is truncated: copy it again.")


def bug(params: Params, ctx):
    return {}["missing"]


def dies(params: Params, ctx):
    os.kill(os.getpid(), signal.SIGKILL)


def segfaults(params: Params, ctx):
    ctypes.string_at(0)


def hangs(params: Params, ctx):
    ctx.progress(0, 1, "hanging")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (ctx.folder / "child.pid").write_text(str(child.pid))
    while True:
        time.sleep(1)


def fits_when_halved(params: Params, ctx):
    if params.tile > 32:
        raise RuntimeError("CUDA out of memory. Tried to allocate 3.00 GiB")
    return Outcome(tile=params.tile)


def never_fits(params: Params, ctx):
    raise MemoryError


def where(params: Params, ctx):
    return Outcome(path=str(Path.cwd()), total=os.getpid())


def square_all(params: Params, ctx):
    return Outcome(total=sum(ctx.map(square, range(params.n), "Squaring")))


def square(x: int) -> int:
    return x * x


def needs_much(params: Params, ctx):
    """Ask for `tile` MB, really, where 300 MB more than now are to be had."""
    import resource

    import numpy as np
    import psutil

    now = psutil.Process().memory_info().vms
    resource.setrlimit(resource.RLIMIT_AS, (now + 300_000_000, resource.RLIM_INFINITY))
    try:
        return Outcome(total=int(np.ones(params.tile * 1_000_000, np.uint8).sum()),
                       tile=params.tile)  # fmt: skip
    finally:
        resource.setrlimit(
            resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        )


def fills_the_disk(params: Params, ctx):
    with Path("/dev/full").open("wb") as file:
        file.write(bytes(100_000))
    return Outcome()


def chatty(params: Params, ctx):
    for _ in range(params.n):
        ctx.log("a line of the log")
    return Outcome(total=params.n)


def where_items_run(params: Params, ctx):
    pids = set(ctx.map(own_pid, range(params.n), "Asking"))
    return Outcome(total=pids.pop(), tile=len(pids) + 1, path=str(os.getpid()))


def own_pid(_: int) -> int:
    return os.getpid()


def tells_its_context(params: Params, ctx):
    return Outcome(path=f"{ctx.device} {ctx.scheduler} {ctx.seed} {ctx.workers}")


def interrupted(params: Params, ctx):
    raise KeyboardInterrupt
