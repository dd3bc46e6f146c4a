"""The map's images as witnesses: local features, asked what references of one's own choice say of an image."""

from __future__ import annotations

from collections.abc import Sequence

from reloc.datatypes import Candidate, LocalFeatures, Localized, Lost, Query
from reloc.localizers import _landmark_pose
from reloc.localizers._hypothesis import Hypothesis
from reloc.localizers._observation import Observation, observe
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

    def testify(
        self,
        observation: Observation,
        query: Query,
        answer: Localized,
        references: tuple[Candidate, ...],
        clock: StageClock,
    ) -> tuple[Trials, bool, list[Hypothesis]]:
        """What the references say of the stated pose, whether on one plane, and the poses that they make themselves."""
        max_error_px, camera = self.max_error_px(observation), query.camera
        if not self._map.has_landmarks:
            with clock.stage("consistency"):
                ratio = min(self.config.max_ratio, PAIR_RATIO)
                trials, planar = epipolar(answer, observation, camera, self._map, references, ratio, max_error_px)
            return trials, planar, self._solve(observation, query, references, clock)
        with clock.stage("match"):
            matches = _landmark_pose.match(observation, self._map, references, self.config.max_ratio)
        with clock.stage("consistency"):
            trials, planar = reprojections(answer, observation, camera, self._map, matches, max_error_px)
        with clock.stage("solve"):
            poses = _landmark_pose.solve(
                observation, camera, self._map, matches, references, max_error_px, self.config.max_rival
            )
        return trials, planar, poses

    def propose(self, observation: Observation, clock: StageClock) -> list[Candidate]:
        """What retrieval takes the image for, wherever that is."""
        with clock.stage("retrieve"):
            return self._retriever.rank(observation.gray, observation.features, PROPOSED)

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


def open_witness(reference_map: ReferenceMap, retrieval: str) -> Witness:
    """
    Raises:
        PluginError: no retriever of that name.
        MapFeatureError: the map has no descriptors of it.
    """
    return Witness.from_map(Witness.Config(retrieval=retrieval), reference_map)
