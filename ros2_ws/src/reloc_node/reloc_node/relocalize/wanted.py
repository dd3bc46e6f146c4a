"""Read and check a goal's requirements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np

from reloc.datatypes import Float64, Lost
from reloc.geometry.transforms import inverse
from reloc.trust.gate_config import GateConfig
from reloc_msgs.action import Relocalize
from reloc_node.frames import FARTHEST_M
from reloc_node.node_log import shown
from reloc_node.relocalize.config import RelocalizeConfig
from reloc_node.relocalize.region import Region, is_flat

LOOKS_MOST = 50  # certainty may take more looks than the gate would need by itself
SMALLEST_RATE = 1e-9
LONGEST_S = 7 * 24 * 3600.0
CORNERS_MOST = 10_000

Lookup = Callable[[str], Float64 | Lost]  # takes a frame's name, returns map_from_frame (4, 4)


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """A valid goal."""

    timeout_s: float
    certainty: float  # required certainty; 0 accepts what the gate accepts
    region: Region | None  # None allows any place

    def gate_config(self, config: GateConfig) -> GateConfig:
        """Return the gate's parameters with which an accepted place has the required certainty."""
        if self.certainty == 0.0:
            return config
        rate = min(config.max_false_accept_rate, max(1.0 - self.certainty, SMALLEST_RATE))
        return replace(config, max_false_accept_rate=rate, looks_most=LOOKS_MOST)


def read_goal(goal: Relocalize.Goal, config: RelocalizeConfig, map_frame: str, lookup: Lookup) -> Wanted | str:
    """Return the goal's requirements, or what is wrong with them as text."""
    seconds = goal.timeout.sec + goal.timeout.nanosec * 1e-9
    if seconds > LONGEST_S:
        return f"timeout is {seconds:g} s: give at most {LONGEST_S:g} s, or 0 for {config.timeout:g} s"
    if seconds < 0:
        return f"timeout is {seconds:g} s: give a positive time, or 0 for {config.timeout:g} s"
    certainty = float(goal.required_certainty)
    if not isfinite(certainty) or certainty < 0:
        return f"required_certainty is {certainty:g}: give 0 (what the gate accepts) to below 1"
    if certainty >= 1:
        return f"required_certainty is {certainty:g}, which is impossible; give less than 1, for example 0.999"
    region = _region(goal, map_frame, lookup)
    if isinstance(region, str):
        return region
    return Wanted(seconds or config.timeout, certainty or config.certainty, region)


def _region(goal: Relocalize.Goal, map_frame: str, lookup: Lookup) -> Region | str | None:
    if len(goal.region.points) > CORNERS_MOST:
        return f"region has {len(goal.region.points)} corners: give at most {CORNERS_MOST}"
    corners = np.array([(point.x, point.y) for point in goal.region.points], dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(corners).all():
        return "region has a corner that is not finite"
    if corners.size and np.abs(corners).max() > FARTHEST_M:
        return f"region has a corner at {np.abs(corners).max():g} m: give at most {FARTHEST_M:g} m"
    if len(corners) < 3:
        return None
    if is_flat(corners):
        return "region's corners lie on one line and enclose no area; give no corners to search everywhere"
    frame = goal.region_frame_id or map_frame
    if frame == map_frame:
        return Region(corners, np.eye(4))
    map_from_region = lookup(frame)
    if isinstance(map_from_region, Lost):
        return f"region_frame_id is {shown(frame)}, but its transform is unknown: {map_from_region.detail}"
    return Region(corners, inverse(map_from_region))
