"""``sift_5pt``: the papers' classical baseline (ExReNet paper, sections IV.A and IV.C 1; Zhou et al. 2019).

Five references, diversified; an essential matrix with each; the query's centre where their rays meet.
Kept as published, for comparison, but for two things: it refuses where the paper would fall back on the
retrieved pose, and an inlier's rotation must agree too, since any two rays that meet make an "answer".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from reloc.config import param, validate
from reloc.datatypes import Candidate, Localized, Lost, LostReason, Query, Support
from reloc.estimators.image_grid import coverage
from reloc.estimators.observation import Observation, observe
from reloc.features.rootsift import as_unit
from reloc.geometry import triangulation
from reloc.geometry.covariance import is_usable
from reloc.geometry.triangulation import PoseTriangulationConfig, Triangulation
from reloc.localizers.feature_based import FeatureBased
from reloc.localizers.sift_5pt.five_point import EssentialPose, FivePoint, FivePointConfig, PairView
from reloc.maps import map_features
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.retriever import Retriever
from reloc.threads import parallel
from reloc.timing import StageClock


@dataclass(frozen=True, slots=True)
class Sift5ptConfig:
    """Parameters of the localizer; the defaults are the paper's where it gives any."""

    retrieval: str = param("densevlad", "Global descriptor that proposes references", read_only=True)
    references: int = param(5, "References, diversified", ge=2, le=50)
    max_ratio: float = param(0.8, "Lowe's ratio test; the paper tries 0.8 and 0.9", ge=0.1, le=1.0)
    max_epipolar_px: float = param(1.5, "Sampson distance of an inlier", unit="px", ge=0.1, le=50.0)
    min_inliers: int = param(20, "Matches that must agree on an essential matrix", ge=5, le=1000)
    max_angle_deg: float = param(15.0, "A ray farther off a hypothesis is no inlier", unit="deg", ge=0.0, le=90.0)
    max_rotation_deg: float = param(
        15.0, "Nor is a rotation; 180: not looked at, as in the paper", unit="deg", ge=0.0, le=180.0
    )
    min_references: int = param(3, "References that must agree; any two make a hypothesis", ge=2, le=50)

    def __post_init__(self) -> None:
        validate(self)


class Sift5pt(FeatureBased):
    """Localizes by pairwise essential matrices and triangulation."""

    name: ClassVar[str] = "sift_5pt"
    Config: ClassVar[type[Sift5ptConfig]] = Sift5ptConfig
    config: Sift5ptConfig

    def __init__(self, config: Sift5ptConfig, reference_map: ReferenceMap, retriever: Retriever) -> None:
        map_features.require(reference_map.path, reference_map.manifest, "rootsift", self.name)
        super().__init__(config, reference_map, retriever)
        self._pairs = FivePoint(FivePointConfig(config.max_ratio, config.max_epipolar_px, config.min_inliers))
        self._triangulation = PoseTriangulationConfig(
            max_angle_deg=config.max_angle_deg, max_rotation_deg=config.max_rotation_deg
        )

    def localize(self, query: Query) -> Localized | Lost:
        """Where the query's camera was."""
        clock = StageClock()
        observation = observe(query, self._extractor, clock)
        if isinstance(observation, Lost):
            return observation
        with clock.stage("retrieve"):
            candidates = self._retriever.diversified(
                observation.gray, observation.features, self.config.references, query.without
            )
        with clock.stage("relpose"):
            view = PairView(observation.uv, observation.unit, query.camera.pinhole)
            pairs = parallel(lambda c: self._pairs.estimate(view, self._reference(c.index)), candidates)
        found = [(c, p) for c, p in zip(candidates, pairs, strict=True) if p is not None]
        with clock.stage("triangulate"):
            answer = self._triangulate(observation, query, [c for c, _ in found], [p for _, p in found])
        if isinstance(answer, Lost):
            answer = replace(answer, references=candidates)
        return replace(answer, stage_ms=clock.stage_ms)

    def _reference(self, index: int) -> PairView:
        camera, features = self._map.camera(index), self._map.features(index)
        return PairView(camera.undistort(features.uv), as_unit(features.descriptors), camera.pinhole)

    def _triangulate(
        self, observation: Observation, query: Query, used: list[Candidate], pairs: list[EssentialPose]
    ) -> Localized | Lost:
        if len(pairs) < 2:
            detail = f"{len(pairs)} references have {self.config.min_inliers} matches that agree; 2 are needed"
            return Lost(LostReason.TOO_FEW_MATCHES, detail)
        world_from_ref = self._map.world_from_cam[[c.index for c in used]]
        met = triangulation.triangulate(world_from_ref, [p.relative for p in pairs], self._triangulation)
        if met is None:
            return Lost(LostReason.NO_BASELINE, "The references' rays do not meet")
        support = _support(met, observation, query, pairs)
        if met.number < self.config.min_references:
            detail = f"{met.number} references agree; {self.config.min_references} must"
            return Lost(LostReason.TOO_FEW_INLIERS, detail, support)
        if not is_usable(met.covariance):
            return Lost(LostReason.NO_BASELINE, "The rays that agree do not fix the position", support)
        agreed = tuple(c for c, good in zip(used, met.inliers, strict=True) if good)
        return Localized(met.world_from_cam, met.covariance, support, agreed, features=observation.features)


def _support(met: Triangulation, observation: Observation, query: Query, pairs: list[EssentialPose]) -> Support:
    good = [p for p, inlier in zip(pairs, met.inliers, strict=True) if inlier]
    explained = np.unique(np.concatenate([p.inliers_in_query for p in good])) if good else np.zeros(0, np.int32)
    uv = observation.features.uv[explained]
    return Support(
        matches=len(np.unique(np.concatenate([p.matched_in_query for p in pairs]))),
        inliers=len(explained),
        coverage=coverage(uv, query.camera),
        reprojection_px=0.0,  # essential matrices have no landmarks to reproject
        runner_up_inliers=0,
        uv_inliers=uv,
    )
