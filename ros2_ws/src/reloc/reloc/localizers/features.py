"""``features``: RootSIFT matches to the landmarks of the retrieved references, then PnP.

No training, no GPU. Retrieval proposes references, they are grouped by place, every place is solved on
its own, and the best is the answer if it has enough support and no other place comes near it. In a map
without landmarks each place is solved by one generalized relative pose over its references.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import ClassVar

from reloc.config import param, validate
from reloc.datatypes import Candidate, Localized, Lost, LostReason, Query
from reloc.estimators import generalized_pose, landmark_pose
from reloc.estimators.acceptance.ambiguity import Doubts
from reloc.estimators.acceptance.choice import choose
from reloc.estimators.acceptance.config import AcceptanceConfig
from reloc.estimators.hypothesis import Hypothesis
from reloc.estimators.observation import Observation, observe
from reloc.estimators.places import Places
from reloc.localizers.feature_based import FeatureBased
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.retriever import Retriever
from reloc.timing import StageClock

DEFAULT_ERROR_PX = 4.0
# Without landmarks a sample takes six matches instead of three: more of them must be right.
PAIR_RATIO = 0.8


@dataclass(frozen=True, slots=True)
class FeaturesConfig(AcceptanceConfig):
    """Parameters of the localizer, after those of acceptance."""

    retrieval: str = param("vlad", "Global descriptor that proposes references", read_only=True)
    candidates: int = param(30, "References that retrieval proposes", ge=1, le=500)
    places: int = param(3, "Places that are tried: the best one and its possible rivals", ge=1, le=20)
    references: int = param(6, "References matched in the best place", ge=1, le=100)
    rival_references: int = param(3, "References matched in each other place", ge=1, le=100)
    max_ratio: float = param(0.9, "Lowe's ratio test: nearest to next nearest", ge=0.1, le=1.0)
    max_error_px: float = param(
        0.0,
        "Reprojection error of an inlier; 0: 4, more where the map's poses fit its images badly",
        unit="px",
        ge=0.0,
        le=100.0,
    )

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True)
class Look:
    """What local features say of a query."""

    observation: Observation
    candidates: tuple[Candidate, ...]  # what retrieval proposed, best first
    hypotheses: tuple[Hypothesis, ...]  # of all places that were tried


class Features(FeatureBased):
    """Localizes by local features."""

    name: ClassVar[str] = "features"
    Config: ClassVar[type[FeaturesConfig]] = FeaturesConfig
    checks_itself: ClassVar[bool] = True
    config: FeaturesConfig

    def __init__(self, config: FeaturesConfig, reference_map: ReferenceMap, retriever: Retriever) -> None:
        super().__init__(config, reference_map, retriever)
        self._places = Places(reference_map)
        built_with = float(reference_map.manifest.report.get("max_error_px", DEFAULT_ERROR_PX))
        self._max_error_px, self._acceptance = _suited(config, max(0.0, built_with - DEFAULT_ERROR_PX))
        self._doubts = Doubts(self._acceptance, reference_map)

    def localize(self, query: Query) -> Localized | Lost:
        """Where the query's camera was."""
        clock = StageClock()
        look = self.look(query, clock)
        answer = look if isinstance(look, Lost) else self.judge(look, query)
        if isinstance(look, Look) and isinstance(answer, Localized):
            answer = replace(answer, features=look.observation.features)
        return replace(answer, stage_ms=clock.stage_ms)

    def look(self, query: Query, clock: StageClock) -> Look | Lost:
        """What explains the query, each place for itself, before one is chosen."""
        observation = observe(query, self._extractor, clock)
        if isinstance(observation, Lost):
            return observation
        with clock.stage("retrieve"):
            candidates = self._retriever.rank(
                observation.gray, observation.features, self.config.candidates, query.without
            )
        if not candidates:
            return Lost(LostReason.NO_CANDIDATES, "Retrieval found nothing")
        hypotheses: list[Hypothesis] = []
        for rank, place in enumerate(self._places.group(candidates, self.config.places, self.config.references)):
            quick = place if rank == 0 else place[: self.config.rival_references]
            found = self._solve(observation, query, quick, clock)
            if len(quick) < len(place) and self._is_close(found, hypotheses):
                found = self._solve(observation, query, place, clock)  # compare like with like
            hypotheses += found
        return Look(observation, tuple(candidates[: self.config.references]), tuple(hypotheses))

    def judge(self, look: Look, query: Query, more: Sequence[Hypothesis] = ()) -> Localized | Lost:
        """The best of its hypotheses, and of ``more`` from elsewhere, if it meets the conditions of an answer."""

        def doubts(best: Hypothesis) -> str:
            return self._doubts.about(best, look.observation, query, self.max_error_px(look.observation))

        return choose([*look.hypotheses, *more], query.camera, self._acceptance, look.candidates, doubts)

    def max_error_px(self, observation: Observation) -> float:
        """Reprojection error of an inlier. A large image is shrunk before detection: its key points are coarser."""
        longest: int = max(observation.gray.shape)
        return self._max_error_px * max(1.0, longest / self._extractor.max_side)

    def _is_close(self, found: list[Hypothesis], before: list[Hypothesis]) -> bool:
        most = max((h.inliers for h in before), default=0)
        return any(h.inliers > 0.5 * self.config.max_rival * most for h in found)

    def _solve(
        self, observation: Observation, query: Query, place: tuple[Candidate, ...], clock: StageClock
    ) -> list[Hypothesis]:
        max_error_px = self.max_error_px(observation)
        if not self._map.has_landmarks:
            with clock.stage("solve"):
                ratio = min(self.config.max_ratio, PAIR_RATIO)
                one = generalized_pose.solve(observation, query.camera, self._map, place, ratio, max_error_px)
                return [] if one is None else [one]
        with clock.stage("match"):
            matches = landmark_pose.match(observation, self._map, place, self.config.max_ratio)
        with clock.stage("solve"):
            return landmark_pose.solve(
                observation, query.camera, self._map, matches, place, max_error_px, self.config.max_rival
            )


def _suited(config: FeaturesConfig, rough_px: float) -> tuple[float, FeaturesConfig]:
    """The limit for an inlier in pixels, and what an answer needs, in a map whose poses are ``rough_px`` off.

    The build measures how well poses fit the images: to the pixel if they come from structure from motion, not if
    they come from a depth tracker. A query meets landmarks of several references at once, whose poses err each in its
    own way: hence twice as far. The wider the limit, the more matches fit a wrong pose by chance (from other people's
    rooms 11 at most at 4 px, 17 at 12 px). And no answer is surer than the map: the sigmas cover the errors seen with
    poses of both kinds, 0 and 4.2 px rough.
    """
    max_error_px = config.max_error_px or DEFAULT_ERROR_PX + 2.0 * rough_px
    chance = max(1.0, max_error_px / DEFAULT_ERROR_PX) ** 0.5
    suited = replace(
        config,
        min_inliers=min(1000, ceil(config.min_inliers * chance)),
        map_sigma_m=config.map_sigma_m or 0.004 + 0.011 * rough_px,
        map_sigma_deg=config.map_sigma_deg or 0.15 + 0.45 * rough_px,
        # By the right one of Red Kitchen the poses of a depth tracker put it off by 3.5 % (rms), exact ones by 0.6 %.
        map_focal_sigma=config.map_focal_sigma or 0.003 + 0.009 * rough_px,
    )
    return max_error_px, suited


PLUGIN = Features
