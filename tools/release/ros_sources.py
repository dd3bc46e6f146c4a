"""Write the ROS packages as bloom needs them: each folder whole, with license and changelog, without links out of it.

    python tools/release/ros_sources.py out/ros_sources

bloom releases one folder at a time, but reloc_node's launch files and reloc's networks are links to launch/ and models/
of the repository. docs/release.md says what to do with the folder. Maintainers that nobody can reach are refused.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from release.changelog import to_rst  # noqa: E402

PACKAGES = ("reloc_msgs", "reloc", "reloc_node")  # the demo is for a checkout
# rosdep's own lists do not have these packages until they are released.
ROSDEP = """\
reloc_msgs:
  ubuntu: [ros-jazzy-reloc-msgs]
reloc:
  ubuntu: [ros-jazzy-reloc]
"""
_LEFT_OUT = ("__pycache__", "build", "*.egg-info", "posenet-demo")


def write(out: Path, root: Path = ROOT) -> list[Path]:
    """Write the packages below ``out``, which must not exist. Return their folders.

    Raises:
        SystemExit: it exists.
    """
    if out.exists():
        sys.exit(f"{out} exists; give a new folder")
    made = []
    for name in PACKAGES:
        source = root / "ros2_ws" / "src" / name
        made.append(
            Path(shutil.copytree(source, out / name, symlinks=False, ignore=shutil.ignore_patterns(*_LEFT_OUT)))
        )
        shutil.copy(root / "LICENSE", out / name)
        package = out / name / "package.xml"
        # In the repository the license lies above the package, where this attribute must not point to.
        package.write_text(package.read_text().replace("<license>", '<license file="LICENSE">'))
        (out / name / "CHANGELOG.rst").write_text(to_rst((root / "CHANGELOG.md").read_text(), name))
    (out / "rosdep.yaml").write_text(ROSDEP)
    return made


def unreachable(folders: list[Path]) -> list[str]:
    """Return the maintainers' addresses that are placeholders."""
    texts = [(folder / "package.xml").read_text() for folder in folders]
    return sorted({address for text in texts for address in re.findall(r'email="([^"]*\.invalid)"', text)})


def main() -> int:
    """Write the folders. Return 1 if they cannot be released yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="FOLDER", help="a new folder")
    folders = write(parser.parse_args().out)
    print("\n".join(map(str, folders)))
    if addresses := unreachable(folders):
        print(f"Not ready: the maintainer's address {addresses[0]} is a placeholder; write your own into package.xml")
    return int(bool(addresses))


if __name__ == "__main__":
    sys.exit(main())
