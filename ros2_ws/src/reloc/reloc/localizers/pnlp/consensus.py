"""Combine the poses by several references: choose the answer, the references that agree with it, and its covariance.

The paper takes the candidate with the largest share of inliers (3.4) and ignores the others. But the depth of one image
may be wrong as a whole, and its points then agree on a wrong pose. Five images are seldom wrong in the same way. So
poses of other candidates must be near, and their scatter is part of the covariance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64
from reloc.geometry.covariance import pose_error
from reloc.geometry.transforms import distance_between, rotation_angle_between
from reloc.localizers.pnlp.points import LearnedPose, surest

ELSEWHERE_M, ELSEWHERE_DEG = 0.5, 20.0  # a candidate's pose farther away than this belongs to another place


@dataclass(frozen=True, slots=True, eq=False)
class PointConsensus:
    """The pose that answers, and the candidates that agree."""

    best: int  # number of the answering candidate
    pose: LearnedPose
    agreeing: tuple[int, ...]  # numbers of the candidates at the same place, the best first
    rival: int  # number of the candidate with the most inliers elsewhere; -1: none
    rival_inliers: int
    covariance: Float64  # (6, 6), not calibrated: the pose's covariance plus the scatter of the agreeing poses


def consensus(poses: Sequence[LearnedPose | None], min_inliers: int) -> PointConsensus | None:
    """Return the consensus of the candidates' poses; None if none has enough inliers."""
    best = surest(poses, min_inliers)
    pose = None if best is None else poses[best]
    if best is None or pose is None:
        return None
    there = [(i, other) for i, other in enumerate(poses) if other is not None and i != best]
    near = [(i, other) for i, other in there if other.inliers >= min_inliers and same_place(other, pose)]
    far = [(other.inliers, i) for i, other in there if not same_place(other, pose)]
    rival_inliers, rival = max(far, default=(0, -1))
    covariance = pose.covariance + _scatter(pose, [other for _, other in near])
    return PointConsensus(best, pose, (best, *(i for i, _ in near)), rival, rival_inliers, covariance)


def same_place(one: LearnedPose, other: LearnedPose) -> bool:
    """Return whether two poses may be the same pose with errors."""
    apart = distance_between(one.world_from_cam, other.world_from_cam)
    turned = rotation_angle_between(one.world_from_cam, other.world_from_cam)
    return apart <= ELSEWHERE_M and bool(np.rad2deg(turned) <= ELSEWHERE_DEG)


def _scatter(pose: LearnedPose, others: Sequence[LearnedPose]) -> Float64:
    """Return the second moment (6, 6) of the others about the pose, weighted by inlier share; zero if there are none.

    The pose itself is one of them, with zero error.
    """
    if not others:
        return np.zeros((6, 6))
    off = np.stack([pose_error(pose.world_from_cam, other.world_from_cam) for other in others])
    weights = np.array([other.share for other in others])
    return np.asarray((off * weights[:, None]).T @ off / (weights.sum() + pose.share))
