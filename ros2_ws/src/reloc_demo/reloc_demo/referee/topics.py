"""Which topics of the graph the referee looks at."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ament_index_python.packages import get_package_share_directory

IMAGE = "/camera/image_raw"
COMPRESSED = "/camera/image_raw/compressed"  # as it is kept in the bag
CAMERA_INFO = "/camera/camera_info"
ODOM = "/odom"
TF, TF_STATIC = "/tf", "/tf_static"
TRUTH = "/ground_truth/pose"
EVENTS = "/events"
POSE = "/localizer/pose"
POSE_WITH_COVARIANCE = "/localizer/pose_with_covariance"
STATUS = "/localizer/status"

JUDGED = (TRUTH, ODOM, POSE, POSE_WITH_COVARIANCE, STATUS, TF)
STATES = ("UNLOCALIZED", "TRACKING", "SUSPECT", "LOST", "RELOCALIZING")


@lru_cache(maxsize=1)
def definitions() -> dict[str, str]:
    """Definitions of the project's own messages, by their names."""
    folder = Path(get_package_share_directory("reloc_msgs")) / "msg"
    return {"reloc_msgs/msg/Status": (folder / "Status.msg").read_text()}
