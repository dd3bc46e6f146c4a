"""Build reloc's wheel, install it into an environment without this checkout, and localize an image by the API.

The wheel's dependencies have the tested versions of requirements/constraints.txt.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")
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


def main() -> int:
    """Build, install, localize."""
    with tempfile.TemporaryDirectory(prefix="reloc-wheel-") as scratch:
        folder = Path(scratch)
        # Build from a copy, because setuptools would leave its build folder in the sources, and use old files from it.
        source = Path(shutil.copytree(ROOT / "ros2_ws" / "src" / "reloc", folder / "reloc", ignore=_leftovers))
        run(sys.executable, *PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, source)
        (wheel,) = folder.glob("reloc-*.whl")
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.0f} MB")
        shutil.rmtree(source)
        python = folder / "venv" / "bin" / "python"
        run(sys.executable, "-m", "venv", folder / "venv")
        constraints = ROOT / "requirements" / "constraints.txt"
        run(python, *PIP, "install", "-c", constraints, f"{wheel}[networks]")
        world = {"PYTHONPATH": str(ROOT / "tests")}
        run(sys.executable, "-c", MAKE_MAP, folder, cwd=folder, more=world)
        run(python, "-c", FIVE_LINES, cwd=folder)
        command = folder / "venv" / "bin" / "reloc"
        run(command, "localize", "house.map", "photo.png", cwd=folder)
        run(command, "models", "list", cwd=folder)
    print("1 passed, 0 failed")
    return 0


def run(*command: object, cwd: Path | None = None, more: dict[str, str] | None = None) -> None:
    """Run a command outside of this environment.

    Raises:
        SystemExit: it failed.
    """
    leave_out = ("PYTHONPATH", "AMENT_PREFIX_PATH", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if name not in leave_out}
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=environment | (more or {}), check=False)
    if done.returncode:
        print(f"failed ({done.returncode}): {' '.join(str(word) for word in command)}\n0 passed, 1 failed")
        sys.exit(1)


def _leftovers(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name in ("build", "__pycache__") or name.endswith(".egg-info")]


if __name__ == "__main__":
    sys.exit(main())
