"""Score hypotheses after solving, before one of them is chosen."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.datatypes import Candidate, Float64
from reloc.estimators.acceptance.agreement import agreement, contested
from reloc.estimators.acceptance.presence import presence
from reloc.estimators.hypothesis import Hypothesis
from reloc.estimators.observation import Observation
from reloc.geometry.cameras import Camera
from reloc.maps.reference_map import ReferenceMap


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ScoredHypothesis:
    """A hypothesis and its three scores, each a share from 0 to 1."""

    hypothesis: Hypothesis
    agreement: float = 1.0  # share of the image that matches the map and lies where the pose predicts
    presence: float = 1.0  # share of the predicted view that is in the image
    contested: float = 0.0  # share of the inliers that also look like something elsewhere

    @property
    def world_from_cam(self) -> Float64:
        """The pose (4, 4)."""
        return self.hypothesis.world_from_cam

    @property
    def covariance(self) -> Float64:
        """The pose's covariance (6, 6)."""
        return self.hypothesis.covariance

    @property
    def references(self) -> tuple[Candidate, ...]:
        """The references that the pose was computed from."""
        return self.hypothesis.references

    @property
    def inliers(self) -> int:
        """Number of key points of the query that the pose explains."""
        return self.hypothesis.inliers


def score(
    hypothesis: Hypothesis, observation: Observation, camera: Camera, reference_map: ReferenceMap
) -> ScoredHypothesis:
    """Score one hypothesis.

    Args:
        hypothesis: the solver's result.
        observation: the query that the hypothesis explains.
        camera: the query's camera.
        reference_map: the map of the hypothesis. Without landmarks, presence and contested have no effect.
    """
    residuals, explained = hypothesis.residuals, hypothesis.explained
    agrees = agreement(
        observation.features.uv, residuals.keypoint, residuals.off_px, residuals.distinct, camera, residuals.limit_px
    )
    if not len(explained.landmark):
        return ScoredHypothesis(hypothesis=hypothesis, agreement=agrees)
    return ScoredHypothesis(
        hypothesis=hypothesis,
        agreement=agrees,
        presence=presence(
            hypothesis.world_from_cam,
            camera,
            reference_map,
            hypothesis.references,
            residuals.landmark[residuals.inlier],
            observation.uv,
            explained.keypoint,
        ),
        contested=contested(residuals.keypoint, residuals.off_px, residuals.limit_px),
    )
