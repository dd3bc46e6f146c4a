"""Decide which looks are independent evidence and which repeat an earlier one.

The errors of looks are not independent, least of all those of a pose network, which errs alike on alike images. A robot
that stands still gets the same wrong pose ten times a second, and ten looks prove no more than one. A look does add
evidence if its covariance is small relative to the motion between two looks: the same error would then show. Precise
key points measure the image itself, so a robot that stands still may count each look.
"""

from __future__ import annotations

from math import radians

import numpy as np

from reloc.geometry.covariance import sigmas
from reloc.geometry.transforms import angle, inverse
from reloc.trust.agreement import Sighting
from reloc.trust.gate_config import GateConfig


def is_new_evidence(before: Sighting, after: Sighting, config: GateConfig, by_odometry: bool = True) -> bool:
    """Return whether a look may count beside an earlier one that agrees with it.

    It may not if both looks have the same stamp. It may if it is precise, or if ``config.same_view`` is 0. It also may
    if the camera moved or turned by more than ``config.same_view`` times the look's standard deviation. Odometry
    measures the motion if available, otherwise the looks do.
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
