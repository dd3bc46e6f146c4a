"""Set up Fast DDS with enough shared memory for images (fastdds.xml explains why).

The memory belongs to the sender, so the camera's driver needs the profile, too::

    export FASTRTPS_DEFAULT_PROFILES_FILE=$(python -m reloc_node.dds)
"""

from __future__ import annotations

import os
from pathlib import Path

# Each name is read by some version of Fast DDS. Other middlewares read neither.
VARIABLES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")
PROFILE = Path(__file__).with_name("fastdds.xml")


def use_profile() -> None:
    """Set the profile for this process and its children, unless one is set. Call it before ``rclpy.init``."""
    chosen = any(os.environ.get(name) for name in (*VARIABLES, "FASTDDS_BUILTIN_TRANSPORTS"))
    if not chosen:
        os.environ.update(dict.fromkeys(VARIABLES, str(PROFILE)))


if __name__ == "__main__":
    print(PROFILE)
