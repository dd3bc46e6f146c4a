"""Check an answer of any method against images of the map.

1. References are chosen that should see what the query sees, if its pose is right, but not those that it was computed
   from. If no others show anything, these are used as well, with much higher requirements, because the pose was fitted
   to them.
2. The matches give a pose of their own. It must agree with the stated one, by both covariances and as the same place. A
   wide covariance lets half of all matches pass, and this test detects it.
3. The matches that lie where that pose predicts are counted, and compared with the number expected by chance. If the
   matches give no pose, the stated one is used.
4. Other places that retrieval proposes are tried. A place that explains the image equally well makes the answer
   ambiguous.

The verification cannot detect a look-alike of a place that the map lacks, nor an error of the map itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import Self

import numpy as np

from reloc.datatypes import Candidate, LocalFeatures, Localized, Lost, LostReason, Query
from reloc.distributions import CHI2_999_6DOF
from reloc.estimators.acceptance.scores import ScoredHypothesis
from reloc.estimators.observation import Observation
from reloc.estimators.places import MIN_SHARED_LANDMARKS
from reloc.geometry.covariance import is_usable, mahalanobis2
from reloc.geometry.image_grid import coverage
from reloc.geometry.transforms import distance_between, rotation_angle_between
from reloc.maps.reference_map import ReferenceMap
from reloc.threads import use_single_threaded_products
from reloc.timing import StageClock
from reloc.trust.verification.chance import Trials
from reloc.trust.verification.config import VerificationConfig
from reloc.trust.verification.evidence import Evidence, Finding, Verified, judged
from reloc.trust.verification.in_view import InView, Sight
from reloc.trust.verification.witness import Witness, open_witness

SAME_PLACE = 0.25  # relative to the reference that sees most
_SAMPLES_SHARED = 10.0  # for a map without landmarks: a tenth of the sample points


class Verifier:
    """A verifier for one map. It is not thread-safe."""

    def __init__(self, config: VerificationConfig, reference_map: ReferenceMap, witness: Witness) -> None:
        """Use :meth:`open`."""
        self.config = config
        self._map = reference_map
        self._witness = witness
        self._in_view = InView(reference_map)
        self._least = float(MIN_SHARED_LANDMARKS) if reference_map.has_landmarks else _SAMPLES_SHARED

    @classmethod
    def open(cls, reference_map: ReferenceMap, config: VerificationConfig | None = None) -> Self:
        """Open the verifier on a map, with or without landmarks.

        Raises:
            PluginError: there is no retriever of that name.
            MapFeatureError: the map has no descriptors of it.
        """
        use_single_threaded_products()
        config = config or VerificationConfig()
        return cls(config, reference_map, open_witness(reference_map, config.retrieval, config.max_false_accept_rate))

    def verify(self, query: Query, answer: Localized, features: LocalFeatures | None = None) -> Verified:
        """Return whether independent references support the answer. It never raises for a bad query or answer.

        Args:
            features: the query's local features, extracted like the map's, if they are known. Extraction takes most of
                the time.
        """
        clock = StageClock()
        verified = self._verify(query, answer, features, clock)
        stage_ms = {**answer.stage_ms, **{f"verify_{name}": ms for name, ms in clock.stage_ms.items()}}
        return replace(verified, answer=replace(verified.answer, stage_ms=stage_ms))

    def _verify(self, query: Query, answer: Localized, features: LocalFeatures | None, clock: StageClock) -> Verified:
        if not np.isfinite(answer.world_from_cam).all():
            return _refused(answer, "The pose is not finite", LostReason.NOT_FINITE)
        if not is_usable(answer.covariance):
            return _refused(
                answer, "The covariance of the answer is invalid, so it cannot be verified", LostReason.UNCERTAIN
            )
        observation = self._witness.see(query, features, clock)
        if isinstance(observation, Lost):
            return _refused(answer, observation.detail, observation.reason)
        proposed = self._witness.propose(observation, query, clock)
        with clock.stage("in_view"):
            sight = self._in_view.look(answer.world_from_cam, query.camera)
            rounds = self._rounds(sight, answer, [c.index for c in proposed], frozenset(query.without))
        # Even references of a look-alike room share some of the view through walls; other places share little.
        shared = sight.shared
        same_place = max(self._least, SAME_PLACE * float(shared.max()))
        elsewhere = [candidate for candidate in proposed if shared[candidate.index] < same_place]
        rivals = self._witness.rivals(
            observation, query, elsewhere, self.config.rivals, self.config.rival_references, clock
        )
        verified = _refused(answer, "No reference should see this view")
        for references, independent in rounds:
            matches = self._witness.match(observation, references, clock)
            poses = self._witness.poses(observation, query, matches, references, clock)
            witnesses = self._witnesses(answer, [*poses, *rivals], observation, query)
            # With a wide covariance everything agrees. The matches' own pose, if it agrees, is the stricter test.
            held = witnesses.own if isinstance(witnesses.own, Localized) else answer
            trials, planar = self._witness.consistency(held, observation, query, matches, references, clock)
            evidence = self._evidence(query, references, independent, trials, planar, witnesses)
            refined = held if evidence.verdict is Finding.VERIFIED and held is not answer else None
            own = witnesses.own
            other_lens = isinstance(own, Lost) and own.reason is LostReason.CAMERA_MISMATCH
            because = LostReason.CAMERA_MISMATCH if other_lens and evidence.verdict is Finding.UNSUPPORTED else None
            verified = Verified(judged(answer, evidence, because), evidence, refined)
            if evidence.verdict is not Finding.UNSUPPORTED:
                break
        return verified

    def _rounds(
        self, sight: Sight, answer: Localized, proposed: list[int], without: frozenset[int]
    ) -> list[tuple[tuple[Candidate, ...], bool]]:
        """Yield the groups of references to compare with, until something is found, and whether the answer used none of
        them.
        """
        used = frozenset(c.index for c in answer.references if 0 <= c.index < len(self._map))
        others = sight.choose(self.config.references, self._least, proposed, used | without)
        everyone = frozenset(range(len(self._map)))
        again = sight.choose(self.config.references, self._least, proposed, everyone - (used - without)) if used else ()
        return [(group, group is others) for group in (others, again) if group]

    def _evidence(
        self,
        query: Query,
        references: tuple[Candidate, ...],
        independent: bool,
        trials: Trials,
        planar: bool,
        witnesses: _Witnesses,
    ) -> Evidence:
        evidence = Evidence(
            references=references,
            independent=independent,
            matches=len(trials),
            consistent=int(trials.consistent.sum()),
            expected_by_chance=trials.expected,
            log_false_alarms=trials.log_false_alarms(len(self._map)),
            coverage=coverage(trials.uv[trials.consistent], query.camera),
            planar=planar,
            inliers=witnesses.inliers,
            rival=witnesses.rival,
            verdict=Finding.VERIFIED,
            reason="",
            log_odds=witnesses.log_odds,
            rival_reference=witnesses.rival_reference,
        )
        verdict, reason = _weigh(evidence, witnesses)
        return replace(evidence, verdict=verdict, reason=reason)

    def _witnesses(
        self, answer: Localized, poses: Sequence[ScoredHypothesis], observation: Observation, query: Query
    ) -> _Witnesses:
        """Sort the poses that the matches give into those that agree with an answer, and those elsewhere."""
        config, agreeing, against = self.config, list[tuple[ScoredHypothesis, Localized | Lost]](), ""
        elsewhere, disagreeing = list[ScoredHypothesis](), list[ScoredHypothesis]()
        for pose in sorted(poses, key=lambda pose: -pose.inliers):
            own = self._witness.answer_by(pose, observation, query)
            covariance = own.covariance if isinstance(own, Localized) else pose.covariance
            off_m = distance_between(answer.world_from_cam, pose.world_from_cam)
            off_deg = float(np.rad2deg(rotation_angle_between(answer.world_from_cam, pose.world_from_cam)))
            near = off_m <= config.max_off_m and off_deg <= config.max_off_deg
            sigmas2 = mahalanobis2(answer.world_from_cam, pose.world_from_cam, answer.covariance + covariance)
            if not near:
                elsewhere.append(pose)
            if near and sigmas2 <= CHI2_999_6DOF:
                agreeing.append((pose, own))
                continue
            disagreeing.append(pose)
            if isinstance(own, Localized) and not against:
                against = f"{off_m:.2f} m and {off_deg:.1f} deg away ({sigmas2**0.5:.1f} sigma)"
        (best, alone), rival = next(iter(agreeing), (None, None)), next(iter(disagreeing), None)
        less = [pose for pose in elsewhere if best is not None and pose.inliers <= best.inliers]
        return _Witnesses(
            inliers=best.inliers if best else 0,
            own=self._witness.answer_by(best, observation, query, less) if best and less else alone,
            rival=rival.inliers if rival else 0,
            rival_reference=rival.references[0].index if rival and rival.references else -1,
            against=against,
        )


@dataclass(frozen=True, slots=True)
class _Witnesses:
    """Poses that the matches give, for and against an answer."""

    inliers: int  # inliers of the best pose that agrees with the answer
    own: Localized | Lost | None  # that pose, as `features` would answer it; None: no pose agrees
    rival: int  # inliers of the best pose that does not
    rival_reference: int  # best reference of that pose; -1: none
    against: str  # where the best disagreeing pose that passes as an answer puts the camera; empty if none passes

    @property
    def log_odds(self) -> float:
        """Evidence for the best pose that agrees with the answer; NaN if there is none."""
        return nan if self.own is None or self.own.support is None else self.own.support.log_odds


def _weigh(evidence: Evidence, witnesses: _Witnesses) -> tuple[Finding, str]:
    e, own = evidence, witnesses.own
    if e.rival > e.inliers:
        if witnesses.against:
            return (
                Finding.CONTRADICTED,
                f"{e.rival} key points put the camera {witnesses.against}, {e.inliers} support the answer",
            )
        if e.inliers:
            return Finding.AMBIGUOUS, f"Another place explains {e.rival} key points, this one {e.inliers}"
    figures = (
        f"{e.consistent} of {e.matches} matches with {len(e.references)} "
        f"references{'' if e.independent else ' that the pose was computed from'} agree with the pose; "
        f"{e.expected_by_chance:.1f} expected by chance"
    )
    if own is None:
        return Finding.UNSUPPORTED, f"{figures}, but they give no pose that agrees with it"
    if isinstance(own, Lost):
        finding = Finding.AMBIGUOUS if own.reason is LostReason.AMBIGUOUS else Finding.UNSUPPORTED
        return finding, own.detail
    return Finding.VERIFIED, figures


def _refused(answer: Localized, reason: str, because: LostReason = LostReason.UNVERIFIED) -> Verified:
    """Return a refusal without evidence, because nothing could be compared."""
    evidence = Evidence((), True, 0, 0, 0.0, 0.0, 0.0, False, 0, 0, Finding.UNSUPPORTED, reason)
    return Verified(judged(answer, evidence, because), evidence)
