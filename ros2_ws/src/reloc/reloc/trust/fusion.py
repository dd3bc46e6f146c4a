"""Fuse looks along odometry; map -> odom follows the result.

This is an extended Kalman filter on the camera's pose in the world. Between two looks, odometry moves the pose and its
covariance, and adds its drift. A look corrects the pose by its share of the certainty. So map -> odom moves by less
than the looks scatter. The state is the camera's pose, not odometry's origin: from there, a look's rotation error would
act over the robot's whole path.

All times are the images' stamps. So a slow answer corrects the past, and odometry carries the correction to the
present.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reloc.datatypes import Float64
from reloc.distributions import CHI2_999_6DOF
from reloc.geometry.covariance import is_usable
from reloc.geometry.transforms import inverse, make, so3_exp
from reloc.trust.agreement import Sighting, difference, slack
from reloc.trust.gate_config import GateConfig

# A look that repeats another counts a tenth: its noise is new, its error is not.
REPEATED = 10.0


def fuse(
    before: Sighting, look: Sighting, config: GateConfig, by_odometry: bool = True, repeats: bool = False
) -> Sighting:
    """Return the estimate after a look that agrees with ``before``; its stamp and odometry are the look's.

    Args:
        before: the estimate so far.
        look: with a usable covariance.
        config: odometry's drift, or without it the fastest motion, is the process noise (one standard deviation).
        by_odometry: whether to use odometry.
        repeats: the look is not independent evidence (:mod:`reloc.trust.independence`).
    """
    off = difference(before, look, by_odometry)
    slack_m, slack_rad = slack(off, config)
    process = np.diag(np.square(np.repeat([slack_m, slack_rad], 3)))
    predicted = before.world_from_cam @ off.motion
    error = np.concatenate([off.position, off.rotation])
    prior, noise = off.expected_covariance + process, look.covariance * (REPEATED if repeats else 1.0)
    doubt = _beyond(error, prior + noise)
    pose, covariance = update(predicted, prior + doubt, error, noise + doubt)
    if not (is_usable(covariance) and np.isfinite(pose).all()):
        return look  # for example a covariance of a billion meters: nothing is left of the earlier estimate
    return replace(look, world_from_cam=pose, covariance=covariance)


def _beyond(error: Float64, covariance: Float64) -> Float64:
    """Return what both sides must err by beyond their covariance (6, 6) if they differ by ``error`` (6,): (6, 6).

    Local features know some combinations of position and rotation a hundred times better than others. If two looks
    differ along such a combination, because the map or odometry errs, the filter would move the pose far along the
    others. So the difference itself becomes noise in all directions.
    """
    if not is_usable(covariance) or error @ np.linalg.solve(covariance, error) <= CHI2_999_6DOF:
        return np.zeros((6, 6))
    return np.diag(np.repeat([error[:3] @ error[:3], error[3:] @ error[3:]], 3) / 3.0)


def update(predicted: Float64, prior: Float64, error: Float64, noise: Float64) -> tuple[Float64, Float64]:
    """Return the pose (4, 4) and its covariance (6, 6) after one step of the filter.

    Args:
        predicted: (4, 4) world_from_cam before the look.
        prior: (6, 6) covariance of it.
        error: (6,) of the look relative to the prediction, as in ``geometry.covariance.pose_error``.
        noise: (6, 6) covariance of the look.
    """
    total = prior + noise
    sigma = np.sqrt(np.diag(total))  # meters and radians differ in size: solve without units
    gain = np.linalg.solve(total / np.outer(sigma, sigma), prior / sigma[:, None]).T / sigma
    step = gain @ error
    pose = make(so3_exp(step[3:]) @ predicted[:3, :3], predicted[:3, 3] + step[:3])
    rest = np.eye(6) - gain
    covariance = rest @ prior @ rest.T + gain @ noise @ gain.T  # Joseph's form stays symmetric and positive
    return pose, (covariance + covariance.T) / 2


def world_from_odom(estimate: Sighting | None) -> Float64 | None:
    """Return (4, 4) odometry's frame in the world; None without an estimate or without odometry."""
    if estimate is None or estimate.odom_from_cam is None:
        return None
    return np.asarray(estimate.world_from_cam @ inverse(estimate.odom_from_cam))
