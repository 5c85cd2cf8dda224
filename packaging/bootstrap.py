"""Set Striate up from a fresh clone and run it, or its tests.

``python3 packaging/bootstrap.py run``
    makes ``.venv``, installs Striate with the desktop application, runs the main
    job on the bundled sample (figures, tables and ``summary.json`` in
    ``out/demo``) and opens the window where there is a display.

``python3 packaging/bootstrap.py test``
    sets the same up with what the tests need, and runs them.

``python3 packaging/bootstrap.py setup``
    only sets up.

Only the standard library is used here. On Debian and Ubuntu the system libraries
that Qt needs are installed when this runs as root; otherwise the line to run is
printed. Set ``STRIATE_TORCH_INDEX`` to a wheel index of PyTorch (for example the
CPU-only one) to take torch from there instead of from the default index.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
STAMP = VENV / "striate-setup.txt"
TORCH = "torch==2.13.0"
EXTRAS = {
    "run": "app,microscopes,profiles,starter",
    "test": "app,microscopes,profiles,starter,synthesis,banded,cluster,test,dev",
}
PYTHONS = ((3, 11), (3, 13))

# What Qt's xcb platform and software OpenGL need on a bare Debian 12; xvfb is a
# display for tests and figures where there is none.
APT = [
    "xvfb",
    "xauth",
    "libegl1",
    "libgl1",
    "libglib2.0-0",
    "libdbus-1-3",
    "libfontconfig1",
    "fonts-dejavu-core",
    "libxkbcommon-x11-0",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-shape0",
    "libxcb-xkb1",
    "x11-utils",
]
APT_TEST = ["desktop-file-utils", "appstream"]


class SetupError(Exception):
    """Something the person must do first; the text says what."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("run", "test", "setup"))
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="passed on")
    options = parser.parse_args(arguments)
    try:
        set_up("test" if options.command == "test" else "run")
        if options.command == "run":
            return run(options.rest)
        if options.command == "test":
            return test(options.rest)
    except SetupError as error:
        print(f"bootstrap: {error}", file=sys.stderr)
        return 2
    return 0


# ---- Setting up


def set_up(purpose: str) -> None:
    """Make the environment, unless it is there already and unchanged."""
    check_python()
    install_system_packages(APT + (APT_TEST if purpose == "test" else []))
    key = setup_key(purpose)
    if STAMP.exists() and STAMP.read_text().strip() in (key, setup_key("test")):
        return
    make_venv()
    torch_index = os.environ.get("STRIATE_TORCH_INDEX")
    # torch first and pinned: an open range would fetch the newest build with
    # several GB of GPU libraries.
    pip(TORCH, *(["--index-url", torch_index] if torch_index else []))
    pip("-e", f"{ROOT}[{EXTRAS[purpose]}]")
    STAMP.write_text(key + "\n")


def check_python() -> None:
    """Refuse a Python that the dependencies have no wheels for."""
    low, high = PYTHONS
    if not low <= sys.version_info[:2] <= high:
        raise SetupError(
            f"Striate needs Python {low[0]}.{low[1]} to {high[0]}.{high[1]}, and "
            f"this is {sys.version.split()[0]}. Run this script with one of those, "
            f"for example: python3.11 packaging/bootstrap.py run"
        )


