"""Ask pip whether the pip line of docs/install.md resolves beside Ubuntu 24.04's packages, and its file on arm64, too.

Nothing is installed, and the Python that runs this does not matter: pip is asked for Ubuntu's Python 3.12. The check
``beside-ros`` installs the same line and runs tests with it.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "install.md"
FILE = ROOT / "requirements" / "with_apt_ros.txt"
NOBLE = ROOT / "requirements" / "noble.txt"
PYTHON = "3.12"
GLIBC = ("2_39", "2_35", "2_34", "2_31", "2_28", "2_27", "2_26", "2_24", "2_17")


def line(page: Path = PAGE) -> list[str]:
    """Return the requirements of the page's one line `pip install "numpy<2" ...`.

    Raises:
        SystemExit: the page has no such line, or more than one.
    """
    found = re.findall(r'^ +pip install ("numpy<2".*)$', page.read_text(), re.MULTILINE)
    if len(found) != 1:
        sys.exit(f'{page}: {len(found)} lines begin with `pip install "numpy<2"`; one is expected')
    return shlex.split(found[0])


def listed(machine: str, file: Path = FILE) -> list[str]:
    """Return the file's requirements for a kind of machine. pip itself reads markers for the one that it runs on."""
    found = []
    for text in file.read_text().splitlines():
        requirement, _, marker = re.split(r"\s+#|^#", text)[0].partition(";")
        if requirement and marker.strip() in ("", f'platform_machine == "{machine}"'):
            found.append(requirement.strip())
    return found


def resolve(requirements: list[str], machine: str) -> subprocess.CompletedProcess[str]:
    """Ask pip what it would install on a machine of that kind."""
    platforms = [f"--platform=manylinux_{glibc}_{machine}" for glibc in GLIBC]
    with tempfile.TemporaryDirectory() as target:
        command = [
            sys.executable, "-m", "pip", "install", "--dry-run", "--disable-pip-version-check", "--ignore-installed",
            "--only-binary=:all:", f"--python-version={PYTHON}", *platforms, f"--platform=manylinux2014_{machine}",
            f"--target={target}", f"--constraint={NOBLE}", *requirements,
        ]  # fmt: skip
        return subprocess.run(command, capture_output=True, text=True, check=False)


def main() -> int:
    """Resolve the line for both kinds of machine."""
    failed = 0
    for machine in ("x86_64", "aarch64"):
        wanted = line() if machine == "x86_64" else listed(machine)
        wheels = [requirement for requirement in wanted if "@git+" not in requirement]  # that is built on the machine
        done = resolve(wheels, machine)
        would = [text for text in done.stdout.splitlines() if text.startswith("Would install")]
        good = done.returncode == 0 and bool(would)
        failed += not good
        print(
            f"{machine}: {would[-1]}" if good else f"{machine}: pip failed ({done.returncode})\n{done.stderr[-3000:]}"
        )
    print(f"{2 - failed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
