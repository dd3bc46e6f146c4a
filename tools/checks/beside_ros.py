"""Run the core's tests with the library versions of an apt ROS 2: numpy 1.26, SciPy 1.11, pytest 7.

What reloc needs comes by the pip line of docs/install.md, as it stands there. An environment in out/check/ is kept, and
made again when that line, requirements/beside_ros.txt or noble.txt change. ROS itself is not needed: the core imports
none.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from step import Steps, fingerprint  # noqa: E402

from checks import pip_line  # noqa: E402

REQUIREMENTS = ROOT / "requirements"
VENV = ROOT / "out" / "check" / "beside-ros"
FROM_APT = ("scipy", "matplotlib", "pillow", "PyYAML")
NOT_HERE = ("-r ", "Panda3D", "mypy", "ruff", "import-linter")  # the line itself, the demo's renderer and lint
# Where numpy, SciPy and OpenCV matter most; all of tests/core would take as long as `make test`.
TESTS = tuple(f"tests/core/{folder}" for folder in ("estimators", "features", "geometry", "maps", "retrieval", "trust"))


def main(arguments: list[str]) -> int:
    """Make the environment and run the tests. Return pytest's exit status."""
    if sys.version_info >= (3, 13):
        print("numpy 1.26 has no wheel for this Python: 3.11 and 3.12 have. Left out\n0 passed, 0 failed")
        return 0
    steps = Steps(VENV.with_name("beside-ros.state"))
    files = [REQUIREMENTS / "beside_ros.txt", REQUIREMENTS / "noble.txt"]
    line = pip_line.line()
    steps.run("beside-ros", fingerprint(sys.version, str(VENV), *line, *files), lambda: make(steps, line, files))
    python = VENV / "bin" / "python"
    source = ROOT / "ros2_ws" / "src" / "reloc"
    environment = {
        **os.environ,
        "PYTHONPATH": str(source),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    options = ["-q", "-n", os.environ.get("WORKERS", "2"), "--dist", "loadfile", "-m", "not slow and not gpu"]
    command = [python, "-m", "pytest", *options, *(arguments or TESTS)]
    return subprocess.run([str(word) for word in command], cwd=ROOT, env=environment, check=False).returncode


def make(steps: Steps, line: list[str], files: list[Path]) -> None:
    """A new environment, with what docs/install.md tells people to install, and what tests need."""
    steps.command([sys.executable, "-m", "venv", "--clear", VENV])
    wanted = VENV / "wanted.txt"
    rest = [text for text in files[0].read_text().splitlines() if not text.startswith(NOT_HERE)]
    wanted.write_text("\n".join([*line, *rest, *FROM_APT]) + "\n")
    pip = [VENV / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    steps.command([*pip, "-r", wanted, "-c", files[1]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
