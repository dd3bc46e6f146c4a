"""The known state of a localizer at one moment."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from geometry_msgs.msg import PoseWithCovarianceStamped

from reloc.errors import PoseError
from reloc_msgs.msg import Status
from reloc_node.conversions.poses import from_pose, to_nanoseconds


@dataclass(frozen=True, slots=True)
class SeenPose:
    """An accepted pose of the robot's base."""

    stamp_s: float  # stamp of its image, seconds
    frame: str
    position: tuple[float, float, float]  # meters
    quaternion: tuple[float, float, float, float]  # x y z w
    yaw_deg: float
    sigma_m: float  # position sigma along the least certain direction


@dataclass(frozen=True, slots=True)
class LocalizerSeen:
    """The newest state of a localizer."""

    node: str
    state: str  # state of its gate, or of its life cycle before the first look
    reason: str  # why there is no pose; empty if there is one
    detail: str
    error: bool  # its diagnostics report an error
    rate_hz: float  # looks a second over the last seconds
    certainty: float  # 0 where it is not known
    pose: SeenPose | None  # of the last look; None where that gave none


def seen_pose(message: PoseWithCovarianceStamped) -> SeenPose | None:
    """Return the pose in a message; None where its numbers are none, or too large to compute with."""
    p, q = message.pose.pose.position, message.pose.pose.orientation
    covariance = np.asarray(message.pose.covariance, np.float64).reshape(6, 6)[:3, :3]
    try:
        rotation = from_pose(message.pose.pose)
        variance = float(np.linalg.eigvalsh(covariance)[-1]) if np.isfinite(covariance).all() else math.nan
    except (PoseError, np.linalg.LinAlgError):
        return None
    yaw = math.degrees(math.atan2(rotation[1, 0], rotation[0, 0]))
    numbers = (p.x, p.y, p.z, q.x, q.y, q.z, q.w, yaw, variance)
    if not all(math.isfinite(number) for number in numbers):
        return None
    stamp_s = to_nanoseconds(message.header.stamp) * 1e-9
    sigma = math.sqrt(max(0.0, variance))
    return SeenPose(stamp_s, message.header.frame_id, (p.x, p.y, p.z), (q.x, q.y, q.z, q.w), yaw, sigma)


def state_name(number: int) -> str:
    """Return the name of a state in a status message."""
    for name in ("UNLOCALIZED", "TRACKING", "COASTING", "SUSPECT", "LOST", "RELOCALIZING"):
        if getattr(Status, name, None) == number:
            return name
    return f"state {number}"


def certainty_of(status: Status) -> float:
    """Return the certainty in a status message; 0 where it is no number."""
    return float(status.certainty) if math.isfinite(status.certainty) else 0.0
