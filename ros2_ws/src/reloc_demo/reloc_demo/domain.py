"""The graph's environment: a ROS domain that no other run on this machine uses, and room for images."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reloc_node.dds import use_profile

# Up to 101 all ports of a domain are below the range the kernel hands out; 0 is what people use by default.
DOMAINS = range(1, 102)


@contextmanager
def own_domain() -> Iterator[int]:
    """Hold a free ROS domain, and set the environment for this process and its children.

    Raises:
        RuntimeError: all are taken.
    """
    folder = Path(tempfile.gettempdir()) / "reloc-ros-domains"
    folder.mkdir(exist_ok=True)
    for offset in range(len(DOMAINS)):
        domain = DOMAINS[(os.getpid() + offset) % len(DOMAINS)]
        try:
            lock = os.open(folder / f"{domain}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o666)
        except PermissionError:  # another user's
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        os.environ["ROS_DOMAIN_ID"] = str(domain)
        os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
        use_profile()
        try:
            yield domain
        finally:
            os.close(lock)
        return
    raise RuntimeError(f"All {len(DOMAINS)} ROS domains are taken; their locks are in {folder}")
