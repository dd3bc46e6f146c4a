"""The map's images as witnesses: local features, asked what references of one's own choice say of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reloc.datatypes import Candidate, LocalFeatures, Localized, Lost, Query
from reloc.estimators import landmark_pose
from reloc.estimators.hypothesis import Hypothesis
from reloc.estimators.landmark_pose import LandmarkMatches
from reloc.estimators.observation import Observation, observe
from reloc.localizers.features import PAIR_RATIO, Features, Look
from reloc.maps.reference_map import ReferenceMap
from reloc.timing import StageClock
from reloc.trust.verification.chance import Trials
from reloc.trust.verification.epipolar import epipolar
from reloc.trust.verification.reprojection import reprojections

PROPOSED = 30  # references that retrieval takes for alike


class Witness(Features):
    """``features``, which looks where it is told instead of where retrieval says."""

    def see(self, query: Query, features: LocalFeatures | None, clock: StageClock) -> Observation | Lost:
        """The query's key points; ``features`` if they are known already."""
        return observe(query, self._extractor, clock, features)

    def match(
        self, observation: Observation, references: tuple[Candidate, ...], clock: StageClock
    ) -> LandmarkMatches | None:
        """Matches with the landmarks of the references; None in a map without landmarks."""
        if not self._map.has_landmarks:
            return None
        with clock.stage("match"):
            return landmark_pose.match(observation, self._map, references, self.config.max_ratio)

    def poses(
        self,
        observation: Observation,
        query: Query,
        matches: LandmarkMatches | None,
        references: tuple[Candidate, ...],
        clock: StageClock,
    ) -> list[Hypothesis]:
        """The poses that the matches with these references make, without a word of the stated one."""
        if matches is None:
            return self._solve(observation, query, references, clock)
        with clock.stage("solve"):
            limit = self.max_error_px(observation)
            return landmark_pose.solve(
                observation, query.camera, self._map, matches, references, limit, self.config.max_rival
            )

    def consistency(
        self,
        pose: Localized,
        observation: Observation,
        query: Query,
        matches: LandmarkMatches | None,
        references: tuple[Candidate, ...],
        clock: StageClock,
    ) -> tuple[Trials, bool]:
        """What the matches say of a pose, and whether all that is consistent lies on one plane."""
        limit, camera = self.max_error_px(observation), query.camera
        with clock.stage("consistency"):
            if matches is None:
                ratio = min(self.config.max_ratio, PAIR_RATIO)
                return epipolar(pose, observation, camera, self._map, references, ratio, limit)
            return reprojections(pose, observation, camera, self._map, matches, limit)

    def propose(self, observation: Observation, query: Query, clock: StageClock) -> list[Candidate]:
        """What retrieval takes the image for, wherever that is."""
        with clock.stage("retrieve"):
            return self._retriever.rank(observation.gray, observation.features, PROPOSED, query.without)

    def rivals(
        self,
        observation: Observation,
        query: Query,
        elsewhere: Sequence[Candidate],
        places: int,
        size: int,
        clock: StageClock,
    ) -> list[Hypothesis]:
        """Poses by candidates that are not in view of the stated one: at most ``places`` places of ``size`` each."""
        if places == 0:
            return []
        found: list[Hypothesis] = []
        for place in self._places.group(elsewhere, places, size):
            found += self._solve(observation, query, place, clock)
        return found

    def answer_by(self, hypothesis: Hypothesis, observation: Observation, query: Query) -> Localized | Lost:
        """One pose as ``features`` would answer it: with a covariance that allows for the map, or not at all."""
        return self.judge(Look(observation, hypothesis.references, (hypothesis,)), query)


def open_witness(reference_map: ReferenceMap, retrieval: str, min_planar_coverage: float) -> Witness:
    """With the retriever of that name; empty: the one of ``features``, or the first that the map has.

    Args:
        min_planar_coverage: of what verification accepts, in place of what ``features`` asks of an answer of its own.

    Raises:
        PluginError: no retriever of that name.
        MapFeatureError: the map has no descriptors of it, or none at all.
    """
    default = Witness.Config()
    there = list(reference_map.manifest.build.get("retrievers", {}))
    if not retrieval and there and default.retrieval not in there:
        retrieval = str(there[0])
    retrieval = retrieval or default.retrieval
    config = replace(default, retrieval=retrieval, min_planar_coverage=min_planar_coverage)
    return Witness.from_map(config, reference_map)
