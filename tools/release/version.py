"""The version: print it where it stands, or write a new one into all of these files.

    python tools/release/version.py            print it; fails if the files differ
    python tools/release/version.py 0.2.0      write it

`reloc.version` is the source: the wheel takes it from there. A package.xml, from which colcon and bloom take theirs,
and CITATION.cff cannot refer to it, so they hold a copy.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "ros2_ws/src/reloc/reloc/version.py"
# The version of each file is the first group of the pattern's only match.
PATTERNS = {
    SOURCE: r'^VERSION = "(.*)"$',
    "ros2_ws/src/reloc/package.xml": r"^  <version>(.*)</version>$",
    "ros2_ws/src/reloc_msgs/package.xml": r"^  <version>(.*)</version>$",
    "ros2_ws/src/reloc_node/package.xml": r"^  <version>(.*)</version>$",
    "ros2_ws/src/reloc_demo/package.xml": r"^  <version>(.*)</version>$",
    "CITATION.cff": r"^version: (.*)$",
}
VALID = re.compile(r"\d+\.\d+\.\d+")  # what bloom and pip both take


def found(root: Path = ROOT) -> dict[str, str]:
    """Return the version that each file says.

    Raises:
        SystemExit: a file says none, or more than one.
    """
    versions = {}
    for name, pattern in PATTERNS.items():
        matches = re.findall(pattern, (root / name).read_text(), re.MULTILINE)
        if len(matches) != 1:
            sys.exit(f"{name} has {len(matches)} lines {pattern}; one is expected")
        versions[name] = matches[0]
    return versions


def write(version: str, root: Path = ROOT) -> None:
    """Write a version into every file.

    Raises:
        SystemExit: it is no version of three numbers.
    """
    if not VALID.fullmatch(version):
        sys.exit(f"The version {version!r} is not three numbers such as 0.2.0, which pip and bloom both take")
    for name, old in found(root).items():
        text = (root / name).read_text()
        line = next(m for m in re.finditer(PATTERNS[name], text, re.MULTILINE))
        (root / name).write_text(text[: line.start(1)] + version + text[line.start(1) + len(old) :])


def main() -> int:
    """Print or write. Return 1 if the files differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", nargs="?", help="the new version, such as 0.2.0")
    args = parser.parse_args()
    if args.version is not None:
        write(args.version)
    versions = found()
    if len(set(versions.values())) == 1:
        print(versions[SOURCE])
        return 0
    print("\n".join(f"{name}: {version}" for name, version in versions.items()))
    return 1


if __name__ == "__main__":
    sys.exit(main())
