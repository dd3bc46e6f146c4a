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
from typing import Self

import numpy as np

from reloc.datatypes import Candidate, LocalFeatures, Localized, Lost, LostReason, Query
from reloc.distributions import CHI2_999_6DOF
from reloc.estimators.acceptance.choice import disputed
from reloc.estimators.acceptance.config import AcceptanceConfig
from reloc.estimators.acceptance.scores import ScoredHypothesis
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
        return cls(config, reference_map, open_witness(reference_map, config.retrieval, config.min_planar_coverage))

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
            found = [(pose, self._witness.answer_by(pose, observation, query)) for pose in [*poses, *rivals]]
            witnesses = _Witnesses.of(answer, found, self.config, self._witness.config)
            # With a wide covariance everything agrees. The matches' own pose, if it agrees, is the stricter test.
            held = witnesses.refined or answer
            trials, planar = self._witness.consistency(held, observation, query, matches, references, clock)
            evidence = self._evidence(query, references, independent, trials, planar, witnesses)
            refined = witnesses.refined if evidence.verdict is Finding.VERIFIED else None
            other_lens = witnesses.mismatch is not None and evidence.reason == witnesses.mismatch.detail
            because = LostReason.CAMERA_MISMATCH if other_lens else None
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
            agreement=witnesses.agreement,
            presence=witnesses.presence,
            rival_reference=witnesses.rival_reference,
        )
        verdict, reason = _weigh(evidence, witnesses, self.config)
        return replace(evidence, verdict=verdict, reason=reason)


@dataclass(frozen=True, slots=True)
class _Witnesses:
    """Poses that the matches give, for and against an answer."""

    inliers: int  # inliers of the best pose that agrees with the answer
    rival: int  # inliers of the best pose that does not
    rival_reference: int  # best reference of that pose; -1: none
    refined: Localized | None  # the best agreeing pose, if it passes as an answer
    agreement: float  # for the best agreeing pose: share of the image's cells that agree
    presence: float  # for the best agreeing pose: share of the predicted view that is in the image
    disputed: str  # evidence for a pose elsewhere that explains fewer key points; empty if there is none
    mismatch: Lost | None  # for the best agreeing pose: why its camera cannot be the stated one
    repeats: str  # for the best agreeing pose: what also exists elsewhere in the map; empty if nothing
    against: str  # where the best disagreeing pose puts the camera, if it passes as an answer; otherwise empty

    @classmethod
    def of(
        cls,
        answer: Localized,
        found: Sequence[tuple[ScoredHypothesis, Localized | Lost]],
        config: VerificationConfig,
        acceptance: AcceptanceConfig,
    ) -> _Witnesses:
        inliers, rival, rival_reference, refined, against = 0, 0, -1, None, ""
        agreement, presence, mismatch, repeats = 1.0, 1.0, None, ""
        best: ScoredHypothesis | None = None
        elsewhere = list[ScoredHypothesis]()
        for pose, own in found:
            covariance = own.covariance if isinstance(own, Localized) else pose.covariance
            off_m = distance_between(answer.world_from_cam, pose.world_from_cam)
            off_deg = float(np.rad2deg(rotation_angle_between(answer.world_from_cam, pose.world_from_cam)))
            near = off_m <= config.max_off_m and off_deg <= config.max_off_deg
            sigmas2 = mahalanobis2(answer.world_from_cam, pose.world_from_cam, answer.covariance + covariance)
            if not near:
                elsewhere.append(pose)
            if near and sigmas2 <= CHI2_999_6DOF:
                if pose.inliers > inliers:
                    best, inliers, refined = pose, pose.inliers, own if isinstance(own, Localized) else None
                    agreement, presence = pose.agreement, pose.presence
                    mismatch = own if isinstance(own, Lost) and own.reason is LostReason.CAMERA_MISMATCH else None
                    repeats = own.detail if isinstance(own, Lost) and own.reason is LostReason.AMBIGUOUS else ""
            elif pose.inliers > rival:
                rival = pose.inliers
                rival_reference = pose.references[0].index if pose.references else -1
                if isinstance(own, Localized):
                    against = f"{off_m:.2f} m and {off_deg:.1f} deg away ({sigmas2**0.5:.1f} sigma)"
        speaks = disputed(best, elsewhere, acceptance) if best else ""
        return cls(inliers, rival, rival_reference, refined, agreement, presence, speaks, mismatch, repeats, against)


def _weigh(evidence: Evidence, witnesses: _Witnesses, config: VerificationConfig) -> tuple[Finding, str]:
    e = evidence
    if e.rival > config.max_rival * e.inliers:
        if witnesses.against and e.inliers <= config.max_rival * e.rival:
            return (
                Finding.CONTRADICTED,
                f"{e.rival} key points put the camera {witnesses.against}, {e.inliers} support the answer",
            )
        if e.inliers:
            return Finding.AMBIGUOUS, f"Another place explains {e.rival} key points, this one {e.inliers}"
    for doubt in (witnesses.disputed, witnesses.repeats):
        if doubt:
            return Finding.AMBIGUOUS, doubt
    figures = (
        f"{e.consistent} of {e.matches} matches with {len(e.references)} "
        f"references{'' if e.independent else ' that the pose was computed from'} agree with the pose; "
        f"{e.expected_by_chance:.1f} expected by chance"
    )
    allowed = config.max_log_false_alarms if e.independent else config.max_log_repeated
    if e.log_false_alarms > allowed:
        return Finding.UNSUPPORTED, f"{figures}: 10^{e.log_false_alarms:.1f} false alarms"
    if witnesses.mismatch is not None:
        return Finding.UNSUPPORTED, witnesses.mismatch.detail
    if e.agreement < config.min_agreement:
        share = (
            f"only {e.agreement:.0%} of the image's cells that show them match the predicted view; "
            f"{config.min_agreement:.0%} required"
        )
        return Finding.UNSUPPORTED, f"{figures}, but {share}"
    if e.presence < config.min_presence:
        share = (
            f"only {e.presence:.0%} of the nearby landmarks' image cells are seen; {config.min_presence:.0%} required"
        )
        return Finding.UNSUPPORTED, f"{figures}, but {share}"
    if e.inliers == 0:
        return Finding.UNSUPPORTED, f"{figures}, but they give no pose that agrees with it"
    least = max(config.min_coverage, config.min_planar_coverage if e.planar else 0.0)
    if e.coverage < least:
        where = f"{e.coverage:.0%} of the image{' on one plane' if e.planar else ''}"
        return Finding.UNSUPPORTED, f"{figures}, but only in {where}; {least:.0%} required"
    return Finding.VERIFIED, figures


def _refused(answer: Localized, reason: str, because: LostReason = LostReason.UNVERIFIED) -> Verified:
    """Return a refusal without evidence, because nothing could be compared."""
    evidence = Evidence((), True, 0, 0, 0.0, 0.0, 0.0, False, 0, 0, Finding.UNSUPPORTED, reason)
    return Verified(judged(answer, evidence, because), evidence)
