"""The graph's environment: a ROS domain that no other run on this machine uses, and room for images."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from reloc.locks import open_lock, private_folder, try_lock
from reloc_node.dds import use_profile

# Up to 101 all ports of a domain are below the range the kernel hands out; 0 is what people use by default.
DOMAINS = range(1, 102)


@contextmanager
def own_domain() -> Iterator[int]:
    """Hold a free ROS domain, and set the environment for this process and its children.

    Only this user's runs are known: locks in a folder that all users may write would be anybody's to plant or hold.

    Raises:
        RuntimeError: all are taken.
        LockError: the folder of the locks, or a lock, is not this user's own.
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
    raise RuntimeError(f"All {len(DOMAINS)} ROS domains are taken; their locks are in {folder}")
