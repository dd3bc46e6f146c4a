"""Parameters of the mode ``seed``, which sends a pose to another localizer."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate

CONFIRMATIONS = ("either", "pose", "tf", "none")


@dataclass(frozen=True, slots=True)
class SeedConfig:
    """Parameters of confirming and resending seeds."""

    confirm: str = param(
        "either",
        "A seed is confirmed by AMCL's `pose` (amcl_pose), its `tf` (map to base) or `either`. `none` "
        "sends it once without confirmation.",
        choices=CONFIRMATIONS,
    )
    timeout: float = param(
        3.0,
        "A seed that is not confirmed within this time is sent again. Raising it gives a slow localizer more time.",
        unit="s",
        ge=0.1,
        le=600.0,
    )
    attempts: int = param(5, "A seed is sent at most this many times. Raising it tries for longer.", ge=1, le=100)
    near_m: float = param(
        0.5,
        "A seed is confirmed if the other localizer's pose is within this distance in x and y, and turned by at "
        "most near_deg. Raising it accepts larger differences.",
        unit="m",
        ge=0.0,
        le=100.0,
        expert=True,
    )
    near_deg: float = param(
        20.0,
        "A seed is confirmed if the other localizer's yaw differs by at most this, and its place by near_m. "
        "Raising it accepts larger differences.",
        unit="deg",
        ge=0.0,
        le=180.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)
