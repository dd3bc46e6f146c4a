"""Calibrate PoseNet's uncertainty on held-out references before export.

A held-out stretch of the drive lies between stretches that were learned, but a lost robot's images are farther away. So
views around the held-out references, rendered from these alone, are judged, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.localizers.posenet.regressed_pose import RegressedPose
from reloc.training.calibration import JudgedAnswers, Scales, pose_errors

QUARTERS = 4


def judged(outputs: Sequence[Mapping[str, NDArray[np.float32]]], truth: Float64) -> JudgedAnswers:
    """Return the errors of the network's outputs, in batches, against the true poses (N, 4, 4).

    Invalid poses are left out.
    """
    found = [RegressedPose.of(batch, i) for batch in outputs for i in range(len(batch["position"]))]
    pairs = [(answer, pose) for answer, pose in zip(found, truth, strict=True) if answer is not None]
    if not pairs:
        return JudgedAnswers(np.zeros((0, 6, 6)), np.zeros((0, 6)))
    poses = np.stack([answer.world_from_cam for answer, _ in pairs])
    covariances = np.stack([answer.covariance() for answer, _ in pairs])
    return JudgedAnswers(covariances, pose_errors(poses, np.stack([pose for _, pose in pairs])))


def calibrate(answers: JudgedAnswers, likeness: Float64) -> Scales:
    """Return scales with which 95 % of the errors lie inside the stated 95 % ellipsoid, in every quarter of the images.

    The quarters are by ``likeness`` (N,) to the references. The quarter with the lowest likeness resembles a lost
    robot's images most, and usually decides. See :meth:`reloc.training.calibration.JudgedAnswers.honest`.
    """
    quarters = np.array_split(np.argsort(likeness), QUARTERS)
    position_scale, rotation_scale = np.max([answers.some(quarter).honest() for quarter in quarters], axis=0)
    return answers.with_limits(float(position_scale), float(rotation_scale))
