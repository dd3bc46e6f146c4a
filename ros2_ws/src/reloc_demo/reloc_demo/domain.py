"""Set up the environment of the ROS graph: a domain that no other run on this machine uses, and shared memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from reloc.locks import open_lock, private_folder, try_lock
from reloc_node.dds import use_profile

# Up to 101, all ports of a domain are below the kernel's own range; 0 is the default domain.
DOMAINS = range(1, 102)


@contextmanager
def own_domain() -> Iterator[int]:
    """Lock a free ROS domain, and set the environment for this process and its children.

    Only this user's runs are considered, because another user could create wrong locks in a public folder.

    Raises:
        RuntimeError: all domains are in use.
        LockError: the folder of the locks, or a lock, belongs to another user.
    """
    folder = private_folder("ros-domains")
    for offset in range(len(DOMAINS)):
        domain = DOMAINS[(os.getpid() + offset) % len(DOMAINS)]
        lock = open_lock(folder / f"{domain}.lock")
        if not try_lock(lock):
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
    raise RuntimeError(f"All {len(DOMAINS)} ROS domains are in use; their locks are in {folder}")
