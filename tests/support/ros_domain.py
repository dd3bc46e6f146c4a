"""A ROS domain of its own for every test process, so that tests that run at the same time never hear each other."""

from __future__ import annotations

import os
from pathlib import Path

from reloc.locks import open_lock, private_folder, try_lock

# Up to 101 all ports of a domain are below the range the kernel hands out; 0 is what people use by default.
DOMAINS = range(1, 102)
_held: list[int] = []  # descriptors: the lock lasts until the process ends, however it ends


def claim() -> int:
    """Take a free domain for the rest of this process, set the environment for it and for its children.

    Raises:
        RuntimeError: all are taken.
    """
    folder = private_folder("ros-domains")  # that of the demo's runs, too
    start = os.getpid()
    for offset in range(len(DOMAINS)):
        domain = DOMAINS[(start + offset) % len(DOMAINS)]
        if _lock(folder / f"{domain}.lock"):
            os.environ["ROS_DOMAIN_ID"] = str(domain)
            os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
            return domain
    raise RuntimeError(f"All {len(DOMAINS)} ROS domains are taken; the locks are in {folder}")


def _lock(path: Path) -> bool:
    descriptor = open_lock(path)
    if not try_lock(descriptor):
        os.close(descriptor)
        return False
    _held.append(descriptor)
    return True
