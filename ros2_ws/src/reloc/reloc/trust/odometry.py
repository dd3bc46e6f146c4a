"""Judge odometry: absent, broken, jumped, or contradicted by the camera.

Odometry has no covariance here. In messages it is often zero, NaN or a guess, and TF has none. Its possible error
follows from ``GateConfig.drift`` and the distance traveled.

Odometry alone does not show that it is wrong: it is constant for a robot that stands still, too. So its motion over the
last accepted looks is compared with theirs. After several contradicting looks in a row it is not used, until both moved
and agree again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import radians

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import PoseError
from reloc.geometry.transforms import angle, check_rigid, inverse
from reloc.trust.agreement import Sighting, difference, is_explained, slack
from reloc.trust.gate_config import GateConfig

FARTHEST_M = 1e8  # no robot drives farther; a larger number is an error
CONTRADICTIONS = 3  # contradicting looks in a row that end the trust; a single look may be wrong
MOVED = 2.0  # a motion of this many tolerances shows whether odometry follows the camera


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Odometry at one image's stamp."""

    odom_from_cam: Float64 | None  # (4, 4); None if it is missing or unusable
    path_m: float  # traveled since it began
    path_rad: float
    jumped: bool  # the earlier readings are from another odometry


def is_pose(matrix: Float64) -> bool:
    """Return whether it is a rigid transform (4, 4), finite and not absurdly far."""
    try:
        return float(np.abs(check_rigid(matrix, "It")[:3, 3]).max()) < FARTHEST_M
    except (PoseError, np.linalg.LinAlgError):
        return False


class Odometry:
    """Read odometry at each image, and compare it with the accepted looks."""

    def __init__(self, config: GateConfig) -> None:
        self._config = config
        self._last: tuple[int, Float64] | None = None
        self._path_m = self._path_rad = 0.0
        self._seen: deque[Sighting] = deque()  # accepted looks, in one possible motion, within the window
        self._contradictions = 0
        self.trusted = True
        self.fault = ""  # why the last reading is unusable, for a person

    def use(self, config: GateConfig) -> None:
        """Use these parameters from now on."""
        self._config = config

    def read(self, odom_from_cam: Float64 | None, stamp_ns: int) -> Reading:
        """Read the pose (4, 4) at an image's stamp; None without odometry."""
        self.fault = (
            ""
            if self.trusted
            else "Odometry is not used: its motion contradicts the camera's; check the wheel odometry and base_frame"
        )
        if odom_from_cam is None:
            return Reading(None, self._path_m, self._path_rad, jumped=False)
        if not is_pose(odom_from_cam):
            self.fault = "Odometry's pose is not a rigid transform"
            return Reading(None, self._path_m, self._path_rad, jumped=False)
        jumped = False
        if self._last is not None:
            motion = inverse(self._last[1]) @ odom_from_cam
            moved_m, turned_rad = float(np.linalg.norm(motion[:3, 3])), angle(motion[:3, :3])
            seconds = (stamp_ns - self._last[0]) * 1e-9
            if moved_m > self._config.max_agree_m + self._config.max_odom_speed * seconds:
                self.fault = f"Odometry jumped by {moved_m:.3g} m in {seconds:.3g} s"
                jumped = True
                self._seen.clear()
            else:
                self._path_m, self._path_rad = self._path_m + moved_m, self._path_rad + turned_rad
        self._last = (stamp_ns, odom_from_cam)
        return Reading(odom_from_cam, self._path_m, self._path_rad, jumped)

    def compare(self, look: Sighting) -> None:
        """Compare odometry's motion with that of the accepted looks; ``look`` is the newest one."""
        if look.odom_from_cam is None:
            self._seen.clear()
            return
        config = self._config
        if self._seen and not self._may_follow(self._seen[-1], look):
            self._seen.clear()  # a kidnap: a motion that odometry could not have measured
        oldest_ns = look.stamp_ns - int(config.look_window_s * 1e9)
        while self._seen and self._seen[0].stamp_ns < oldest_ns:
            self._seen.popleft()
        self._seen.append(look)
        off = difference(self._seen[0], look)
        slack_m, slack_rad = slack(off, config)
        near_m, near_rad = config.agree_m, radians(config.agree_deg)
        agrees = is_explained(off.position, off.covariance[:3, :3], slack_m, near_m, np.inf) and is_explained(
            off.rotation, off.covariance[3:, 3:], slack_rad, near_rad, np.inf
        )
        self._contradictions = 0 if agrees else self._contradictions + 1
        if self._contradictions >= CONTRADICTIONS:
            self.trusted = False
        elif agrees and ((off.travelled_m or 0.0) > MOVED * near_m or (off.turned_rad or 0.0) > MOVED * near_rad):
            self.trusted = True

    def _may_follow(self, before: Sighting, after: Sighting) -> bool:
        """Return whether a robot can have moved like this, independent of odometry."""
        off = difference(before, after, by_odometry=False)
        slack_m, slack_rad = slack(off, self._config)
        metres, turn = float(np.linalg.norm(off.position)), float(np.linalg.norm(off.rotation))
        return metres <= slack_m + self._config.agree_m and turn <= slack_rad + radians(self._config.agree_deg)
