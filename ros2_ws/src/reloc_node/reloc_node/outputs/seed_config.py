"""Parameters of the hand-over to another localizer."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate

CONFIRMATIONS = ("either", "pose", "tf", "none")


@dataclass(frozen=True, slots=True)
class SeedConfig:
    """How one knows that the other localizer took the pose, and what if it did not."""

    confirm: str = param(
        "either",
        "What shows that the other localizer took the seed: its `pose` on `amcl_pose`, its `tf` from the map to the "
        "base, `either` of them, or `none`: send it once and do not look",
        choices=CONFIRMATIONS,
    )
    timeout: float = param(3.0, "Time that it has to take a seed before it is sent another", unit="s", ge=0.1, le=600.0)
    attempts: int = param(5, "Seeds that are sent at most", ge=1, le=100)
    near_m: float = param(0.5, "It took the seed if it says a place nearer than this to the own one, and", unit="m",
                          ge=0.0, le=100.0)  # fmt: skip
    near_deg: float = param(20.0, "turned less than this", unit="deg", ge=0.0, le=180.0)

    def __post_init__(self) -> None:
        validate(self)
