"""Choose key frames: those that add something to a map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reloc.config import param, validate
from reloc.datatypes import Float64
from reloc.geometry import transforms

if TYPE_CHECKING:
    from reloc.maps.source import SourceFrame


@dataclass(frozen=True, slots=True)
class KeyframeConfig:
    """Which frames of a source become references. They are applied in this order; all defaults keep every frame."""

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
        """Whether frames that did not move are dropped."""
        return self.min_distance_m > 0 or self.min_angle_deg > 0


def select(frames: Sequence[SourceFrame], config: KeyframeConfig) -> list[SourceFrame]:
    """The key frames, in order.

    With both a distance and an angle set, either suffices; with one set, only that one counts. A frame
    without pose cannot be compared and is kept.
    """
    kept = list(frames[:: config.every])
    if config.by_motion:
        kept = _moved(kept, config)
    if config.max_count and len(kept) > config.max_count:
        kept = [kept[i * len(kept) // config.max_count] for i in range(config.max_count)]
    return kept


def _moved(frames: Sequence[SourceFrame], config: KeyframeConfig) -> list[SourceFrame]:
    kept: list[SourceFrame] = []
    last: Float64 | None = None
    for frame in frames:
        pose = frame.world_from_cam
        if pose is None or last is None or _is_far(last, pose, config):
            kept.append(frame)
            last = pose if pose is not None else last
    return kept


def _is_far(last: Float64, pose: Float64, config: KeyframeConfig) -> bool:
    moved = config.min_distance_m > 0 and transforms.distance_between(last, pose) >= config.min_distance_m
    angle = math.radians(config.min_angle_deg)
    return moved or (angle > 0 and transforms.rotation_angle_between(last, pose) >= angle)