def setup_key(purpose: str) -> str:
    """Hash of everything that decides what the environment holds."""
    digest = hashlib.sha256(f"{purpose} {sys.version}".encode())
    for path in (ROOT / "pyproject.toml", CONSTRAINTS, Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install_system_packages(packages: list[str]) -> None:
    """Install missing Debian packages as root; otherwise print the line to run."""
    if not sys.platform.startswith("linux") or not shutil.which("dpkg-query"):
        return
    missing = [name for name in packages if not is_installed(name)]
    if not has_ensurepip():
        missing.append("python3-venv")
    if not missing:
        return
    if os.geteuid() != 0:
        print(
            "Some system packages are missing. If the window does not open, run:\n"
            f"  sudo apt-get install --no-install-recommends {' '.join(missing)}",
            flush=True,
        )
        return
    print(f"Installing system packages: {' '.join(missing)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = {"env": environment, "stdout": subprocess.DEVNULL}
    subprocess.run(["apt-get", "-qq", "update"], check=False, **quiet)
    install = ["apt-get", "-qq", "install", "-y", "--no-install-recommends"]
    if subprocess.run([*install, *missing], check=False, **quiet).returncode:
        raise SetupError(
            "apt-get could not install the packages above. Install them by hand: "
            f"apt-get install {' '.join(missing)}"
        )


def is_installed(package: str) -> bool:
    """Whether dpkg knows the package, under its name of today or of time_t 64."""
    for name in (package, f"{package}t64"):
        query = ["dpkg-query", "-W", "-f", "${db:Status-Status}", name]
        answer = subprocess.run(query, capture_output=True, text=True, check=False)
        if answer.stdout == "installed":
            return True
    return False


def has_ensurepip() -> bool:
    """Whether this Python can make a virtual environment with pip in it."""
    try:
        import ensurepip  # noqa: F401 - Debian splits it into python3-venv
    except ImportError:
        return False
    return True


def make_venv() -> None:
    """Make ``.venv``, afresh if the one there belongs to another Python."""
    same = [str(python()), "-c", "import sys; print(sys.version)"]
    if python().exists():
        answer = subprocess.run(same, capture_output=True, text=True, check=False)
        if answer.stdout.strip() == sys.version.strip():
            return
        shutil.rmtree(VENV)
    print(f"Making {VENV}", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetupError(
            "python3 -m venv failed. On Debian and Ubuntu: apt-get install python3-venv"
        )


def python() -> Path:
    """Path of the environment's own Python."""
    windows = os.name == "nt"
    return VENV / ("Scripts/python.exe" if windows else "bin/python")


def pip(*what: str) -> None:
    """Install into the environment at the pinned versions."""
    command = [str(python()), "-m", "pip", "install", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "-c", str(CONSTRAINTS), *what]
    print(f"Installing {what[-1]} (this can take some minutes)", flush=True)
    if subprocess.run(command, check=False).returncode:
        raise SetupError(
            "pip could not install the packages; its message above says which. "
            "Check the network and the free disk space, then run this again."
        )


# ---- Running


def run(rest: list[str]) -> int:
    """Run the main job on the sample, then open the window where one can be."""
    out = ROOT / "out" / "demo"
    striate = [str(python()), "-m", "striate"]
    demo = [*striate, "demo", "filaments", "--out", str(out), "--overwrite", *rest]
    code = subprocess.run(demo, env=environment(), check=False).returncode
    if code:
        return code
    print(f"Figures, tables and summary.json are in {out}", flush=True)
    if not has_display():
        print("There is no display here, so the window stays closed.")
        return 0
    results = sorted(str(p) for p in out.rglob("*.neurons.zarr"))[:1]
    return subprocess.run(
        [*striate, *results], env=environment(), check=False
    ).returncode


def test(rest: list[str]) -> int:
    """Run the tests, on a virtual display where there is no other.

    Files go to two processes, each file whole: the OpenGL tests of one file
    share a context.
    """
    command = [str(python()), "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile"]
    with display() as variables:
        env = {**environment(), **variables}
        return subprocess.run(
            [*command, *rest], cwd=ROOT, env=env, check=False
        ).returncode


def environment() -> dict[str, str]:
    """Return the environment children get."""
    env = dict(os.environ)
    env.setdefault("LC_ALL", "C.UTF-8")
    env["QT_API"] = "pyside6"
    return env


def has_display() -> bool:
    """Whether a window can be shown here."""
    if not sys.platform.startswith("linux"):
        return "CI" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@contextlib.contextmanager
def display() -> Iterator[dict[str, str]]:
    """Yield the variables that lead to a display, starting Xvfb when needed."""
    if not sys.platform.startswith("linux"):
        yield {}
        return
    server = shutil.which("Xvfb")
    if server is None:
        raise SetupError("The tests need Xvfb: apt-get install xvfb")
    read, write = os.pipe()
    # Xvfb picks a free display itself and writes its number to the pipe.
    command = [server, "-displayfd", str(write), "-screen", "0", "1600x1000x24"]
    command += ["-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as xvfb:
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise SetupError("Xvfb did not start; try it by hand: Xvfb :99")
        try:
            yield {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        finally:
            xvfb.terminate()


if __name__ == "__main__":
    sys.exit(main())
