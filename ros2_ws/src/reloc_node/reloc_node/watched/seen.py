"""The known state of a localizer at one moment."""

from __future__ import annotations

from dataclasses import dataclass


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
    error: bool  # whether its diagnostics report an error
    rate_hz: float  # looks per second, over the last seconds
    certainty: float  # 0 if it is unknown
    pose: SeenPose | None  # pose of the last look; None if that look gave none
