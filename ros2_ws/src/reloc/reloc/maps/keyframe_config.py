"""Parameters of the choice of key frames."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate


@dataclass(frozen=True, slots=True)
class KeyframeConfig:
    """Which frames of a source become references. They are applied in this order; all defaults keep every frame."""

    every: int = param(1, "keep each N-th frame", ge=1)
    min_distance_m: float = param(0.0, "keep a frame that moved so far from the last kept one", unit="m", ge=0.0)
    min_angle_deg: float = param(0.0, "keep a frame that turned so far from the last kept one", unit="deg", ge=0.0)
    max_count: int = param(0, "keep at most so many, spread evenly; 0: no limit", ge=0)

    def __post_init__(self) -> None:
        validate(self)

    @property
    def by_motion(self) -> bool:
        """Whether frames that did not move are dropped."""
        return self.min_distance_m > 0 or self.min_angle_deg > 0
