"""Write ``requirements/*.lock``: the packages of each group, their dependencies, and the hashes of the allowed files.

Run it after changing a version in ``requirements/``, inside the environment that ``make setup`` made. pip reports
what each group needs, and which file it would use for each Python and processor, without installing anything.
``make setup`` then installs with ``pip --require-hashes``, which refuses files that were replaced at the index.

Not locked: ``with_apt_ros.txt`` and ``beside_ros.txt``, since a ROS install brings the rest, ``training.txt``, since
torch has builds for CPUs and for CUDA from different indexes, ``published.txt``, which is installed without what it
needs, and ``fleet.txt``, which is optional.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements"
GROUPS = ("base", "ros", "runtime", "view", "dev")
PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = ("x86_64", "aarch64")
_GLIBC = ("2_34", "2_31", "2_28", "2_27", "2_26", "2_24", "2_17")
ROS = "ros-"
_MISSING = re.compile(r"No matching distribution found for ([A-Za-z0-9._-]+)==")
# pip uses the index and certificates of its environment, but no local folders of packages, because the hashes of
# locally built packages are useless to others.
_LOCAL = ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT", "PIP_REQUIREMENT")

Environment = tuple[str, str]  # Python's version, machine


def main() -> None:
    """Write the lock files of all groups."""
    needed = {group: closure(group) for group in GROUPS}
    pins = {name: version for found in needed.values() for name, version in found.items()}
    hashes: dict[str, dict[Environment, str]] = {name: {} for name in pins}
    for environment in ((python, machine) for python in PYTHONS for machine in MACHINES):
        for name, sha256 in hashes_for(environment, pins).items():
            hashes[name][environment] = sha256
        there = sum(environment in found for found in hashes.values())
        print(f"Python {environment[0]}, {environment[1]}: {there} of {len(pins)} packages")
    for group, found in needed.items():
        text = "".join(entry(name, version, hashes[name]) for name, version in sorted(found.items()))
        (REQUIREMENTS / f"{group}.lock").write_text(f"# Made by tools/lock.py from {group}.txt. Do not edit.\n{text}")


def closure(group: str) -> dict[str, str]:
    """Return names and versions of all packages that a group installs, for the running Python."""
    wanted = ["-r", str(REQUIREMENTS / f"{group}.txt"), "-c", str(REQUIREMENTS / "constraints.txt")]
    return {name: version for name, version, _ in report(wanted)}


def hashes_for(environment: Environment, pins: dict[str, str]) -> dict[str, str]:
    """Return the hash of each package's file that pip would use.

    Packages without a file for this environment are left out.
    """
    python, machine = environment
    platforms = [f"manylinux_{glibc}_{machine}" for glibc in _GLIBC]
    platforms += [f"manylinux2014_{machine}", f"linux_{machine}"]
    options = [f"--platform={platform}" for platform in platforms] + [f"--python-version={python}", "--no-deps"]
    left = dict(pins)
    while left:
        with tempfile.TemporaryDirectory() as target:
            wanted = [f"{name}=={version}" for name, version in left.items()]
            try:
                found = report([*options, f"--target={target}", *wanted])
            except subprocess.CalledProcessError as error:
                missing = _MISSING.search(error.stderr)
                if missing is None or canonical(missing[1]) not in left:
                    sys.exit(f"pip failed for Python {python}, {machine}:\n{error.stderr[-2000:]}")
                gone = canonical(missing[1])
                # Either all ROS wheels exist for an environment or none does, and each attempt takes seconds.
                left = {n: v for n, v in left.items() if n != gone and not (gone.startswith(ROS) and n.startswith(ROS))}
                continue
        return {name: sha256 for name, _, sha256 in found}
    return {}


def report(arguments: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return name, version and hash of all packages that pip would install."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--dry-run", "--ignore-installed", "--report", "-", *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in _LOCAL}
    environment["PIP_CONFIG_FILE"] = os.devnull
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    values: dict[str, Any] = json.loads(done.stdout)
    found = []
    for item in values["install"]:
        metadata, archive = item["metadata"], item["download_info"]["archive_info"]
        found.append((canonical(metadata["name"]), metadata["version"], archive["hashes"]["sha256"]))
    return found


def entry(name: str, version: str, hashes: dict[Environment, str]) -> str:
    """Return the lines of one package. A package without a file for some processors is required on the others only."""
    if not hashes:
        sys.exit(f"{name}=={version} has no file for any Python and processor")
    machines = {machine for _, machine in hashes}
    marker = "" if machines == set(MACHINES) else f' ; platform_machine == "{machines.pop()}"'
    lacking = [f"{p} {m}" for p in PYTHONS for m in MACHINES if (p, m) not in hashes and (not marker or m in marker)]
    remark = f"# {name}: none for Python {', '.join(lacking)}\n" if lacking else ""
    lines = " \\\n".join(f"    --hash=sha256:{sha256}" for sha256 in sorted(set(hashes.values())))
    return f"{remark}{name}=={version}{marker} \\\n{lines}\n"


def canonical(name: str) -> str:
    """Return a package's name in the form that indexes compare."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
