"""Parameters of the kidnap test."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate


@dataclass(frozen=True, slots=True)
class KidnapConfig:
    """Parameters of the kidnaps."""

    kidnaps: int = param(
        100,
        "The robot is kidnapped this many times, shared evenly among the disturbances. Raising it takes "
        "longer and measures more exactly.",
        ge=1,
        le=1000000,
    )
    seed: int = param(0, "This seeds the test; the same seed gives the same kidnaps, whatever their number.", ge=0)
    hz: float = param(
        10.0,
        "The camera delivers images at this rate. Raising it gives the gate more looks in the same time.",
        unit="Hz",
        ge=0.5,
        le=120.0,
    )
    ms: float = param(
        100.0,
        "Each image is assumed to take this long to process, so that results do not depend on the machine. Raising it "
        "drops more images; 0 uses the measured time.",
        unit="ms",
        ge=0.0,
        le=60000.0,
    )
    before_s: float = param(
        1.0,
        "The robot drives for this time before a kidnap. Raising it takes longer; 0 kidnaps it at the start.",
        unit="s",
        ge=0.0,
        le=60.0,
        expert=True,
    )
    after_s: float = param(
        3.0,
        "The robot drives for at most this time after a kidnap. Raising it allows slower recoveries.",
        unit="s",
        ge=0.1,
        le=600.0,
        expert=True,
    )
    settle_s: float = param(
        0.5,
        "The robot drives on for this time after it recovered. Raising it finds more later errors; 0 stops at once.",
        unit="s",
        ge=0.0,
        le=60.0,
        expert=True,
    )
    stride: int = param(
        1, "A recording without stamps uses every N-th frame. Raising it drives faster.", ge=1, le=1000, expert=True
    )
    odometry_drift: float = param(
        0.02,
        "Odometry's scale errs by this standard deviation, as a share. Raising it makes odometry worse; "
        "0 makes the scale exact.",
        ge=0.0,
        le=0.5,
        expert=True,
    )
    odometry_drift_deg: float = param(
        1.0,
        "Odometry's heading errs by this standard deviation for each meter. Raising it makes odometry "
        "worse; 0 makes the heading exact.",
        unit="deg/m",
        ge=0.0,
        le=90.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)
