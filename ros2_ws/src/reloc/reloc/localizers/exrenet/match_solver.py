"""Answer with the pose of ExReNet's matches, if enough of them agree and its covariance is small enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Candidate, Float64, Localized, Lost, LostReason, Support
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import is_usable
from reloc.geometry.image_grid import coverage
from reloc.localizers.exrenet import match_pose
from reloc.localizers.exrenet.match_pose import MatchPoseConfig
from reloc.localizers.exrenet.pair_matches import PairMatches
from reloc.localizers.networked.stated_uncertainty import StatedUncertainty
from reloc.localizers.networked.too_unsure import too_unsure


@dataclass(frozen=True, slots=True)
class MatchLimits:
    """Thresholds of an answer; see the parameters of ``exrenet``."""

    min_references: int
    min_share: float
    max_sigma_m: float
    max_sigma_deg: float


class MatchSolver:
    """Answer from matches with references of one map.

    Args:
        world_from_ref: (N, 4, 4) poses of all references.
        camera: the network's camera.
    """

    def __init__(
        self, world_from_ref: Float64, camera: Camera, calibration: StatedUncertainty, limits: MatchLimits
    ) -> None:
        self._world_from_ref, self._camera = world_from_ref, camera
        self._calibration, self._limits = calibration, limits
        self._config = MatchPoseConfig(min_share=limits.min_share)

    def answer(self, matches: PairMatches, candidates: tuple[Candidate, ...]) -> Localized | Lost:
        """Return the answer; ``candidates`` are the compared references, in the order of the matches."""
        limits, poses = self._limits, self._world_from_ref[[c.index for c in candidates]]
        found = match_pose.solve(poses, matches, self._camera, self._config)
        if found is None:
            offered = sum(len(sure) for sure in matches.sure)
            detail = f"{offered} places match in {len(matches)} references, but no pose explains them"
            return Lost(LostReason.TOO_FEW_MATCHES, detail, references=candidates)
        agreed = tuple(c for c, good in zip(candidates, found.agreed, strict=True) if good)
        support = Support(
            int(found.matches.sum()), int(found.inliers.sum()), coverage(found.uv_inliers, self._camera),
            found.error_px, runner_up_inliers=0,
        )  # fmt: skip
        if len(agreed) < limits.min_references:
            detail = (
                f"Only {len(agreed)} of {len(candidates)} references agree on a pose; {limits.min_references} required"
            )
            return Lost(LostReason.TOO_FEW_INLIERS, detail, support, candidates)
        scales = np.repeat([self._calibration.position_scale, self._calibration.rotation_scale], 3)
        covariance = found.covariance * np.outer(scales, scales)
        if not is_usable(covariance):
            return Lost(LostReason.NO_BASELINE, "The matches do not determine the position", support, agreed)
        if unsure := too_unsure(covariance, self._calibration, limits.max_sigma_m, limits.max_sigma_deg):
            return Lost(LostReason.UNCERTAIN, unsure, support, agreed)
        return Localized(found.world_from_cam, covariance, support, agreed)
