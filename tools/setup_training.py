"""Install the packages that `reloc train` and `reloc export` need into ``.venv``: PyTorch, TensorBoard, ONNX.

``make train-setup`` installs a build of torch for CUDA if there is an NVIDIA GPU, otherwise the one for CPUs, from
PyTorch's own index if necessary. ``make test`` calls this script with ``--if-offered``. Then only the build for CPUs is
installed, and only if pip's configured sources offer it, because torch from PyPI includes gigabytes of CUDA. If they do
not, one line says that the tests of training are skipped. The next run tries again only if the requirements or pip's
settings changed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from setup_env import PIP, PYTHON, REQUIREMENTS, VENV, has_ros
from step import StepFailedError, Steps, fingerprint

STATE = VENV / ".reloc"
INDEX = "https://download.pytorch.org/whl/cpu"
WANTED = REQUIREMENTS / "training.txt"
STEP = "training tools"
MISSING = (
    "reloc set-up: pip offers no PyTorch for CPUs here, so tests of training are skipped; make train-setup installs it"
)


def main(arguments: Sequence[str]) -> None:
    """Run the installation if it is not done yet."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if "--if-offered" in arguments:
            install_if_offered(Steps(STATE), STATE)
        else:
            install(Steps(STATE), STATE)


def install(steps: Steps, state: Path) -> None:
    """Install from any necessary source."""

    def action() -> None:
        torch = f"torch=={version()}"
        if installed().partition("+")[0] != version():
            gpu = shutil.which("nvidia-smi") is not None
            steps.command([*PIP, torch] if gpu else [*PIP, f"{torch}+cpu", "--extra-index-url", INDEX])
        steps.command([*PIP, "-r", WANTED, *constraints()])

    marker(state).unlink(missing_ok=True)
    (state / f"{STEP.replace(' ', '_')}.stamp").unlink(missing_ok=True)  # requested explicitly, so check again
    steps.run(STEP, inputs(), action)


def install_if_offered(steps: Steps, state: Path) -> None:
    """Install if pip's sources offer torch for CPUs, and remember if they do not."""

    def action() -> None:
        quick = ("--retries", "0", "--timeout", "15", *constraints())
        marker(state).unlink(missing_ok=True)
        try:
            if installed().partition("+")[0] != version():
                steps.command([*PIP, f"torch=={version()}+cpu", *quick])
            steps.command([*PIP, "-r", WANTED, *quick])
        except StepFailedError as error:
            marker(state).write_text(str(error))

    steps.run(STEP, inputs(), action)
    if marker(state).exists():
        print(MISSING)


def marker(state: Path) -> Path:
    """Return the file that exists if pip offers no build. It contains pip's message."""
    return state / "no_training_tools"


def version() -> str:
    """Return the required version of torch."""
    lines = WANTED.read_text().splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith("torch=="))


def installed() -> str:
    """Return the version of torch in the environment; empty if there is none."""
    code = "import importlib.metadata as m; print(m.version('torch'))"
    return subprocess.run([PYTHON, "-c", code], capture_output=True, text=True).stdout.strip()


def constraints() -> tuple[str | Path, ...]:
    """Return the tested versions of the dependencies. With a ROS install, the system's packages determine them."""
    return () if has_ros() else ("-c", REQUIREMENTS / "constraints.txt")


def inputs() -> str:
    """Return the inputs of the installation: the required versions, and pip's sources."""
    settings = [f"{k}={v}" for k, v in sorted(os.environ.items()) if k.startswith("PIP_")]
    home = Path.home()
    places = (
        Path("/etc/pip.conf"),
        home / ".pip" / "pip.conf",
        home / ".config" / "pip" / "pip.conf",
        VENV / "pip.conf",
    )
    files = (p for p in (*places, REQUIREMENTS / "constraints.txt", WANTED) if p.is_file())
    return fingerprint(*settings, *files)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("\nreloc set-up: interrupted. Run it again to continue.")
