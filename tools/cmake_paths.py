"""Point the CMake files of the ROS wheels at this environment.

The exported files of the message packages contain folders of the machine that built the wheels,
``/opt/python/cp311-cp311/include/python3.11`` and ``…/site-packages/numpy/_core/include``. On other machines,
code that links against them does not compile. Run this script with the environment's own Python.
"""

from __future__ import annotations

import re
import sys
import sysconfig
from pathlib import Path

import numpy as np

BUILDERS_PYTHON = re.compile(r"/opt/python/[^/;\"]+/include/python3\.\d+")
BUILDERS_NUMPY = re.compile(r"/opt/python/[^/;\"]+/lib/python3\.\d+/site-packages/numpy/(?:_core|core)/include")


def patch(prefix: Path) -> int:
    """Fix every exported CMake file under ``prefix``.

    A second run changes nothing. Return the number of changed files.
    """
    changed = 0
    for path in sorted(prefix.glob("share/*/cmake/*.cmake")):
        old = path.read_text()
        new = BUILDERS_NUMPY.sub(lambda _: np.get_include(), old)
        new = BUILDERS_PYTHON.sub(lambda _: sysconfig.get_paths()["include"], new)
        if new != old:
            path.write_text(new)
            changed += 1
    return changed


if __name__ == "__main__":
    print(f"{patch(Path(sys.prefix))} files fixed")
