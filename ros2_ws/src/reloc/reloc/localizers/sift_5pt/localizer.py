"""``sift_5pt``: the papers' classical baseline (ExReNet paper, sections IV.A and IV.C 1; Zhou et al. 2019).

It retrieves five diverse references, computes an essential matrix with each, and intersects their rays. It is kept as
published, for comparison, with two changes. It is Lost where the paper would fall back on the retrieved pose. And an
inlier's rotation must agree too, because any two rays that meet would be an "answer".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

import numpy as np

from reloc.config import param, same, validate
from reloc.datatypes import Candidate, Localized, Lost, LostReason, Query, Support
from reloc.estimators.local_features import FeaturesConfig
from reloc.estimators.observation import Observation, extractor_of, observe
from reloc.features.rootsift import as_unit
from reloc.geometry import triangulation
from reloc.geometry.covariance import is_usable
from reloc.geometry.image_grid import coverage
from reloc.geometry.triangulation import PoseTriangulationConfig, Triangulation
from reloc.localizers.localizer import Localizer
from reloc.localizers.sift_5pt.five_point import EssentialPose, FivePoint, FivePointConfig, PairView
from reloc.maps import added_features
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.retriever import Retriever
from reloc.threads import parallel
from reloc.timing import StageClock

_KIND = "rootsift"


@dataclass(frozen=True, slots=True)
class Sift5ptConfig:
    """Parameters of the localizer; the defaults are the paper's if it gives any."""

    retrieval: str = same(FeaturesConfig, "retrieval", default="densevlad")
    references: int = param(
        5,
        "The image is matched with this many references that stand apart from each other. Raising it costs time.",
        ge=2,
        le=50,
        expert=True,
    )
    max_ratio: float = same(FivePointConfig, "max_ratio")
    max_epipolar_px: float = same(FivePointConfig, "max_epipolar_px")
    min_inliers: int = same(FivePointConfig, "min_inliers", default=20)
    max_angle_deg: float = same(PoseTriangulationConfig, "max_angle_deg")
    max_rotation_deg: float = same(PoseTriangulationConfig, "max_rotation_deg", default=15.0)
    min_references: int = param(
        3,
        "At least this many references must agree; any two always meet in a pose. Raising it refuses more answers.",
        ge=2,
        le=50,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


class Sift5pt(Localizer):
    """Localize by pairwise essential matrices and triangulation."""

    name: ClassVar[str] = "sift_5pt"
    Config: ClassVar[type[Sift5ptConfig]] = Sift5ptConfig
    wants: ClassVar[Literal["gray", "rgb"]] = "gray"
    leaves_out: ClassVar[bool] = True
    config: Sift5ptConfig

    def __init__(self, config: Sift5ptConfig, reference_map: ReferenceMap, retriever: Retriever) -> None:
        """Use :meth:`from_map`."""
        added_features.require(reference_map.path, reference_map.manifest, _KIND, self.name)
        super().__init__(config, reference_map)
        reference_map.features(0)  # so that descriptors that are read on request are there for the first image
        self._retriever = retriever
        self._extractor = extractor_of(reference_map)
        self._pairs = FivePoint(FivePointConfig(config.max_ratio, config.max_epipolar_px, config.min_inliers))
        self._triangulation = PoseTriangulationConfig(
            max_angle_deg=config.max_angle_deg, max_rotation_deg=config.max_rotation_deg
        )

    @classmethod
    def wanted_features(cls, config: Sift5ptConfig) -> str:
        """Return the one kind of local features that it works with."""
        return _KIND

    @classmethod
    def from_map(cls, config: Sift5ptConfig, reference_map: ReferenceMap) -> Self:
        """Open the localizer on a map.

        Raises:
            PluginError: there is no retriever of the name ``config.retrieval``.
            MapFeatureError: the map has no descriptors of it.
        """
        return cls(config, reference_map, Retriever.open(reference_map, config.retrieval))

    def localize(self, query: Query) -> Localized | Lost:
        """Return the pose of the query's camera."""
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
            detail = f"Only {len(pairs)} references have {self.config.min_inliers} matches that agree; 2 required"
            return Lost(LostReason.TOO_FEW_MATCHES, detail)
        world_from_ref = self._map.world_from_cam[[c.index for c in used]]
        met = triangulation.triangulate(world_from_ref, [p.relative for p in pairs], self._triangulation)
        if met is None:
            return Lost(LostReason.NO_BASELINE, "The references' rays do not meet")
        support = _support(met, observation, query, pairs)
        if met.number < self.config.min_references:
            detail = f"Only {met.number} references agree on a pose; {self.config.min_references} required"
            return Lost(LostReason.TOO_FEW_INLIERS, detail, support)
        if not is_usable(met.covariance):
            return Lost(LostReason.NO_BASELINE, "The rays that agree do not determine the position", support)
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
