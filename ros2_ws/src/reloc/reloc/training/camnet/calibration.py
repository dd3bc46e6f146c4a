"""Calibrate CamNet's answers on held-out images before export.

The covariance is the spread of the poses that agree, plus a floor: their common error, which is the median error of a
fine pose by axis. Two scales then put 95 % of the errors inside the 95 % ellipsoid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.errors import ExportError
from reloc.localizers.camnet.consensus import PoseConsensus, agree
from reloc.training.calibration import JudgedAnswers, Scales, pose_errors, quantile
from reloc.training.camnet.judging import Asked, errors

FEWEST = 20  # answers needed to calibrate
AGREE = 2  # poses, as the localizer's default
MAX_M, MAX_DEG = 0.5, 15.0  # the localizer's defaults
FAMILIAR = 0.99  # share of queries whose first candidate is more similar than the limit


@dataclass(frozen=True, slots=True)
class CamNetJudgement:
    """The accuracy of the answers."""

    judged: JudgedAnswers
    scales: Scales
    floor_m: float
    floor_deg: float
    min_similarity: float
    asked: int

    def to_dict(self) -> dict[str, float]:
        """Return ``uncertainty`` of the encoder's metadata."""
        more = {"floor_m": self.floor_m, "floor_deg": self.floor_deg, "min_similarity": self.min_similarity}
        return {**self.scales.to_dict(), **{name: float(f"{value:.4g}") for name, value in more.items()}}


def judge(asked: list[Asked]) -> CamNetJudgement:
    """Calibrate.

    Raises:
        ExportError: too few queries were answered.
    """
    found: list[tuple[PoseConsensus, Asked]] = []
    for one in asked:
        met = agree(one.fine, np.ones(len(one.fine), np.bool_), MAX_M, np.deg2rad(MAX_DEG))
        if met is not None and met.inliers.sum() >= AGREE:
            found.append((met, one))
    if len(found) < FEWEST:
        raise ExportError(
            f"Only {len(found)} of {len(asked)} held-out images were answered; {FEWEST} are needed to calibrate",
            "Train longer, or hold out more: --held-out, --held-out-share",
        )
    poses = np.stack([met.world_from_cam for met, _ in found])
    truth = np.stack([one.truth for _, one in found])
    metres, radians = errors(poses, truth)
    floor_m, floor_rad = (max(1e-3, float(np.median(e) / np.sqrt(3.0))) for e in (metres, radians))
    stated = np.stack([met.covariance(floor_m, floor_rad, 1.0, 1.0) for met, _ in found])
    judged = JudgedAnswers(stated, pose_errors(poses, truth))
    least = -float(quantile(-np.array([[one.similarity] for one in asked]), FAMILIAR)[0])
    return CamNetJudgement(
        judged, judged.with_limits(*judged.honest()), floor_m, float(np.rad2deg(floor_rad)), least, len(asked)
    )
