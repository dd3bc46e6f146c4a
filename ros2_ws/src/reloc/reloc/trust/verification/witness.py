"""Compare an image with chosen references by local features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from reloc.datatypes import Candidate, LocalFeatures, Localized, Lost, Query
from reloc.estimators.acceptance.scores import ScoredHypothesis
from reloc.estimators.landmark_pose import LandmarkMatches
from reloc.estimators.local_features import FeatureLook, FeaturesConfig, LocalFeatureEstimator
from reloc.estimators.observation import Observation
from reloc.maps.reference_map import ReferenceMap
from reloc.timing import StageClock
from reloc.trust.verification.chance import Trials
from reloc.trust.verification.epipolar import epipolar
from reloc.trust.verification.reprojection import reprojections

PROPOSED = 30  # number of references that retrieval proposes


class Witness:
    """An estimator by local features that uses given references instead of retrieval's."""

    # Its poses are those of this method, so this method's calibration applies to them.
    name: ClassVar[str] = "features"

    def __init__(self, estimator: LocalFeatureEstimator, reference_map: ReferenceMap) -> None:
        """Use :func:`open_witness`."""
        self._estimator = estimator
        self._map = reference_map

    @property
    def config(self) -> FeaturesConfig:
        """Thresholds for a pose of its own."""
        return self._estimator.config

    def see(self, query: Query, features: LocalFeatures | None, clock: StageClock) -> Observation | Lost:
        """Find the query's key points; return ``features`` if they are given."""
        return self._estimator.observe(query, clock, features)

    def match(
        self, observation: Observation, references: tuple[Candidate, ...], clock: StageClock
    ) -> LandmarkMatches | None:
        """Match with the landmarks of the references; None in a map without landmarks."""
        return self._estimator.match(observation, references, clock)

    def poses(
        self,
        observation: Observation,
        query: Query,
        matches: LandmarkMatches | None,
        references: tuple[Candidate, ...],
        clock: StageClock,
    ) -> list[ScoredHypothesis]:
        """Solve the poses that the matches with these references give, independent of the stated one."""
        return self._estimator.solve(observation, query, references, clock, matches)

    def consistency(
        self,
        pose: Localized,
        observation: Observation,
        query: Query,
        matches: LandmarkMatches | None,
        references: tuple[Candidate, ...],
        clock: StageClock,
    ) -> tuple[Trials, bool]:
        """Return which matches agree with a pose, and whether all of them lie on one plane."""
        limit, camera = self._estimator.max_error_px(observation), query.camera
        with clock.stage("consistency"):
            if matches is None:
                ratio = self._estimator.pair_ratio
                return epipolar(pose, observation, camera, self._map, references, ratio, limit)
            return reprojections(pose, observation, camera, self._map, matches, limit)

    def propose(self, observation: Observation, query: Query, clock: StageClock) -> list[Candidate]:
        """Return the references that retrieval finds most similar, anywhere in the map."""
        return self._estimator.propose(observation, query, PROPOSED, clock)

    def rivals(
        self,
        observation: Observation,
        query: Query,
        elsewhere: Sequence[Candidate],
        places: int,
        size: int,
        clock: StageClock,
    ) -> list[ScoredHypothesis]:
        """Solve candidates outside the view of the stated pose: at most ``places`` places of ``size`` each."""
        if places == 0:
            return []
        found: list[ScoredHypothesis] = []
        for place in self._estimator.places(elsewhere, places, size):
            found += self._estimator.solve(observation, query, place, clock)
        return found

    def answer_by(
        self,
        hypothesis: ScoredHypothesis,
        observation: Observation,
        query: Query,
        rivals: Sequence[ScoredHypothesis] = (),
    ) -> Localized | Lost:
        """Return one pose as ``features`` would answer it, with a covariance that covers the map's error, or Lost.

        Args:
            rivals: poses elsewhere that explain no more key points.
        """
        return self._estimator.judge(FeatureLook(observation, hypothesis.references, (hypothesis, *rivals)), query)


def open_witness(reference_map: ReferenceMap, retrieval: str, max_false_accept_rate: float) -> Witness:
    """Open a witness.

    Args:
        retrieval: name of the retriever; empty uses the default one, or the first that the map has.
        max_false_accept_rate: the verification's parameter, which replaces that of ``features``.

    Raises:
        PluginError: there is no retriever of that name.
        MapFeatureError: the map has no descriptors for it, or none at all.
    """
    default = FeaturesConfig()
    there = list(reference_map.manifest.build.get("retrievers", {}))
    if not retrieval and there and default.retrieval not in there:
        retrieval = str(there[0])
    retrieval = retrieval or default.retrieval
    config = replace(default, retrieval=retrieval, max_false_accept_rate=max_false_accept_rate)
    return Witness(LocalFeatureEstimator.open(config, reference_map), reference_map)
