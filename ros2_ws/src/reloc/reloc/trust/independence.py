"""Which looks are evidence of their own, and which repeat the one before.

The errors of looks are not independent. Those of a pose network least: it errs alike wherever the image is alike, so a
robot that stands gets the same wrong pose ten times a second, and ten looks that agree prove no more than one. A look
whose covariance is small against the way between two looks does tell something new: had it been the same error, it
would have shown. Key points measure the image itself; where they are precise, a robot that stands may count each look.
"""

from __future__ import annotations

from math import radians

import numpy as np

from reloc.geometry.covariance import sigmas
from reloc.geometry.transforms import angle, inverse
from reloc.trust.agreement import Sighting
from reloc.trust.gate_config import GateConfig


def is_new_evidence(before: Sighting, after: Sighting, config: GateConfig, by_odometry: bool = True) -> bool:
    """Whether a look may count beside an earlier one that agrees with it.

    It may not if both are of one image's time. It may if it is precise, if ``config.same_view`` is 0, or if the camera
    moved or turned by more than that many of the look's standard deviations: by odometry where there is some, else by
    what the looks say themselves.
    """
    if before.stamp_ns == after.stamp_ns:
        return False
    sigma_m, sigma_rad = sigmas(after.covariance)
    if sigma_m <= config.precise_m and sigma_rad <= radians(config.precise_deg):
        return True
    if config.same_view == 0:
        return True
    if by_odometry and before.odom_from_cam is not None and after.odom_from_cam is not None:
        motion = inverse(before.odom_from_cam) @ after.odom_from_cam
    else:
        motion = inverse(before.world_from_cam) @ after.world_from_cam
    moved_m, turned_rad = float(np.linalg.norm(motion[:3, 3])), angle(motion[:3, :3])
    return moved_m > config.same_view * sigma_m or turned_rad > config.same_view * sigma_rad
