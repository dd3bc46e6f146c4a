"""Compute a query's pose by local features: match RootSIFT to the references of each place and solve place by place.

Retrieval proposes references, which are grouped by place. Every place is solved separately. The best is the answer if
it has enough support and no other place comes close. In a map without landmarks, each place is solved by one
generalized relative pose over its references.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

from reloc.config import param, validate
from reloc.datatypes import Candidate, LocalFeatures, Localized, Lost, LostReason, Prior, Query
from reloc.estimators import generalized_pose, landmark_pose
from reloc.estimators.acceptance.choice import choose, ranked
from reloc.estimators.acceptance.config import AcceptanceConfig
from reloc.estimators.acceptance.evidence.facts import Surroundings, facts_of
from reloc.estimators.acceptance.evidence.in_map import InMap
from reloc.estimators.acceptance.scores import ScoredHypothesis, score
from reloc.estimators.guided_match import match_near
from reloc.estimators.hypothesis import Hypothesis
from reloc.estimators.landmark_pose import LandmarkMatches
from reloc.estimators.observation import Observation, extractor_of, observe
from reloc.estimators.places import Places
from reloc.features.matcher import matcher_of
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.retriever import Retriever
from reloc.timing import StageClock

DEFAULT_ERROR_PX = 4.0
# Without landmarks a sample takes six matches instead of three, so more of them must be right.
PAIR_RATIO = 0.8
# The error between two drives of a depth tracker in Red Kitchen, relative to what exceeds the limit within one drive.
_DRIFT = 9.3
_CLOSE = 0.35  # a place with this share of the best one's inliers is compared with as many references


@dataclass(frozen=True, slots=True)
class FeaturesConfig(AcceptanceConfig):
    """Parameters of the estimator, in addition to those of acceptance."""

    kind: str = param(
        "",
        "Local features of this kind are matched; the map must have them. Empty uses those that the map was built "
        "with.",
        read_only=True,
        expert=True,
    )
    retrieval: str = param(
        "vlad", "This global descriptor proposes references; the map must contain it.", read_only=True, expert=True
    )
    candidates: int = param(
        30,
        "Retrieval proposes this many references. Raising it finds more difficult places and costs time.",
        ge=1,
        le=500,
        expert=True,
    )
    places: int = param(
        3,
        "At most this many places are tried: the best one and its possible rivals. Raising it finds more "
        "rivals and costs time.",
        ge=1,
        le=20,
        expert=True,
    )
    references: int = param(
        6,
        "At most this many references are matched in the best place. Raising it adds matches and costs time.",
        ge=1,
        le=100,
        expert=True,
    )
    rival_references: int = param(
        3,
        "At most this many references are matched at first in every other place. Raising it compares "
        "places more fairly and costs time.",
        ge=1,
        le=100,
        expert=True,
    )
    max_ratio: float = param(
        0.9,
        "A match by Lowe's ratio is kept if its distance is below this share of the second nearest one's. Raising it "
        "keeps more matches, and more wrong ones.",
        ge=0.1,
        le=1.0,
        expert=True,
    )
    min_match_probability: float = param(
        0.02,
        "A match by dual softmax, as of points, is kept if its probability is at least this. Raising it keeps fewer "
        "matches, and fewer wrong ones.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    max_error_px: float = param(
        0.0,
        "An inlier has at most this reprojection error. Raising it accepts rougher matches; 0 uses 4 px, "
        "and more if the map's poses fit its images badly.",
        unit="px",
        ge=0.0,
        le=100.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True)
class FeatureLook:
    """The result of local features for a query, before one hypothesis is chosen."""

    observation: Observation
    candidates: tuple[Candidate, ...]  # proposed by retrieval, best first
    hypotheses: tuple[ScoredHypothesis, ...]  # the hypotheses of all tried places


class LocalFeatureEstimator:
    """Local features on one map. Never call it from two threads at once."""

    def __init__(self, config: FeaturesConfig, reference_map: ReferenceMap, retriever: Retriever) -> None:
        """Use :meth:`open`."""
        self.config = config
        self._map = reference_map
        self._retriever = retriever
        self._extractor = extractor_of(reference_map)
        self._matcher = matcher_of(self._extractor.softmax, config.max_ratio, config.min_match_probability)
        self._places = Places(reference_map)
        built_with = float(reference_map.manifest.report.get("max_error_px", DEFAULT_ERROR_PX))
        camera = reference_map.camera(0)
        rough_px = built_with / self._pixel(camera.width, camera.height) - DEFAULT_ERROR_PX
        self._max_error_px, self._acceptance = suited(config, max(0.0, rough_px))
        self._in_map = InMap(reference_map, (self._max_error_px / DEFAULT_ERROR_PX) ** 0.5)

    @classmethod
    def open(cls, config: FeaturesConfig, reference_map: ReferenceMap) -> Self:
        """Open the estimator on a map.

        Raises:
            PluginError: no retriever of the name ``config.retrieval``.
            MapFeatureError: the map has no descriptors of it.
        """
        return cls(config, reference_map, Retriever.open(reference_map, config.retrieval))

    @property
    def has_landmarks(self) -> bool:
        """Whether the map has landmarks to match; otherwise its references are solved as posed images."""
        return self._map.has_landmarks

    @property
    def features(self) -> str:
        """The kind of local features that are matched."""
        return self._extractor.name

    @property
    def pair_ratio(self) -> float:
        """Lowe's ratio of matches between two images, in a map without landmarks."""
        return min(self.config.max_ratio, PAIR_RATIO)

    def answer(self, query: Query, clock: StageClock) -> Localized | Lost:
        """Return the pose of the query's camera, with the features that it was computed from."""
        look = self.look(query, clock)
        if isinstance(look, Lost):
            return look
        answer = self.judge(look, query)
        if isinstance(answer, Lost) and (damaged := self._map.damaged):
            answer = replace(answer, detail=f"{answer.detail}; {damaged}")
        return with_features(answer, look)

    def look(self, query: Query, clock: StageClock) -> FeatureLook | Lost:
        """Solve and score each place that the query may show; :meth:`judge` then chooses one.

        Returns:
            Lost if the image cannot be used, shows too little, or retrieval finds nothing.
        """
        observation = self.observe(query, clock)
        if isinstance(observation, Lost):
            return observation
        candidates = self.propose(observation, query, self.config.candidates, clock)
        if not candidates:
            return Lost(LostReason.NO_CANDIDATES, "Retrieval found no reference")
        hypotheses: list[ScoredHypothesis] = []
        for rank, place in enumerate(self.places(candidates, self.config.places, self.config.references)):
            quick = place if rank == 0 else place[: self.config.rival_references]
            found = self.solve(observation, query, quick, clock)
            if len(quick) < len(place) and self._is_close(found, hypotheses):
                found = self.solve(observation, query, place, clock)  # compare descriptors of the same kind
            hypotheses += found
        return FeatureLook(observation, tuple(candidates[: self.config.references]), tuple(hypotheses))

    def judge(self, look: FeatureLook, query: Query, more: Sequence[ScoredHypothesis] = ()) -> Localized | Lost:
        """Choose the best of a look's hypotheses, and of ``more`` from elsewhere, if it meets the conditions."""

        hypotheses = [*look.hypotheses, *more]
        around = partial(self._around, look.observation, query)
        pixel, places = self._pixel(*look.observation.gray.shape), len(self._map)
        return choose(hypotheses, query.camera, self._acceptance, look.candidates, places, around, pixel)

    def facts(self, look: FeatureLook, query: Query) -> tuple[ScoredHypothesis, dict[str, float]]:
        """Return the best of a look's hypotheses and the facts about it, for training. There must be a hypothesis."""
        best, rivals, beside = ranked(look.hypotheses, self._acceptance)
        surroundings = self._around(look.observation, query, best.hypothesis)
        return best, facts_of(
            best, rivals, beside, query.camera, look.candidates, len(self._map), surroundings=surroundings
        )

    def _around(self, observation: Observation, query: Query, best: Hypothesis, twins: bool = True) -> Surroundings:
        return self._in_map.around(best, observation, query, self.max_error_px(observation), twins)

    def observe(self, query: Query, clock: StageClock, features: LocalFeatures | None = None) -> Observation | Lost:
        """Find the query's key points; return ``features`` if they are given."""
        return observe(query, self._extractor, clock, features)

    def propose(self, observation: Observation, query: Query, most: int, clock: StageClock) -> list[Candidate]:
        """Return the references that look most like the query: at most ``most``, best first."""
        with clock.stage("retrieve"):
            return self._retriever.rank(observation.gray, observation.features, most, query.without)

    def places(self, candidates: Sequence[Candidate], most: int, size: int) -> list[tuple[Candidate, ...]]:
        """Group candidates by place: at most ``most`` places of ``size`` references each, the best one's first."""
        return self._places.group(candidates, most, size)

    def match(
        self, observation: Observation, references: tuple[Candidate, ...], clock: StageClock
    ) -> LandmarkMatches | None:
        """Match the query with the landmarks of the references; None in a map without landmarks."""
        if not self._map.has_landmarks:
            return None
        with clock.stage("match"):
            return landmark_pose.match(observation, self._map, references, self._matcher)

    def solve(
        self,
        observation: Observation,
        query: Query,
        references: tuple[Candidate, ...],
        clock: StageClock,
        matches: LandmarkMatches | None = None,
    ) -> list[ScoredHypothesis]:
        """Solve one place: the pose that most matches agree on, and its rival if there is one.

        Args:
            references: the references of the place.
            matches: matches with their landmarks; :meth:`match` computes them by default.
        """
        matches = self.match(observation, references, clock) if matches is None else matches
        with clock.stage("solve"):
            return self._solved(observation, query, references, matches)

    def solve_near(
        self,
        prior: Prior,
        observation: Observation,
        query: Query,
        references: tuple[Candidate, ...],
        clock: StageClock,
    ) -> list[ScoredHypothesis]:
        """Solve from landmarks of the references, matched only where ``prior`` predicts them.

        Returns nothing in a map without landmarks.
        """
        if not self._map.has_landmarks:
            return []
        ratio, max_error_px = self.config.max_ratio, self.max_error_px(observation)
        with clock.stage("guide"):
            matches = match_near(prior, observation, query.camera, self._map, references, ratio, max_error_px)
            return self._solved(observation, query, references, matches)

    def max_error_px(self, observation: Observation) -> float:
        """Return the largest reprojection error of an inlier. A large image is shrunk before detection, so its key
        points are coarser.
        """
        return self._max_error_px * self._pixel(*observation.gray.shape)

    def _pixel(self, *sides: int) -> float:
        """Return the size of a pixel of the image in which key points are found, in pixels of the given image."""
        return max(1.0, max(sides) / self._extractor.max_side)

    def _solved(
        self,
        observation: Observation,
        query: Query,
        references: tuple[Candidate, ...],
        matches: LandmarkMatches | None,
    ) -> list[ScoredHypothesis]:
        camera, max_error_px = query.camera, self.max_error_px(observation)
        if matches is None:
            one = generalized_pose.solve(observation, camera, self._map, references, self.pair_ratio, max_error_px)
            found = [] if one is None else [one]
        else:
            found = landmark_pose.solve(observation, camera, self._map, matches, references, max_error_px)
        return [score(hypothesis, observation, camera, self._map) for hypothesis in found]

    def _is_close(self, found: Sequence[ScoredHypothesis], before: Sequence[ScoredHypothesis]) -> bool:
        most = max((h.inliers for h in before), default=0)
        return any(h.inliers > _CLOSE * most for h in found)


def with_features(answer: Localized | Lost, look: FeatureLook) -> Localized | Lost:
    """Add the query's local features to an answer, so that verification need not extract them again."""
    return replace(answer, features=look.observation.features) if isinstance(answer, Localized) else answer


def suited(config: FeaturesConfig, rough_px: float) -> tuple[float, FeaturesConfig]:
    """Return the limit for an inlier in pixels, and what is known of a map whose poses err by ``rough_px``.

    The build measures how well poses fit the images: to a pixel for structure from motion, less for a depth tracker. A
    query meets landmarks of several references, each with its own pose error, so twice the error is allowed. A wider
    limit lets more matches fit a wrong pose by chance, which the evidence counts. A tracker's poses also drift between
    two drives, by more than within one; nothing in a map of one drive shows it.
    """
    max_error_px = config.max_error_px or DEFAULT_ERROR_PX + 2.0 * rough_px
    return max_error_px, replace(config, map_error_px=config.map_error_px or _DRIFT * rough_px)
