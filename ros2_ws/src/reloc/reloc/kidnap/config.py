"""How the robot is kidnapped: the test's parameters."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate


@dataclass(frozen=True, slots=True)
class KidnapConfig:
    """How the robot is kidnapped."""

    kidnaps: int = param(100, "Kidnaps, shared out evenly among the disturbances", ge=1, le=1000000)
    seed: int = param(0, "Seed: the same gives the same kidnaps, whatever their number", ge=0)
    hz: float = param(10.0, "Images a second", unit="Hz", ge=0.5, le=120.0)
    ms: float = param(
        0.0,
        "What an image is taken to cost; 0: the wall time measured, so that what is too slow here drops images",
        unit="ms",
        ge=0.0,
        le=60000.0,
    )
    before_s: float = param(1.0, "Drive before the kidnap", unit="s", ge=0.0, le=60.0)
    after_s: float = param(3.0, "Drive after it, at most", unit="s", ge=0.1, le=600.0)
    settle_s: float = param(0.5, "Drive on for so long once recovered", unit="s", ge=0.0, le=60.0)
    stride: int = param(1, "Frames of the source from one image to the next, where it has no stamps", ge=1, le=1000)
    odometry_drift: float = param(0.02, "Odometry's error of scale, one standard deviation", ge=0.0, le=0.5)
    odometry_drift_deg: float = param(
        1.0, "Odometry's error of heading a metre, one standard deviation", unit="deg/m", ge=0.0, le=90.0
    )

    def __post_init__(self) -> None:
        validate(self)
