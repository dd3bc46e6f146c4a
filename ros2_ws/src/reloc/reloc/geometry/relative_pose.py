"""The pose of a query relative to one reference."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from reloc.arrays import Float64, hold_read_only


class Scale(Enum):
    """Whether the length of a relative translation is in meters."""

    METRIC = "metric"
    UNKNOWN = "unknown"  # only the direction is known


@dataclass(frozen=True, slots=True, eq=False)
class RelativePose:
    """The pose of a query relative to one reference."""

    ref_from_cam: Float64  # (4, 4); with Scale.UNKNOWN the translation has length 1 (or 0)
    scale: Scale
    uncertainty: float = 0.0  # smaller is more certain; only compared between estimates of one method
    inliers: int = 0

    def __post_init__(self) -> None:
        hold_read_only(self, "ref_from_cam")
