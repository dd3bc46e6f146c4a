"""Parameters of key frame selection."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate


@dataclass(frozen=True, slots=True)
class KeyframeConfig:
    """Which frames of a source become references. The rules apply in this order; the defaults keep every frame."""

    every: int = param(1, "The map keeps every N-th frame. Raising it makes a smaller map.", ge=1)
    min_distance_m: float = param(
        0.0,
        "A frame is kept if the camera moved at least this far since the last kept one. Raising it keeps "
        "fewer; 0 ignores distance.",
        unit="m",
        ge=0.0,
    )
    min_angle_deg: float = param(
        0.0,
        "A frame is kept if the camera turned at least this far since the last kept one. Raising it "
        "keeps fewer; 0 ignores rotation.",
        unit="deg",
        ge=0.0,
    )
    max_count: int = param(
        0,
        "The map keeps at most this many frames, evenly spread. Raising it makes a larger map; 0 sets no limit.",
        ge=0,
    )

    def __post_init__(self) -> None:
        validate(self)

    @property
    def by_motion(self) -> bool:
        """Whether frames without motion are dropped."""
        return self.min_distance_m > 0 or self.min_angle_deg > 0
