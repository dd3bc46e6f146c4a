"""The record of one processed image that every publisher reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reloc.datatypes import Answer, Float64, UInt8
from reloc.geometry.cameras import Camera
from reloc.trust.gate import Verdict


@dataclass(frozen=True, slots=True)
class FrameLook:
    """One processed image and the gate's verdict on it."""

    stamp_ns: int
    answer: Answer
    verdict: Verdict
    stage_ms: Mapping[str, float]  # in the order of execution
    total_ms: float  # from the arrival of the image to the verdict
    base_from_cam: Float64 | None = None  # (4, 4)
    odom_from_base: Float64 | None = None  # (4, 4) at the image's time
    image: UInt8 | None = None  # (H, W) or (H, W, 3), if it could be converted
    camera: Camera | None = None  # of the image
