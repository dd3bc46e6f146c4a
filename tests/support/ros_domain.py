"""A ROS domain of its own for every test process, so that tests that run at the same time never hear each other."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path

# Up to 101 all ports of a domain are below the range the kernel hands out; 0 is what people use by default.
DOMAINS = range(1, 102)
_held: list[int] = []  # descriptors: the lock lasts until the process ends, however it ends


def claim() -> int:
    """Take a free domain for the rest of this process, set the environment for it and for its children.

    Raises:
        RuntimeError: all are taken.
    """
    folder = Path(tempfile.gettempdir()) / "reloc-ros-domains"
    folder.mkdir(exist_ok=True)
    start = os.getpid()
    for offset in range(len(DOMAINS)):
        domain = DOMAINS[(start + offset) % len(DOMAINS)]
        if _lock(folder / f"{domain}.lock"):
            os.environ["ROS_DOMAIN_ID"] = str(domain)
            os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
            return domain
    raise RuntimeError(f"All {len(DOMAINS)} ROS domains are taken; the locks are in {folder}")


def _lock(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o666)
    except PermissionError:  # another user's
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    _held.append(descriptor)
    return True
