"""Build the wheel `reloc-localization`, install it into a bare environment, and localize an image by the API.

The wheel's dependencies have the tested versions of requirements/constraints.txt. Megabytes and seconds are printed:
of the wheel, of its installation, and of the first pose.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")
LARGEST_MB = 60  # a limit of our own: PyPI takes 100 MB
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "models", "ros2_ws", "launch")  # links lead from one to another
MAKE_MAP = """
import sys
from pathlib import Path
import cv2
from support.tiny_world import build_small_map, query_poses, render

folder = Path(sys.argv[1])
build_small_map(folder / "house.map")
cv2.imwrite(str(folder / "photo.png"), render(query_poses()[0])[0][..., ::-1])
"""
FIVE_LINES = """
from reloc import Localized, Relocalizer

answer = Relocalizer.open("house.map").localize("photo.png")
assert isinstance(answer, Localized), answer
print("pose", answer.world_from_cam[:3, 3].round(2))
"""
SHIPPED = """
from reloc.models import store
from reloc.models.model import Model

names = {Model.open(folder).name for folder in store.available()}
assert {"exrenet-light-encoder", "pnlp-light", "camnet-light-fine", "points"} <= names, names
"""


def main() -> int:
    """Build, install, localize."""
    with tempfile.TemporaryDirectory(prefix="reloc-wheel-") as scratch:
        folder = Path(scratch)
        wheel, seconds = timed(build, folder)
        size = wheel.stat().st_size / 1e6
        print(f"{wheel.name}: {size:.1f} MB, built in {seconds:.0f} s")
        if size > LARGEST_MB:
            return failed(f"the wheel has more than {LARGEST_MB} MB")
        python = folder / "venv" / "bin" / "python"
        run(sys.executable, "-m", "venv", folder / "venv")
        constraints = ROOT / "requirements" / "constraints.txt"
        for extra in ("", "[networks]"):
            _, seconds = timed(run, python, *PIP, "install", "-c", constraints, f"{wheel}{extra}")
            print(f"pip install reloc-localization{extra}: {megabytes(folder / 'venv'):.0f} MB in all, {seconds:.0f} s")
            if not extra:
                run(sys.executable, "-c", MAKE_MAP, folder, cwd=folder, more={"PYTHONPATH": str(ROOT / "tests")})
                _, seconds = timed(run, python, "-c", FIVE_LINES, cwd=folder)
                print(f"five lines of Python, until the pose: {seconds:.1f} s")
        run(python, "-c", SHIPPED, cwd=folder)
        command = folder / "venv" / "bin" / "reloc"
        run(command, "localize", "house.map", "photo.png", cwd=folder)
        run(command, "models", "list", cwd=folder)
        needs_ros = subprocess.run(
            [command, "watch"], cwd=folder, capture_output=True, text=True, check=False, env=bare()
        )
        if needs_ros.returncode != 2 or "source your ROS 2 workspace" not in needs_ros.stderr:
            return failed(f"`reloc watch` without ROS says {needs_ros.stderr[-500:]!r}")
    print("1 passed, 0 failed")
    return 0


def build(folder: Path) -> Path:
    """Return the wheel, built from a copy: setuptools leaves its build folder in the sources, and uses old files of it.

    Raises:
        SystemExit: it cannot be built, or a file is missing in it.
    """
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=_leftovers)
        else:
            shutil.copy(ROOT / name, source / name)
    run(sys.executable, *PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, source)
    (wheel,) = folder.glob("reloc_localization-*.whl")
    if missing := sorted(wanted(source) - set(zipfile.ZipFile(wheel).namelist())):
        sys.exit(f"{wheel.name} lacks {len(missing)} files: {', '.join(missing[:5])}\n0 passed, 1 failed")
    shutil.rmtree(source)
    return wheel


def wanted(source: Path) -> set[str]:
    """Return the names in the wheel of all files of its packages, with the networks but that of the demo's house."""
    files = set()
    for package in ("reloc", "reloc_node"):
        above = source / "ros2_ws" / "src" / package
        files |= {f.relative_to(above).as_posix() for f in (above / package).rglob("*") if f.is_file()}
    networks = [f for f in (source / "models").rglob("*") if f.parent.parent == source / "models"]
    return files | {f"reloc/shipped/{f.parent.name}/{f.name}" for f in networks if f.parent.name != "posenet-demo"}


def megabytes(folder: Path) -> float:
    """Return the size of all files below a folder."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file() and not f.is_symlink()) / 1e6


def timed(function, *arguments, **named):  # type: ignore[no-untyped-def]
    """Return what a function returns, and its seconds."""
    begin = time.monotonic()
    return function(*arguments, **named), time.monotonic() - begin


def bare() -> dict[str, str]:
    """Return the variables of the environment without those of a checkout and of ROS."""
    leave_out = ("PYTHONPATH", "AMENT_PREFIX_PATH", "VIRTUAL_ENV", "RELOC_MODELS")
    return {name: value for name, value in os.environ.items() if name not in leave_out}


def run(*command: object, cwd: Path | None = None, more: dict[str, str] | None = None) -> None:
    """Run a command outside of this environment.

    Raises:
        SystemExit: it failed.
    """
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=bare() | (more or {}), check=False)
    if done.returncode:
        sys.exit(failed(f"status {done.returncode}: {' '.join(str(word) for word in command)}"))


def failed(problem: str) -> int:
    """Print the problem and return the exit status."""
    print(f"failed: {problem}\n0 passed, 1 failed")
    return 1


def _leftovers(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name in ("build", "__pycache__") or name.endswith(".egg-info")]


if __name__ == "__main__":
    sys.exit(main())
