"""Whether two looks tell of one place, given how sure each is and how the robot moved in between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64
from reloc.geometry.covariance import pose_error, transport
from reloc.geometry.transforms import inverse

CHI2_99 = 11.345  # of three degrees of freedom: honest covariances explain 99 of 100 differences


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """Where one look put the camera."""

    stamp_ns: int
    world_from_cam: Float64  # (4, 4)
    covariance: Float64  # (6, 6), as in Localized
    odom_from_cam: Float64 | None  # (4, 4); None without odometry


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """What one look lies off where another one, and odometry in between, expects it."""

    position: Float64  # (3,) metres along the world's axes
    rotation: Float64  # (3,) radians about them
    covariance: Float64  # (6, 6) of both, by what the two looks say of themselves
    travelled_m: float | None  # by odometry; None without it


def difference(before: Sighting, after: Sighting) -> Difference:
    """``after`` against ``before``, carried along by odometry; without odometry the robot is taken to have stood."""
    motion, travelled = np.eye(4), None
    if before.odom_from_cam is not None and after.odom_from_cam is not None:
        motion = inverse(before.odom_from_cam) @ after.odom_from_cam
        travelled = float(np.linalg.norm(motion[:3, 3]))
    error = pose_error(before.world_from_cam @ motion, after.world_from_cam)
    expected = transport(before.covariance, before.world_from_cam, motion)
    return Difference(error[:3], error[3:], expected + after.covariance, travelled)


def is_explained(error: Float64, covariance: Float64, slack: float, near: float, far: float) -> bool:
    """Whether a difference (3,) may be an error of the looks.

    Args:
        error: metres or radians.
        covariance: (3, 3) of it, in their squares.
        slack: so much of its length the robot's motion explains.
        near: what is left is nearer than this: it is, whatever the covariance says. Sure looks err by more than
            they say where the map does.
        far: farther than this: it is not, whatever the covariance says. A look that is sure of nothing agrees with
            everything.
    """
    length = float(np.linalg.norm(error))
    left = max(0.0, length - slack)
    if left <= near:
        return True
    # Also what is not finite ends here.
    if not left <= far or not np.isfinite(covariance).all() or np.linalg.eigvalsh(covariance)[0] <= 0:
        return False
    rest = error * (left / length)
    return bool(rest @ np.linalg.solve(covariance, rest) <= CHI2_99)
