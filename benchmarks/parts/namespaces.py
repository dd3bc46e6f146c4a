"""Whether this machine lets a user make namespaces; many containers do not. Faults then take another way."""

from __future__ import annotations

import os
import subprocess

PLAIN = "RELOC_FAULTS_PLAIN"  # set: take the other way in any case


def may_make(*kinds: str) -> bool:
    """Return whether ``unshare`` with these options works here, such as ``--net``."""
    if os.environ.get(PLAIN):
        return False
    try:
        return subprocess.run(["unshare", "-r", *kinds, "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False
