"""What the page of a running robot shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reloc.arrays import Float64, hold_read_only

SILENT = "SILENT"
NO_IMAGES = "NO IMAGES"
# Okabe and Ito's colors, darker where white would stand behind them.
STATE_COLORS: dict[str, str] = {
    "TRACKING": "#009e73",
    "RELOCALIZING": "#56b4e9",
    "COASTING": "#e69f00",
    "SUSPECT": "#cc79a7",
    "LOST": "#d55e00",
    "UNLOCALIZED": "#9ca3af",
    NO_IMAGES: "#6b7280",
    SILENT: "#111827",
}


@dataclass(frozen=True, slots=True)
class LiveLook:
    """One processed image, as the localizer's status describes it."""

    at_s: float  # time at which it was heard, monotonic clock
    state: str
    accepted: bool
    reason: str = ""
    detail: str = ""
    certainty: float = 0.0  # 0 where it is not known
    latency_ms: float = 0.0  # from the start of processing to the answer
    age_ms: float = 0.0  # from capture to the status
    evidence: tuple[tuple[str, str], ...] = ()  # name and value of each term
    stages: tuple[tuple[str, float], ...] = ()  # name and milliseconds
    map_hash: str = ""  # content hash of the robot's map


@dataclass(frozen=True, slots=True, eq=False)
class LivePose:
    """An accepted pose of the robot's base."""

    world_from_base: Float64  # (4, 4)
    covariance: Float64  # (6, 6)

    def __post_init__(self) -> None:
        hold_read_only(self, "world_from_base", "covariance")


@dataclass(frozen=True, slots=True)
class LiveButtons:
    """What the page's buttons do. Each is called by a thread of the server, and returns at once."""

    relocalize: Callable[[], None]
    reinitialize: Callable[[], None]
