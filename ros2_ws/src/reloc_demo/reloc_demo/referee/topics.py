"""The topics that the referee records."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import reloc_msgs

IMAGE = "/camera/image_raw"
COMPRESSED = "/camera/image_raw/compressed"  # the topic of images in the bag
CAMERA_INFO = "/camera/camera_info"
ODOM = "/odom"
TF, TF_STATIC = "/tf", "/tf_static"
TRUTH = "/ground_truth/pose"
TRUTH_KEPT = 1000  # messages kept for late subscribers, for twenty seconds
EVENTS = "/events"
POSE = "/localizer/pose"
POSE_WITH_COVARIANCE = "/localizer/pose_with_covariance"
STATUS = "/localizer/status"

JUDGED = (TRUTH, ODOM, POSE, POSE_WITH_COVARIANCE, STATUS, TF)
STATES = ("UNLOCALIZED", "TRACKING", "SUSPECT", "LOST", "RELOCALIZING", "COASTING")  # by their numbers in Status


@lru_cache(maxsize=1)
def definitions() -> dict[str, str]:
    """Return definitions of the project's own messages by name."""
    # An install prefix holds lib/…/reloc_msgs and share/reloc_msgs, with or without AMENT_PREFIX_PATH.
    module = Path(reloc_msgs.__file__).resolve()
    shares = (parent / "share" / "reloc_msgs" / "msg" / "Status.msg" for parent in module.parents)
    file = next((file for file in shares if file.is_file()), None)
    if file is None:
        raise FileNotFoundError(f"No share/reloc_msgs/msg/Status.msg above {module}: build and install reloc_msgs")
    return {"reloc_msgs/msg/Status": file.read_text()}
