"""What is known of a localizer at one moment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SeenPose:
    """An accepted pose of the robot's base."""

    stamp_s: float  # of its image
    frame: str
    position: tuple[float, float, float]  # meters
    quaternion: tuple[float, float, float, float]  # x y z w
    yaw_deg: float
    sigma_m: float  # of the least certain direction


@dataclass(frozen=True, slots=True)
class LocalizerSeen:
    """What it said last."""

    node: str
    state: str  # of its gate; of its life cycle where it has looked at no image
    reason: str  # why there is no pose; empty where there is one
    detail: str
    error: bool  # its diagnostics report an error
    rate_hz: float  # looks a second over the last seconds
    certainty: float  # 0 where it is not known
    pose: SeenPose | None  # of the last look; None where that gave none
