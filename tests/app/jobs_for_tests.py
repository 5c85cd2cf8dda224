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
